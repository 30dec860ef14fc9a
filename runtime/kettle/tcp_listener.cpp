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
  const std::string chosen = local_address_of(socket.fd()).to_string();  // Port 0 has become another.
  return TcpListener(AsyncFd(socket.release(), Flow::items, chosen));
}

Poll<TcpStream> TcpListener::Accept::poll(Context& context) {
  return accept_.poll_as<TcpStream>(context, [](AcceptFd::Output& connection) {
    return TcpStream(connection.socket.release(), SocketAddress(connection.from));
  });
}

}  // namespace kettle
