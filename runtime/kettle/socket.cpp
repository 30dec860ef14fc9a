// System calls on sockets, and what their errors mean.
#include "kettle/socket.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <string>

namespace kettle {

namespace {

using namespace std::chrono_literals;

constexpr Duration rest = 10ms;

#if defined(__linux__)
int accept_any(int listener, sockaddr_storage& from) noexcept {
  socklen_t size = sizeof from;
  return accept4(listener, reinterpret_cast<sockaddr*>(&from), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
}
#else
int accept_any(int listener, sockaddr_storage& from) noexcept {
  socklen_t size = sizeof from;
  const int fd = accept(listener, reinterpret_cast<sockaddr*>(&from), &size);
  if (fd >= 0) fcntl(fd, F_SETFD, FD_CLOEXEC);
  return fd;
}
#endif

// The connection that stood first in the queue is gone, or its network is: that is no reason not to take the next.
bool is_about_one_connection(int error) noexcept {
  switch (error) {
    case ECONNABORTED:
    case EPROTO:
    case ENOPROTOOPT:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
      return true;
    default:
      return false;
  }
}

}  // namespace

Socket::Socket(int family, int type) : fd_(socket(family, type, 0)) {
  if (fd_ < 0) throw_io_error(errno, "make a socket");
  fcntl(fd_, F_SETFD, FD_CLOEXEC);
  fcntl(fd_, F_SETFL, O_NONBLOCK);
}

Socket::~Socket() {
  if (fd_ >= 0) close(fd_);
}

void Socket::set_option(int level, int option, int value) {
  if (setsockopt(fd_, level, option, &value, sizeof value) != 0) throw_io_error(errno, "set an option of a socket");
}

void Socket::bind(const sockaddr* address, socklen_t size, std::string_view name) {
  if (::bind(fd_, address, size) != 0) throw_io_error(errno, "bind to", name);
}

void Socket::listen(int backlog, std::string_view name) {
  if (::listen(fd_, backlog) != 0) throw_io_error(errno, "listen at", name);
}

SocketAddress local_address_of(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw_io_error(errno, "ask for the address of a socket");
  }
  return SocketAddress(address);
}

bool is_out_of_resources(int error) noexcept {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

// #region accept
Poll<AcceptFd::Output> AcceptFd::poll(Context& context) {
  for (;;) {
    if (pause_ && pause_->poll(context).is_pending()) return pending;
    pause_.reset();
    Output connection;
    auto result = turn_.attempt(context, 1, [this, &connection] {
      connection.fd = accept_any(turn_.fd(), connection.from);
      return io_result(connection.fd);
    });
    if (result.is_pending()) return pending;
    if (result.value()) return Ready(connection);
    const int error = result.value().error();
    if (is_out_of_resources(error)) {
      pause_.emplace(sleep(rest));
    } else if (!is_about_one_connection(error)) {
      throw_io_error(error, "accept at", turn_.name());
    }
  }
}
// #endregion

Poll<> Connected::poll(Context& context) {
  auto result = turn_.attempt(context, 0, [this]() -> IoResult {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(turn_.fd(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return std::unexpected(error);
    sockaddr_storage peer{};
    size = sizeof peer;
    const bool stands = getpeername(turn_.fd(), reinterpret_cast<sockaddr*>(&peer), &size) == 0;
    return stands ? IoResult(0) : std::unexpected(EAGAIN);
  });
  if (result.is_pending()) return pending;
  turn_.value_of(result.value(), "connect to");
  return Ready();
}

}  // namespace kettle
