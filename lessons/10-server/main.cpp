// The hello server. Without arguments: starts it and its twin, puts load on both, and prints what that took.
#include <fmt/format.h>
#include <kettle/block_on.hpp>
#include <kettle/select.hpp>
#include <kettle/signal.hpp>
#include <kettle/task.hpp>
#include <kettle/tcp_listener.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include "measure.hpp"
#include "server.hpp"
#include "thread_server.hpp"

namespace {

using kettle::Clock;
using kettle::Duration;
using kettle::say;
using kettle::Task;

constexpr std::string_view usage =
    "Usage:\n"
    "  ./learn run 10                               measure both servers\n"
    "  ./learn run 10 -- --serve PORT               serve the page; port 0: any that is free\n"
    "  ./learn run 10 -- --serve PORT --threads     the same with a thread for each connection\n";

struct Arguments {
  bool threads = false;
  std::optional<std::uint16_t> port;  // Serve there.
};

// Nothing, after saying what is wrong with them.
std::optional<Arguments> parse(std::span<char*> words) {
  Arguments arguments;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word == "--threads") {
      arguments.threads = true;
    } else if (word == "--serve" && i + 1 < words.size()) {
      const std::string_view text = words[++i];
      std::uint16_t port = 0;
      const auto [rest, error] = std::from_chars(text.begin(), text.end(), port);
      if (error != std::errc() || rest != text.end()) {
        fmt::print(stderr, "A port is a number from 0 to 65535, and not {}.\n{}", text, usage);
        return std::nullopt;
      }
      arguments.port = port;
    } else {
      fmt::print(stderr, "{}: {}\n{}", word == "--serve" ? "The port is missing behind" : "Not known here", word,
                 usage);
      return std::nullopt;
    }
  }
  if (!arguments.threads || arguments.port) return arguments;
  fmt::print(stderr, "--threads goes with --serve.\n{}", usage);
  return std::nullopt;
}

// A connection is a descriptor. Most systems allow a process few of them until it asks for more. Returns how many
// connections there can be.
std::size_t allow_connections() {
  constexpr rlim_t others = 32;  // For the terminal, the reactor, the listener, ...
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 100;
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 1'000'000);
  const rlim_t allowed = setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before;
  return static_cast<std::size_t>(std::max(allowed, 2 * others) - others);
}

// On the virtual clock, time jumps whenever nothing is ready here. But clients are out there, in real time.
hello::ServerOptions without_limits_of_time(hello::ServerOptions options) {
  options.idle = options.head = options.request = options.farewell = options.drain = Duration::max();
  return options;
}

// #region serve
Task<> serve(hello::Server& server, const std::string& address) {
  auto asked_to_stop = kettle::select_biased(kettle::ctrl_c(), kettle::terminate(), server.serve());
  say("Serving http://" + address);
  say("Press Ctrl-C to stop.");
  co_await asked_to_stop;
  say("Stopping: no more connections, and what is under way is finished. Ctrl-C again ends it now.");
  Task<bool> draining = server.drain();
  const bool all_done = co_await draining;
  say(fmt::format("Answered {} requests on {} connections{}.", server.requests(), server.connections(),
                  all_done ? "" : "; some were too slow, and were cut off"));
}
// #endregion

void serve_here(std::uint16_t port, std::size_t most_connections) {
  kettle::TcpListener listener = kettle::TcpListener::bind(kettle::SocketAddress::loopback(port));
  const std::string address = listener.local_address().to_string();
  hello::ServerOptions options;
  options.connections = most_connections;
  hello::Server server(std::move(listener), Clock::is_virtual() ? without_limits_of_time(options) : options);
  kettle::block_on(serve(server, address));
}

void serve_with_threads(std::uint16_t port) {
  hello::ThreadServer server(port);
  say(fmt::format("Serving http://127.0.0.1:{}", server.port()));
  say("A thread for each connection. Press Ctrl-C to end it.");
  server.serve();
}

}  // namespace

int main(int count, char** words) {
  const auto arguments = parse(std::span(words, static_cast<std::size_t>(count)).subspan(1));
  if (!arguments) return 2;
  const std::size_t most_connections = allow_connections();
  try {
    if (!arguments->port) {
      // On the virtual clock nobody looks at the figures.
      kettle::block_on(hello::measure(words[0], Clock::is_virtual() ? 1'000 : 20'000, most_connections));
    } else if (arguments->threads) {
      serve_with_threads(*arguments->port);
    } else {
      serve_here(*arguments->port, most_connections);
    }
  } catch (const std::system_error& error) {
    fmt::print(stderr, "{}\n", error.what());
    if (error.code() == std::errc::address_in_use) {
      fmt::print(stderr, "Another program listens there. With --serve 0 the system chooses a port.\n");
    }
    return 1;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
  return 0;
}
