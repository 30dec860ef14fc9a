#pragma once
// ThreadServer: the server's twin: the same page and the same parser, a thread for each connection. Lesson 10.
//
// Everything blocks, so the code is short. It has one limit for slow clients, of a single read or write; and it stops
// as the process does: threads that are blocked cannot be asked to finish.

#include <cstdint>

#include "log.hpp"
#include "site.hpp"

namespace hello {

class ThreadServer {
 public:
  /// Begins to listen on this machine; port 0 lets the system choose. Throws std::system_error("bind to ...").
  explicit ThreadServer(std::uint16_t port);
  ~ThreadServer();
  ThreadServer(const ThreadServer&) = delete;
  ThreadServer& operator=(const ThreadServer&) = delete;

  std::uint16_t port() const;

  /// Takes connections in, and starts a thread for each. Does not come back.
  [[noreturn]] void serve();

 private:
  void converse(int connection) const noexcept;

  int listener_;
  Site site_;
};

}  // namespace hello
