#pragma once
// TcpStream: a connection to another machine, or to this one. Lesson 10.
//
// For one thread. Small writes are sent at once (TCP_NODELAY), as servers and their clients want it; set_nodelay(false)
// lets the system gather them.

#include <cstdint>
#include <string>

#include "kettle/socket.hpp"
#include "kettle/stream.hpp"
#include "kettle/task.hpp"

namespace kettle {

/// A TCP connection.
class TcpStream : public Stream {
 public:
  /// Connects to `address`. Throws std::system_error("connect to 127.0.0.1:8080"). Cancel-safe: nothing is left.
  static Task<TcpStream> connect(SocketAddress address);

  /// Looks `host` up and tries its addresses in turn. Throws what the last one threw, or what the lookup did.
  static Task<TcpStream> connect(std::string host, std::uint16_t port);

  /// Takes over a connected socket, as accept() gives it.
  TcpStream(int fd, SocketAddress peer, bool is_connected = true);

  const SocketAddress& peer_address() const noexcept { return peer_; }
  SocketAddress local_address() const { return local_address_of(fd()); }

  /// Throws std::system_error.
  void set_nodelay(bool nodelay);

 private:
  SocketAddress peer_;
};

}  // namespace kettle
