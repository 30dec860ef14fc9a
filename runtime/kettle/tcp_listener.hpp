#pragma once
// TcpListener: waits for connections. Lesson 10.
//
// For one thread. The system takes connections in by itself and keeps them in a queue, the backlog; accept() takes the
// first one out. What goes wrong with one connection never stops the next.

#include "kettle/tcp_stream.hpp"

namespace kettle {

/// How a listener is set up.
struct ListenOptions {
  bool reuse_address = true;  ///< May take a port of which old connections are still being wound up.
  bool reuse_port = false;    ///< May share a port with other listeners that say so; the system deals connections out.
  int backlog = 1024;         ///< How many connections wait at most. The system may allow fewer.
};

/// A TCP socket that takes connections in.
class TcpListener {
 public:
  /// Begins to listen at `address`; port 0 lets the system choose. Throws std::system_error("bind to ...").
  static TcpListener bind(const SocketAddress& address, const ListenOptions& options = {});

  /// Where it listens.
  SocketAddress local_address() const { return local_address_of(fd_.fd()); }

  /// The next connection. Cancel-safe. Throws std::system_error only when the listener itself is unusable; see AcceptFd.
  class [[nodiscard]] Accept {
   public:
    using Output = TcpStream;
    explicit Accept(TcpListener& listener) noexcept : accept_(listener.fd_) {}
    Poll<TcpStream> poll(Context& context);

   private:
    AcceptFd accept_;
  };

  /// Waits for a connection. One at a time, and the listener outlives it.
  Accept accept() noexcept { return Accept(*this); }

 private:
  explicit TcpListener(AsyncFd fd) noexcept : fd_(std::move(fd)) {}
  AsyncFd fd_;
};

}  // namespace kettle
