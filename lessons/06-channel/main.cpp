// A waiter who is faster than the cook. Between them hangs a rail for order tickets: with room for two, and without
// end.
#include <fmt/format.h>
#include <kettle/block_on.hpp>
#include <kettle/channel.hpp>
#include <kettle/join_handle.hpp>
#include <kettle/task.hpp>
#include <kettle/time.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace {

using kettle::Clock;
using kettle::Instant;
using kettle::Task;
using kettle::mpsc::Receiver;
using kettle::mpsc::Sender;
using namespace std::chrono_literals;

// Says a line with the time in front, in tenths of a second, rounded down: on a busy machine a sleep may be a little
// late.
void say_at(Instant opened, std::string_view line) {
  const auto tenths = (Clock::now() - opened) / 100ms;
  kettle::say(fmt::format("t={}.{} s  {}", tenths / 10, tenths % 10, line));
}

// Hangs up five orders as fast as he can, and tells how many hung on the rail at most.
// #region waiter
Task<std::size_t> waiter(Sender<int> rail, Instant opened) {
  std::size_t deepest = 0;
  for (int order = 1; order <= 5; ++order) {
    if (rail.len() == rail.capacity()) say_at(opened, fmt::format("waiter: no room for order {}, I wait", order));
    const auto sent = co_await rail.send(order);
    if (!sent.has_value()) co_return deepest;  // The cook has gone home.
    deepest = std::max(deepest, rail.len());
    say_at(opened, fmt::format("waiter: sent order {}, on the rail: {}", order, rail.len()));
  }
  say_at(opened, "waiter: that was the last one");
  co_return deepest;
}
// #endregion

// #region cook
Task<> cook(Receiver<int> rail, Instant opened) {
  while (const auto order = co_await rail.recv()) {
    say_at(opened, fmt::format("cook:   took order {}, on the rail: {}", *order, rail.len()));
    co_await kettle::sleep(200ms);
  }
  say_at(opened, "cook:   no order is left, and none will come");
}
// #endregion

Task<> evening(Sender<int> in, Receiver<int> out) {
  const Instant opened = Clock::now();
  auto serving = kettle::spawn("waiter", waiter, std::move(in), opened);
  auto cooking = kettle::spawn("cook", cook, std::move(out), opened);
  const std::size_t deepest = co_await serving;
  co_await cooking;
  kettle::say(fmt::format("Never more than {} on the rail.", deepest));
}

}  // namespace

int main() {
  // #region both
  kettle::say("A rail with room for two:");
  auto [in, out] = kettle::mpsc::channel<int>(2);
  kettle::block_on(evening(std::move(in), std::move(out)));

  kettle::say("A rail without end:");
  auto [endless_in, endless_out] = kettle::mpsc::unbounded<int>();
  kettle::block_on(evening(std::move(endless_in), std::move(endless_out)));
  // #endregion
}
