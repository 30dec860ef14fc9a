#pragma once
// Sockets: what the exercise 10-server/your_own_runtime works with. A descriptor that closes itself, and the system
// calls of a server, which never wait once make_nonblocking() was called: then "not now" is an answer like any other.

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

namespace sockets {

/// An open file, pipe or socket, which is closed in the end.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) noexcept : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { close(); }

  /// Its number; -1 after close().
  int fd() const noexcept { return fd_; }

  void close() noexcept {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
};

/// A system call that went wrong throws; one that would have had to wait has no answer.
inline std::optional<std::size_t> answer_of(ssize_t result, const char* tried) {
  if (result >= 0) return static_cast<std::size_t>(result);
  if (errno == EAGAIN || errno == EWOULDBLOCK) return std::nullopt;
  throw std::system_error(errno, std::generic_category(), tried);
}

/// From now on its calls do not wait. Every descriptor needs it: one that is accepted is not like its listener.
inline void make_nonblocking(const Descriptor& descriptor) {
  answer_of(fcntl(descriptor.fd(), F_SETFL, fcntl(descriptor.fd(), F_GETFL) | O_NONBLOCK), "make it non-blocking");
}

/// A listening socket on 127.0.0.1; with port 0 the system chooses one. Its calls wait, until make_nonblocking().
inline Descriptor listen_on(std::uint16_t port) {
  std::signal(SIGPIPE, SIG_IGN);  // Writing to a connection that is gone is an error, and not the end of the program.
  Descriptor listener(socket(AF_INET, SOCK_STREAM, 0));
  const int yes = 1;
  setsockopt(listener.fd(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  answer_of(bind(listener.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind to 127.0.0.1");
  answer_of(listen(listener.fd(), SOMAXCONN), "listen on 127.0.0.1");
  return listener;
}

/// The next client. Nothing: nobody is there now.
inline std::optional<Descriptor> try_accept(const Descriptor& listener) {
  for (;;) {
    const int fd = ::accept(listener.fd(), nullptr, nullptr);
    if (fd < 0 && errno == EINTR) continue;
    if (!answer_of(fd, "accept")) return std::nullopt;
    return Descriptor(fd);
  }
}

/// How many bytes it has put into `to`; 0: the other side has nothing more to say. Nothing: there are none now.
inline std::optional<std::size_t> try_read(const Descriptor& from, std::span<char> to) {
  for (;;) {
    const ssize_t count = ::read(from.fd(), to.data(), to.size());
    if (count < 0 && errno == EINTR) continue;
    return answer_of(count, "read");
  }
}

/// How many bytes of `text` it has taken, perhaps not all. Nothing: there is no room now.
inline std::optional<std::size_t> try_write(const Descriptor& to, std::string_view text) {
  for (;;) {
    const ssize_t count = ::write(to.fd(), text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    return answer_of(count, "write");
  }
}

}  // namespace sockets
