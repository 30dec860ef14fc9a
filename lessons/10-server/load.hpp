#pragma once
// Load: many clients at once, to measure a server with. Lesson 10.
//
// Each client is a task with a connection of its own. It asks for the page, reads the answer, and asks again: so there
// are never more questions under way than clients (a closed loop), and a slow server is asked less often.

#include <kettle/task.hpp>
#include <kettle/tcp_stream.hpp>

#include <chrono>
#include <cstddef>
#include <vector>

namespace hello {

/// What was measured, in real time whatever KETTLE_CLOCK says.
struct LoadResult {
  std::size_t requests = 0;
  double requests_per_second = 0;
  std::chrono::microseconds p50{};  // Half of the answers took at most so long,
  std::chrono::microseconds p99{};  // and 99 of 100.
};

/// The connections are open while it lives.
class Load {
 public:
  /// Opens so many connections. Throws std::system_error.
  static kettle::Task<Load> connect(kettle::SocketAddress server, std::size_t connections);

  /// Asks for the page about `requests` times, as many times on each connection. Throws std::system_error, and
  /// std::runtime_error for an answer that is not the page.
  kettle::Task<LoadResult> run(std::size_t requests);

 private:
  explicit Load(std::vector<kettle::TcpStream> clients) : clients_(std::move(clients)) {}

  std::vector<kettle::TcpStream> clients_;
};

}  // namespace hello
