#pragma once
// Socket: a socket on its way to become a listener or a stream, and the two waits that all kinds share. Lesson 10.
//
// A socket is made, set up, and only then given to the reactor: epoll has news of one that is not connected or bound
// yet, and none of it is good. Every error says what was tried, and with whom.

#include <sys/socket.h>

#include <optional>
#include <string_view>
#include <utility>

#include "kettle/async_fd.hpp"
#include "kettle/socket_address.hpp"
#include "kettle/time.hpp"

namespace kettle {

/// A socket that is being set up. It closes the descriptor unless that is taken out. Non-blocking, closed on exec.
class Socket {
 public:
  /// Throws std::system_error.
  Socket(int family, int type);

  /// Takes over a descriptor.
  explicit Socket(int fd) noexcept : fd_(fd) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket();

  int fd() const noexcept { return fd_; }
  int release() noexcept { return std::exchange(fd_, -1); }

  /// Throws std::system_error("set an option of ...").
  void set_option(int level, int option, int value);
  void bind(const sockaddr* address, socklen_t size, std::string_view name);
  void listen(int backlog, std::string_view name);

 private:
  int fd_;
};

/// The address that a socket is bound to. Throws std::system_error.
SocketAddress local_address_of(int fd);

/// Whether the system is out of something for now: descriptors, memory, buffers.
bool is_out_of_resources(int error) noexcept;

/// The wait of accept. Its output is the new connection's descriptor and where it came from.
///
/// A connection that died in the queue is skipped. At the limit of descriptors or memory it pauses, 10 ms at a time, and
/// goes on: the clients wait in the queue meanwhile. Other errors are thrown. Cancel-safe.
class [[nodiscard]] AcceptFd {
 public:
  struct Output {
    int fd = -1;
    sockaddr_storage from{};
  };
  explicit AcceptFd(AsyncFd& listener) noexcept : turn_(listener, Direction::read) {}
  Poll<Output> poll(Context& context);

 private:
  IoTurn turn_;
  std::optional<Sleep> pause_;
};

/// The wait of connect: ready when the connection stands, throws std::system_error("connect to ...") when it cannot.
class [[nodiscard]] Connected {
 public:
  using Output = void;
  explicit Connected(AsyncFd& stream) noexcept : turn_(stream, Direction::write) {}
  Poll<> poll(Context& context);

 private:
  IoTurn turn_;
};

}  // namespace kettle
