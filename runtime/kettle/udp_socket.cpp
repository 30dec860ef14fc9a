// Sending and receiving datagrams.
#include "kettle/udp_socket.hpp"

namespace kettle {

namespace {
using namespace std::chrono_literals;
constexpr Duration rest = 1ms;
}  // namespace

UdpSocket UdpSocket::bind(const SocketAddress& address) {
  const std::string name = address.to_string();
  Socket socket(address.family(), SOCK_DGRAM);
  socket.bind(address.native(), address.native_size(), name);
  return UdpSocket(AsyncFd(socket.release(), Flow::items, name));
}

Poll<UdpSocket::Datagram> UdpSocket::RecvFrom::poll(Context& context) {
  sockaddr_storage from{};
  auto result = turn_.attempt(context, buffer_.size(), [&] {
    socklen_t size = sizeof from;
    return io_result(
        recvfrom(turn_.fd(), buffer_.data(), buffer_.size(), 0, reinterpret_cast<sockaddr*>(&from), &size));
  });
  if (result.is_pending()) return pending;
  const std::size_t size = turn_.value_of(result.value(), "receive at");
  return Ready(Datagram{size, SocketAddress(from)});
}

Poll<> UdpSocket::SendTo::poll(Context& context) {
  for (;;) {
    if (pause_ && pause_->poll(context).is_pending()) return pending;
    pause_.reset();
    auto result = turn_.attempt(context, bytes_.size(), [this] {
      return io_result(sendto(turn_.fd(), bytes_.data(), bytes_.size(), 0, to_.native(), to_.native_size()));
    });
    if (result.is_pending()) return pending;
    if (result.value()) return Ready();
    const int error = result.value().error();
    if (!is_out_of_resources(error)) throw_io_error(error, "send to", to_.to_string());
    pause_.emplace(sleep(rest));
  }
}

}  // namespace kettle
