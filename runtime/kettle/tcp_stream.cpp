// Connecting.
#include "kettle/tcp_stream.hpp"

#include <netinet/tcp.h>

#include <exception>
#include <system_error>
#include <utility>
#include <vector>

#include "kettle/lookup_host.hpp"

namespace kettle {

TcpStream::TcpStream(int fd, SocketAddress peer, bool is_connected)
    : Stream(fd, peer.to_string(), is_connected), peer_(peer) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // Fails on a connection that is gone already: no matter.
}

void TcpStream::set_nodelay(bool nodelay) {
  const int value = nodelay ? 1 : 0;
  if (setsockopt(fd(), IPPROTO_TCP, TCP_NODELAY, &value, sizeof value) != 0) {
    throw_io_error(errno, "set TCP_NODELAY of the connection to", name());
  }
}

// #region connect
Task<TcpStream> TcpStream::connect(SocketAddress address) {
  Socket socket(address.family(), SOCK_STREAM);
  const bool has_begun = ::connect(socket.fd(), address.native(), address.native_size()) == 0 || errno == EINPROGRESS ||
                         errno == EINTR;  // Interrupted: it goes on all the same.
  if (!has_begun) throw_io_error(errno, "connect to", address.to_string());
  TcpStream stream(socket.release(), address, false);
  Connected connected(stream);
  co_await connected;
  co_return std::move(stream);
}
// #endregion

Task<TcpStream> TcpStream::connect(std::string host, std::uint16_t port) {
  LookupHost lookup(std::move(host), port);
  const std::vector<SocketAddress> addresses = co_await lookup;
  std::exception_ptr last;
  for (const SocketAddress& address : addresses) {
    try {
      Task<TcpStream> attempt = connect(address);
      TcpStream stream = co_await attempt;
      co_return std::move(stream);
    } catch (const std::system_error&) {
      last = std::current_exception();
    }
  }
  std::rethrow_exception(last);  // A lookup finds at least one address, or throws.
}

}  // namespace kettle
