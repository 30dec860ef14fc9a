// Task frame: a chain of Tasks that await each other is polled at its innermost end, whoever holds which part of it.
#include <doctest/doctest.h>
#include <kettle/task.hpp>
#include <kettle/waker.hpp>

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "futures.hpp"

namespace {

using kettle::Context;
using kettle::Misuse;
using kettle::Poll;
using kettle::Ready;
using kettle::Task;
using Log = std::vector<std::string>;

template <class F>
Poll<typename F::Output> poll(F& future) {
  Context context;
  return future.poll(context);
}

/// Pending until it is opened; counts how often it was asked.
class Gate {
 public:
  using Output = int;
  Poll<int> poll(Context&) {
    ++polls;
    if (!is_open) return kettle::pending;
    return Ready(7);
  }
  bool is_open = false;
  int polls = 0;
};

Task<int> passes(Gate& gate) {
  const int value = co_await gate;
  co_return value;
}

Task<int> adds_one(Task<int>& task) {
  const int value = co_await task;
  co_return value + 1;
}

Task<int> nested(Gate& gate, int depth) {
  if (depth == 0) {
    const int value = co_await gate;
    co_return value;
  }
  const int below = co_await nested(gate, depth - 1);
  co_return below + 1;
}

TEST_CASE("however deep a chain is, each poll asks its innermost future once, and takes no stack") {
  constexpr int depth = 200'000;
  Gate gate;
  auto task = nested(gate, depth);
  CHECK(poll(task).is_pending());
  CHECK(poll(task).is_pending());
  CHECK_EQ(gate.polls, 2);
  gate.is_open = true;
  CHECK_EQ(poll(task).take(), 7 + depth);
  CHECK_EQ(gate.polls, 3);
}

TEST_CASE("a Task that was polled by hand goes on where it stood when it is awaited") {
  Gate gate;
  auto task = nested(gate, 2);
  CHECK(poll(task).is_pending());
  auto outer = adds_one(task);
  CHECK(poll(outer).is_pending());
  CHECK_EQ(gate.polls, 2);
  gate.is_open = true;
  CHECK_EQ(poll(outer).take(), 10);
  CHECK_EQ(gate.polls, 3);
}

TEST_CASE("a Task whose awaiter is destroyed goes on for whoever polls it next") {
  for (const int depth : {0, 1, 5}) {
    Gate gate;
    auto task = nested(gate, depth);
    for (int awaiters = 0; awaiters < 3; ++awaiters) {
      std::optional outer(adds_one(task));
      CHECK(poll(*outer).is_pending());
      CHECK(poll(*outer).is_pending());
      outer.reset();
    }
    CHECK(poll(task).is_pending());
    CHECK_EQ(gate.polls, 7);
    gate.is_open = true;
    auto last = adds_one(task);
    CHECK_EQ(poll(last).take(), 7 + depth + 1);
  }
}

TEST_CASE("the same when the awaiter is itself awaited") {
  Gate gate;
  auto task = nested(gate, 1);
  {
    auto middle = adds_one(task);
    auto outer = adds_one(middle);
    CHECK(poll(outer).is_pending());
  }
  gate.is_open = true;
  CHECK_EQ(poll(task).take(), 8);
}

TEST_CASE("a Task that has ended, or was moved from, is refused where it is awaited") {
  Gate gate;
  gate.is_open = true;
  auto task = passes(gate);
  CHECK_EQ(poll(task).take(), 7);
  auto after_end = adds_one(task);
  CHECK_THROWS_AS(poll(after_end), Misuse);
  auto other = std::move(task);
  auto after_move = adds_one(task);
  CHECK_THROWS_AS(poll(after_move), Misuse);
}

TEST_CASE("a Task that is moved while it is awaited is refused when it has ended") {
  Gate gate;
  auto task = passes(gate);
  auto outer = adds_one(task);
  CHECK(poll(outer).is_pending());
  const auto moved = std::move(task);
  gate.is_open = true;
  CHECK_THROWS_AS(poll(outer), Misuse);
}

Task<int> fails(Gate& gate) {
  co_await gate;
  throw std::runtime_error("no water");
}

Task<int> tries_again(Gate& gate, Log& log) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    try {
      co_await fails(gate);
    } catch (const std::runtime_error& error) {
      log.emplace_back(error.what());
    }
  }
  const int value = co_await passes(gate);
  co_return value;
}

TEST_CASE("what a link of the chain throws comes out at its co_await, and the chain goes on from there") {
  Gate gate;
  Log log;
  auto task = tries_again(gate, log);
  CHECK(poll(task).is_pending());
  gate.is_open = true;
  CHECK_EQ(poll(task).take(), 7);
  CHECK_EQ(log, Log{"no water", "no water"});
}

Task<int> counts_down(int left) {
  if (left == 0) co_return 0;
  const int below = co_await counts_down(left - 1);
  co_return below + 1;
}

TEST_CASE("a chain that is ready at once takes no stack either") {
  auto task = counts_down(200'000);
  CHECK_EQ(poll(task).take(), 200'000);
}

}  // namespace
