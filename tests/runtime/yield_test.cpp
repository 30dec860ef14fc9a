// The promises of kettle/yield.hpp.
#include <kettle/join_handle.hpp>
#include <kettle/task.hpp>
#include <kettle/yield.hpp>

#include <doctest/doctest.h>

#include <string>

#include "futures.hpp"

namespace {

using kettle::block_on;
using kettle::spawn;
using kettle::Task;
using kettle::yield_now;
using story::CountingWaker;

TEST_CASE("a yield is Pending once, with a wake-up on its way, then Ready") {
  CountingWaker task;
  kettle::Context context(task.waker());
  kettle::Yield yield = yield_now();
  CHECK_EQ(task.wakes(), 0);  // Lazy.
  CHECK(yield.poll(context).is_pending());
  CHECK_EQ(task.wakes(), 1);
  CHECK(yield.poll(context).is_ready());
  CHECK_EQ(task.wakes(), 1);
}

TEST_CASE("a yield that is dropped keeps nothing") {
  CountingWaker task;
  {
    kettle::Context context(task.waker());
    kettle::Yield yield = yield_now();
    CHECK(yield.poll(context).is_pending());
  }
  task.clear();
  CHECK_FALSE(task.is_held());
}

Task<int> count_turns(int turns) {
  for (int turn = 0; turn < turns; ++turn) co_await yield_now();
  co_return turns;
}

TEST_CASE("a task alone may yield as often as it likes") { CHECK_EQ(block_on(count_turns(1000)), 1000); }

Task<> write(std::string& log, char letter, int times) {
  for (int time = 0; time < times; ++time) {
    log += letter;
    co_await yield_now();
  }
}

Task<> write_three(std::string& log) {
  auto a = spawn("a", write(log, 'a', 3));
  auto b = spawn("b", write(log, 'b', 2));
  co_await write(log, 'm', 3);
  co_await a;
  co_await b;
}

TEST_CASE("tasks that yield take turns, main too") {
  std::string log;
  block_on(write_three(log));
  CHECK_EQ(log, "mabmabma");
}

}  // namespace
