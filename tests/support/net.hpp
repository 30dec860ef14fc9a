#pragma once
// Net: the other side of a connection, as another program might behave; and hands to poll the net layer with.

#include <kettle/reactor.hpp>
#include <kettle/socket_address.hpp>
#include <kettle/waker.hpp>

#include <dirent.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace net {

/// A plain blocking TCP socket that is connected: no part of the runtime.
class Client {
 public:
  explicit Client(const kettle::SocketAddress& to) : fd_(socket(to.family(), SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (fd_ < 0 || connect(fd_, to.native(), to.native_size()) != 0) {
      const int error = errno;
      close();
      throw std::system_error(error, std::generic_category(), "the test's client");
    }
  }
  Client(Client&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Client& operator=(Client&&) = delete;
  ~Client() { close(); }

  int fd() const noexcept { return fd_; }

  /// For little: it blocks.
  void send(std::string_view bytes) const {
    if (::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size())) {
      throw std::runtime_error("the test's client could not send");
    }
  }

  /// A byte of urgent data.
  void send_urgent(char byte) const { ::send(fd_, &byte, 1, MSG_OOB | MSG_NOSIGNAL); }

  void shut_writing() const noexcept { ::shutdown(fd_, SHUT_WR); }

  void close() noexcept {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

  /// Ends the connection with a reset (RST), as a program does that crashes with unread data.
  void reset() noexcept {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
  }

  std::string name() const {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    return kettle::SocketAddress(address).to_string();
  }

 private:
  int fd_;
};

/// Blocks this thread until `fd` has news of the kind (POLLIN, POLLOUT), however late a busy machine delivers it.
inline void await_news(int fd, short kind) {
  pollfd one{.fd = fd, .events = kind, .revents = 0};
  while (::poll(&one, 1, -1) < 0 && errno == EINTR) {
  }
}

/// How many descriptors this process has open.
inline std::size_t open_descriptors() {
  std::size_t count = 0;
  DIR* const folder = opendir("/dev/fd");
  while (const dirent* const entry = readdir(folder)) count += entry->d_name[0] != '.';
  closedir(folder);
  return count - 1;  // The folder's own.
}

/// What the system has set for an option of a socket.
inline int option_of(int fd, int level, int option) {
  int value = -1;
  socklen_t size = sizeof value;
  getsockopt(fd, level, option, &value, &size);
  return value;
}

/// Lets the reactor hear what there is, as an executor does between two tasks. Nothing sleeps.
inline void hear_news() {
  static thread_local kettle::Parker parker;
  if (kettle::park_stack() != nullptr) kettle::park_stack()->park(parker, kettle::no_wait);
}

/// Sleeps until the reactor hears something, and lets it wake who waits for that.
inline void hear_next_news() {
  static thread_local kettle::Parker parker;
  kettle::Reactor::current();
  kettle::park_stack()->park(parker, kettle::later(kettle::Clock::now(), std::chrono::seconds(10)));
}

/// Polls `future` by hand, as often as there is news, until it is ready.
template <class F>
typename F::Output finish(F& future) {
  kettle::Context context;
  for (int polls = 0; polls < 100'000; ++polls) {
    auto answer = future.poll(context);
    if (answer.is_ready()) return answer.take();
    hear_next_news();
  }
  throw std::runtime_error("what the test polls is never ready");
}

/// Ready when `value` is `wanted`, while other tasks take turns; throws when that is very long in coming.
class [[nodiscard]] Becomes {
 public:
  using Output = void;
  Becomes(const int& value, int wanted) noexcept : value_(value), wanted_(wanted) {}
  kettle::Poll<> poll(kettle::Context& context) {
    if (value_ == wanted_) return kettle::Ready();
    if (++polls_ > 3'000'000) throw std::runtime_error("what the test waits for has not come");
    context.waker().wake();
    return kettle::pending;
  }

 private:
  const int& value_;
  int wanted_;
  int polls_ = 0;
};
inline Becomes becomes(const int& value, int wanted) noexcept { return Becomes(value, wanted); }

}  // namespace net
