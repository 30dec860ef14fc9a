// The table.
#include "measure.hpp"

#include <fmt/format.h>
#include <kettle/trace.hpp>

#include <algorithm>

#include "load.hpp"
#include "server_process.hpp"

namespace hello {
namespace {

using kettle::say;
using kettle::Task;

Task<> measure_one(const char* program, bool threads, std::size_t connections, std::size_t requests) {
  Task<ServerProcess> starting = ServerProcess::start(program, threads);
  ServerProcess server = co_await starting;
  Task<Load> connecting = Load::connect(server.address(), connections);
  Load load = co_await connecting;
  const auto before = server.usage().processor;
  Task<LoadResult> running = load.run(requests);
  const LoadResult result = co_await running;
  const Usage usage = server.usage();
  const double work = static_cast<double>((usage.processor - before).count()) / static_cast<double>(result.requests);
  say(fmt::format("{:<15}{:>7.0f} /s {:>7} us {:>7} us {:>5.0f} us {:>7} KB {:>5} {}",
                  threads ? "a thread each" : "one thread", result.requests_per_second, result.p50.count(),
                  result.p99.count(), work, usage.kilobytes, usage.threads, usage.threads == 1 ? "thread" : "threads"));
}

}  // namespace

Task<> measure(const char* program, std::size_t requests, std::size_t most_connections) {
  say(fmt::format("{:<15}{:>10} {:>10} {:>10} {:>8} {:>10}", "", "requests", "p50", "p99", "CPU each", "memory"));
  for (const std::size_t wanted : {std::size_t{50}, std::size_t{1000}}) {
    const std::size_t connections = std::min(wanted, most_connections);
    say(fmt::format(
        "{} connections{}", connections,
        connections < wanted ? fmt::format(" (the system does not allow descriptors for {})", wanted) : ""));
    for (const bool threads : {false, true}) {
      Task<> row = measure_one(program, threads, connections, requests);
      co_await row;
    }
  }
}

}  // namespace hello
