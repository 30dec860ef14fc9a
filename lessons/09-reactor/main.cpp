// One thread waits for a pipe, a clock and a socket at once, and for Ctrl-C as well.
#include <fmt/format.h>
#include <kettle/async_fd.hpp>
#include <kettle/block_on.hpp>
#include <kettle/join_handle.hpp>
#include <kettle/select.hpp>
#include <kettle/signal.hpp>
#include <kettle/task.hpp>
#include <kettle/time.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <string>
#include <system_error>
#include <utility>

namespace {

using kettle::AsyncFd;
using kettle::Clock;
using kettle::Instant;
using kettle::spawn;
using kettle::Task;
using namespace std::chrono_literals;

const Instant opened = Clock::now();

void say(std::string_view line) {
  // Rounded down to tenths of a second.
  kettle::say(fmt::format("{:.1f} s  {}", static_cast<double>((Clock::now() - opened) / 100ms) / 10, line));
}

// --- asking, without a runtime -----------------------------------------------------------------------------------

// A pipe: what is written into one end comes out of the other. Both ends are descriptors, which are small numbers.
// #region would_block
void ask_by_hand(AsyncFd& reader, AsyncFd& writer) {
  char buffer[64];
  const auto nothing = ::read(reader.fd(), buffer, sizeof buffer);
  kettle::say(fmt::format("An empty pipe, asked: {}, would block: {}.", nothing, errno == EAGAIN));
  [[maybe_unused]] const auto written = ::write(writer.fd(), "hello", 5);
  kettle::say(fmt::format("The same after five bytes: {}.", ::read(reader.fd(), buffer, sizeof buffer)));
}
// #endregion

// --- the pipe ----------------------------------------------------------------------------------------------------

// #region hatch
Task<> hatch(AsyncFd reader) {
  char buffer[64];
  for (;;) {
    const std::size_t count = co_await reader.read(buffer);
    if (count == 0) break;  // The other end is closed, and nothing is left.
    say(fmt::format("pipe    {}", std::string_view(buffer, count)));
  }
  say("pipe    closed");
}
// #endregion

Task<> waiter(AsyncFd writer) {
  co_await kettle::sleep(100ms);
  co_await writer.write("two teas");
  co_await kettle::sleep(300ms);
  co_await writer.write("one toast");
  co_await kettle::sleep(100ms);
}  // The writer goes, and closes its end.

// How often a task is polled.
class Counted {
 public:
  using Output = void;
  Counted(Task<> task, int& polls) : task_(std::move(task)), polls_(polls) {}
  kettle::Poll<> poll(kettle::Context& context) {
    ++polls_;
    return task_.poll(context);
  }

 private:
  Task<> task_;
  int& polls_;
};

// --- the clock ---------------------------------------------------------------------------------------------------

Task<> oven() {
  co_await kettle::sleep(200ms);
  say("timer   the bread is done");
}

// --- the socket --------------------------------------------------------------------------------------------------

// A line between two ends, and each can read and write: a telephone.
std::pair<AsyncFd, AsyncFd> telephone() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) {
    throw std::system_error(errno, std::generic_category(), "make a pair of sockets");
  }
  return {AsyncFd(ends[0]), AsyncFd(ends[1])};
}

// #region host
Task<> host(AsyncFd line) {
  char buffer[64];
  while (const std::size_t count = co_await line.read(buffer)) {
    say(fmt::format("socket  {}", std::string_view(buffer, count)));
    co_await line.write("At eight.");
  }
  say("socket  the guest has hung up");
}
// #endregion

Task<> guest(AsyncFd line) {
  co_await kettle::sleep(300ms);
  co_await line.write("A table for four?");
  char buffer[64];
  const std::size_t count = co_await line.read(buffer);
  say(fmt::format("guest   hears: {}", std::string_view(buffer, count)));
  co_await kettle::sleep(300ms);
}

// --- all of it ---------------------------------------------------------------------------------------------------

// #region evening
Task<> evening(AsyncFd reader, AsyncFd writer) {
  auto [our_end, their_end] = telephone();
  int polls = 0;
  auto orders = spawn("hatch", Counted(hatch(std::move(reader)), polls));
  auto calls = spawn("host", host(std::move(our_end)));
  auto bread = spawn("oven", oven());
  auto walker = spawn("waiter", waiter(std::move(writer)));
  auto caller = spawn("guest", guest(std::move(their_end)));
  co_await orders;
  co_await calls;
  kettle::say(fmt::format("The task at the pipe was polled {} times.", polls));
}
// #endregion

// #region closing
Task<> open_until_ctrl_c() {
  auto pressed = kettle::ctrl_c();
  co_await kettle::sleep(100ms);
  std::raise(SIGINT);  // What Ctrl-C does. You can press it yourself, too.
  co_await pressed;
  say("signal  Ctrl-C: we close");
}
// #endregion

}  // namespace

int main() {
  auto [reader, writer] = kettle::make_pipe();
  ask_by_hand(reader, writer);
  kettle::block_on(evening(std::move(reader), std::move(writer)));
  kettle::block_on(open_until_ctrl_c());
}
