#pragma once
// ServerProcess: this program once more, as a server, to be measured from outside. Lesson 10.
//
// A process of its own: so its memory is the server's alone, and the load does not run on the server's threads.

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>

#include <kettle/socket_address.hpp>
#include <kettle/task.hpp>

namespace hello {

/// What the system says about a process. Zeros where it does not say (it does on Linux).
struct Usage {
  std::size_t kilobytes = 0;  // Memory that is really there (resident).
  std::size_t threads = 0;
  std::chrono::microseconds processor{};  // Time that processors have worked for it.
};

/// A running server. Its end stops the server and waits for it.
class ServerProcess {
 public:
  /// Starts `program` on a port of the system's choice. `threads`: the twin with a thread for each connection.
  /// Throws std::system_error, or std::runtime_error when it does not come up.
  static kettle::Task<ServerProcess> start(const char* program, bool threads);

  ServerProcess(ServerProcess&& other) noexcept : id_(std::exchange(other.id_, 0)), address_(other.address_) {}
  ServerProcess& operator=(ServerProcess other) noexcept {
    std::swap(id_, other.id_);
    std::swap(address_, other.address_);
    return *this;
  }
  ~ServerProcess();

  const kettle::SocketAddress& address() const noexcept { return address_; }
  Usage usage() const;

 private:
  ServerProcess(pid_t id, kettle::SocketAddress address) noexcept : id_(id), address_(address) {}

  pid_t id_;
  kettle::SocketAddress address_;
};

}  // namespace hello
