// Sockets with the name of a file.
#include "kettle/unix_stream.hpp"

#include <fcntl.h>
#include <sys/un.h>

#include <cstring>

namespace kettle {

namespace {

using namespace std::chrono_literals;
constexpr Duration rest = 1ms;

sockaddr_un address_of(const std::string& path, std::string_view tried) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    throw_io_error(path.empty() ? EINVAL : ENAMETOOLONG, tried, "'" + path + "'");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

}  // namespace

Task<UnixStream> UnixStream::connect(std::string path) {
  const sockaddr_un address = address_of(path, "connect to");
  Socket socket(AF_UNIX, SOCK_STREAM);
  for (;;) {
    if (::connect(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) break;
    if (errno == EINTR) continue;
    if (errno != EAGAIN) throw_io_error(errno, "connect to", path);
    Sleep pause = sleep(rest);  // The queue is full, and there is no news of when it is not.
    co_await pause;
  }
  co_return UnixStream(socket.release(), path);
}

std::pair<UnixStream, UnixStream> UnixStream::pair() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) throw_io_error(errno, "make a pair of sockets");
  for (const int end : ends) fcntl(end, F_SETFD, FD_CLOEXEC);
  Socket second(ends[1]);
  UnixStream one(ends[0], "pair");
  UnixStream other(second.release(), "pair");
  return {std::move(one), std::move(other)};
}

UnixListener UnixListener::bind(const std::string& path, int backlog) {
  const sockaddr_un address = address_of(path, "bind to");
  Socket socket(AF_UNIX, SOCK_STREAM);
  socket.bind(reinterpret_cast<const sockaddr*>(&address), sizeof address, path);
  socket.listen(backlog, path);
  return UnixListener(AsyncFd(socket.release(), Flow::items, path));
}

Poll<UnixStream> UnixListener::Accept::poll(Context& context) {
  auto accepted = accept_.poll(context);
  if (accepted.is_pending()) return pending;
  return Ready(UnixStream(accepted.value().fd, listener_.fd_.name()));
}

}  // namespace kettle
