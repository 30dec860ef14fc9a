// The promises of runtime/kettle/timeout.hpp.
#include "kettle/timeout.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "futures.hpp"
#include "kettle/block_on.hpp"
#include "kettle/task.hpp"

namespace {

using namespace std::chrono_literals;
using kettle::Clock;
using kettle::deadline;
using kettle::Duration;
using kettle::Instant;
using kettle::Task;
using kettle::timeout;
using kettle::TimerQueue;
using story::CountingWaker;
using story::Record;
using story::Scripted;

template <class F>
kettle::Poll<typename F::Output> poll(F& future, CountingWaker& task) {
  task.clear();
  kettle::Context context(task.waker());
  return future.poll(context);
}

std::shared_ptr<Record> record() { return std::make_shared<Record>(); }
bool nothing_is_armed() { return TimerQueue::current().next_deadline() == kettle::never; }
Duration now() { return Clock::now().time_since_epoch(); }

Task<std::string> cook(Duration length) {
  co_await kettle::sleep(length);
  co_return "dinner";
}

TEST_CASE("in time: the value, and the timer is cancelled at once") {
  const kettle::VirtualTime time;
  CountingWaker task;
  auto seen = record();
  auto limited = timeout(2s, Scripted<std::string>("a", 1, "tea", seen));
  CHECK(nothing_is_armed());  // Lazy.
  CHECK(poll(limited, task).is_pending());
  CHECK(TimerQueue::current().next_deadline() == Instant(2s));
  auto answer = poll(limited, task);
  REQUIRE(answer.is_ready());
  CHECK(answer.take().value() == "tea");
  CHECK(nothing_is_armed());  // The timeout itself is still there.
  CHECK(seen->destroyed == 1);
  CHECK_FALSE(task.is_held());
}

TEST_CASE("late: Elapsed at the deadline, and the future is dropped before it is said") {
  const kettle::VirtualTime time;
  CountingWaker task;
  auto seen = record();
  auto limited = timeout(2s, Scripted<int>("a", 99, 1, seen));
  CHECK(poll(limited, task).is_pending());
  Clock::advance_to(Instant(2s) - Duration(1));
  CHECK(TimerQueue::current().fire_due(Clock::now()) == 0);
  CHECK(poll(limited, task).is_pending());
  Clock::advance_to(Instant(2s));
  CHECK(TimerQueue::current().fire_due(Clock::now()) == 1);
  CHECK(task.is_woken());
  auto answer = poll(limited, task);
  REQUIRE(answer.is_ready());
  CHECK_FALSE(answer.value().has_value());
  CHECK(seen->destroyed == 1);
  CHECK(nothing_is_armed());
}

TEST_CASE("ready exactly at the deadline is in time") {
  const kettle::VirtualTime time;
  CHECK(kettle::block_on(timeout(2s, cook(2s))).has_value());
  CHECK(now() == 2s);
  CHECK_FALSE(kettle::block_on(timeout(2s, cook(2s + Duration(1)))).has_value());
  CHECK(now() == 4s);
  CHECK(kettle::block_on(timeout(2s, cook(2s - Duration(1)))).has_value());
}

TEST_CASE("a late poll finds the future ready: in time, although the deadline has passed") {
  const kettle::VirtualTime time;
  CountingWaker task;
  auto limited = timeout(2s, Scripted<int>("a", 1, 7));
  CHECK(poll(limited, task).is_pending());
  Clock::advance_to(Instant(1h));
  CHECK(poll(limited, task).take().value() == 7);
  CHECK(nothing_is_armed());
}

TEST_CASE("a future of nothing") {
  const kettle::VirtualTime time;
  auto in_time = timeout(2s, kettle::sleep(1s));
  static_assert(std::is_same_v<decltype(in_time)::Output, std::expected<void, kettle::Elapsed>>);
  CHECK(kettle::block_on(in_time).has_value());
  CHECK_FALSE(kettle::block_on(timeout(2s, kettle::sleep(3s))).has_value());
  CHECK(now() == 3s);
}

TEST_CASE("values that can only be moved, and values that are expected themselves") {
  const kettle::VirtualTime time;
  CHECK(*kettle::block_on(timeout(1s, Scripted<std::unique_ptr<int>>("a", 0, std::make_unique<int>(7)))).value() == 7);
  using Inner = std::expected<std::string, int>;
  auto good = kettle::block_on(timeout(1s, Scripted<Inner>("a", 0, Inner("tea"))));
  CHECK(good.value().value() == "tea");
  auto bad = kettle::block_on(timeout(1s, Scripted<Inner>("a", 0, Inner(std::unexpected(404)))));
  CHECK(bad.value().error() == 404);
  auto nested = kettle::block_on(timeout(5s, timeout(1s, kettle::sleep(2s))));
  REQUIRE(nested.has_value());
  CHECK_FALSE(nested->has_value());
  CHECK_FALSE(kettle::block_on(timeout(1s, timeout(5s, kettle::sleep(2s)))).has_value());
}

TEST_CASE("the length counts from the call, and a deadline that has passed still polls the future once") {
  const kettle::VirtualTime time;
  CountingWaker task;
  auto early = timeout(2s, Scripted<int>("a", 1, 1));
  Clock::advance_to(Instant(2s));
  CHECK_FALSE(poll(early, task).take().has_value());

  auto ready = deadline(Instant(1s), Scripted<int>("a", 0, 7));
  CHECK(poll(ready, task).take().value() == 7);
  auto seen = record();
  auto unready = deadline(Instant(1s), Scripted<int>("a", 1, 7, seen));
  CHECK_FALSE(poll(unready, task).take().has_value());
  CHECK(seen->polls == 1);
  auto none = timeout(0s, Scripted<int>("a", 0, 7));
  CHECK(poll(none, task).take().has_value());
  auto negative = timeout(-1s, Scripted<int>("a", 1, 7));
  CHECK_FALSE(poll(negative, task).take().has_value());
  CHECK(nothing_is_armed());
}

TEST_CASE("a timeout that never comes arms no timer") {
  const kettle::VirtualTime time;
  CountingWaker task;
  auto seen = record();
  auto limited = timeout(Duration::max(), Scripted<int>("a", 1, 7, seen));
  CHECK(poll(limited, task).is_pending());
  CHECK(nothing_is_armed());
  CHECK(poll(limited, task).take().value() == 7);
}

TEST_CASE("a named future goes on after a timeout") {
  const kettle::VirtualTime time;
  struct Scene {
    static Task<int> play() {
      Task<std::string> dish = cook(5s);
      int looks = 0;
      for (;;) {
        const auto served = co_await timeout(2s, dish);
        if (served.has_value()) co_return looks;
        ++looks;
      }
    }
  };
  CHECK(kettle::block_on(Scene::play()) == 2);
  CHECK(now() == 5s);
}

TEST_CASE("what the future throws leaves co_await, and the timer is gone") {
  const kettle::VirtualTime time;
  struct Scene {
    static Task<int> burn() {
      co_await kettle::sleep(1s);
      throw std::runtime_error("burnt");
    }
    static Task<std::string> play() {
      try {
        co_await timeout(2s, burn());
      } catch (const std::runtime_error& error) {
        CHECK(nothing_is_armed());
        co_return error.what();
      }
      co_return "no exception";
    }
  };
  CHECK(kettle::block_on(Scene::play()) == "burnt");
}

TEST_CASE("a timeout that was Ready is not polled again") {
  const kettle::VirtualTime time;
  CountingWaker task;
  auto in_time = timeout(2s, Scripted<int>("a", 0, 7));
  CHECK(poll(in_time, task).is_ready());
  CHECK_THROWS_AS((void)poll(in_time, task), kettle::Misuse);
  auto late = timeout(0s, Scripted<int>("a", 9, 7));
  CHECK(poll(late, task).is_ready());
  CHECK_THROWS_AS((void)poll(late, task), kettle::Misuse);
}

TEST_CASE("dropping a timeout, unpolled or pending, drops the future and its timer") {
  const kettle::VirtualTime time;
  for (const int polls : {0, 1, 2}) {
    CountingWaker task;
    auto seen = record();
    {
      auto limited = timeout(2s, Scripted<int>("a", 9, 7, seen));
      for (int i = 0; i < polls; ++i) CHECK(poll(limited, task).is_pending());
    }
    CHECK(seen->destroyed == 1);
    CHECK(nothing_is_armed());
  }
}

TEST_CASE("a timeout wakes the task that polled it last, and may move before its first poll") {
  const kettle::VirtualTime time;
  CountingWaker one;
  CountingWaker two;
  auto seen = record();
  auto limited = timeout(2s, Scripted<int>("a", 9, 7, seen));
  auto moved = std::move(limited);
  CHECK(poll(moved, one).is_pending());
  CHECK(poll(moved, two).is_pending());
  CHECK(seen->waker->will_wake(two.waker()));
  Clock::advance_to(Instant(2s));
  TimerQueue::current().fire_due(Clock::now());
  CHECK(one.wakes() == 0);
  CHECK(two.wakes() == 1);
}

}  // namespace
