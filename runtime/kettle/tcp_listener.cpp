// Listening and accepting.
#include "kettle/tcp_listener.hpp"

namespace kettle {

TcpListener TcpListener::bind(const SocketAddress& address, const ListenOptions& options) {
  const std::string name = address.to_string();
  Socket socket(address.family(), SOCK_STREAM);
  if (options.reuse_address) socket.set_option(SOL_SOCKET, SO_REUSEADDR, 1);
  if (options.reuse_port) socket.set_option(SOL_SOCKET, SO_REUSEPORT, 1);
  socket.bind(address.native(), address.native_size(), name);
  socket.listen(options.backlog, name);
  return TcpListener(AsyncFd(socket.release(), Flow::items, name));
}

Poll<TcpStream> TcpListener::Accept::poll(Context& context) {
  auto accepted = accept_.poll(context);
  if (accepted.is_pending()) return pending;
  const AcceptFd::Output& connection = accepted.value();
  return Ready(TcpStream(connection.fd, SocketAddress(connection.from)));
}

}  // namespace kettle
