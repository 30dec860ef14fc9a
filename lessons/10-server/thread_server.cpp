// Blocking calls, and as many threads as there are clients.
#include "thread_server.hpp"

#include <kettle/async_fd.hpp>
#include <kettle/socket_address.hpp>

#include <netinet/tcp.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <string>
#include <system_error>
#include <thread>

namespace hello {
namespace {

using kettle::SocketAddress;

// Closes a descriptor at the end of a scope.
class Closing {
 public:
  explicit Closing(int fd) : fd_(fd) {}
  ~Closing() { close(fd_); }
  Closing(const Closing&) = delete;
  Closing& operator=(const Closing&) = delete;

 private:
  int fd_;
};

void set_up(int connection) {
  const int on = 1;
  setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const timeval limit{.tv_sec = 60, .tv_usec = 0};
  setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

// False when the client is gone, or too slow.
bool read_more(int connection, std::string& buffer) {
  char piece[1024];
  const auto count = read(connection, piece, sizeof piece);
  if (count <= 0) return false;
  buffer.append(piece, static_cast<std::size_t>(count));
  return true;
}

bool write_all(int connection, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = write(connection, bytes.data(), bytes.size());
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool skip_body(int connection, std::string& buffer, std::uint64_t left) {
  for (;;) {
    const std::uint64_t here = std::min<std::uint64_t>(left, buffer.size());
    buffer.erase(0, here);
    left -= here;
    if (left == 0) return true;
    if (!read_more(connection, buffer)) return false;
  }
}

}  // namespace

ThreadServer::ThreadServer(std::uint16_t port) : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
  if (listener_ < 0) kettle::throw_io_error(errno, "make a socket");
  std::signal(SIGPIPE, SIG_IGN);
  const SocketAddress address = SocketAddress::loopback(port);
  const int on = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener_, address.native(), address.native_size()) != 0 || listen(listener_, 1024) != 0) {
    const int error = errno;
    close(listener_);
    kettle::throw_io_error(error, "bind to", address.to_string());
  }
}

ThreadServer::~ThreadServer() { close(listener_); }

std::uint16_t ThreadServer::port() const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return SocketAddress(address).port();
}

void ThreadServer::serve() {
  for (Log log;;) {
    const int connection = accept(listener_, nullptr, nullptr);
    if (connection < 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      continue;
    }
    try {
      std::thread(&ThreadServer::converse, this, connection).detach();
    } catch (const std::system_error& error) {  // The system has no thread left.
      close(connection);
      log.complain(error.what());
    }
  }
}

void ThreadServer::converse(int connection) const noexcept {
  const Closing closing(connection);
  set_up(connection);
  RequestParser parser;
  std::string buffer;
  // #region converse
  for (bool keep_alive = true; keep_alive;) {
    Parsed parsed = parser.parse(buffer);
    while (parsed && !parsed->has_value()) {
      if (!read_more(connection, buffer)) return;
      parsed = parser.parse(buffer);
    }
    if (!parsed) {
      write_all(connection, Site::refusal(parsed.error().status));
      return;
    }
    const Request& request = **parsed;
    buffer.erase(0, request.consumed);
    if (request.expects_continue && !write_all(connection, continue_response)) return;
    if (!skip_body(connection, buffer, request.content_length)) return;
    keep_alive = request.keep_alive && write_all(connection, site_.answer(request, request.keep_alive));
  }
  // #endregion
}

}  // namespace hello
