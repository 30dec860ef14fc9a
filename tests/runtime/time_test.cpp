// The promises of runtime/kettle/time.hpp.
#include "kettle/time.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "futures.hpp"
#include "kettle/block_on.hpp"
#include "kettle/task.hpp"

namespace {

using namespace std::chrono_literals;
using kettle::Clock;
using kettle::Duration;
using kettle::Instant;
using kettle::Interval;
using kettle::MissedTick;
using kettle::Sleep;
using kettle::TimerQueue;
using story::CountingWaker;

Instant at(Duration since_start) { return Instant(since_start); }

template <class F>
kettle::Poll<typename F::Output> poll(F& future, CountingWaker& task) {
  task.clear();
  kettle::Context context(task.waker());
  return future.poll(context);
}

bool nothing_is_armed() { return TimerQueue::current().next_deadline() == kettle::never; }

// --- sleep -------------------------------------------------------------------------------------------------------

TEST_CASE("a sleep is Pending until its deadline, wakes its task there, and is Ready") {
  const kettle::VirtualTime time;
  CountingWaker task;
  Sleep sleep = kettle::sleep(10ms);
  CHECK(sleep.deadline() == at(10ms));
  CHECK(nothing_is_armed());  // Lazy: nothing before the first poll.
  CHECK(poll(sleep, task).is_pending());
  CHECK(TimerQueue::current().next_deadline() == at(10ms));
  Clock::advance_to(at(10ms) - Duration(1));
  CHECK(TimerQueue::current().fire_due(Clock::now()) == 0);
  CHECK(poll(sleep, task).is_pending());  // Not early, however often it is asked.
  Clock::advance_to(at(10ms));
  CHECK(TimerQueue::current().fire_due(Clock::now()) == 1);
  CHECK(task.wakes() == 1);
  CHECK(poll(sleep, task).is_ready());
  CHECK_FALSE(task.is_held());
}

TEST_CASE("a sleep counts from the call, not from the first poll") {
  const kettle::VirtualTime time;
  CountingWaker task;
  Sleep sleep = kettle::sleep(10ms);
  Clock::advance_to(at(10ms));
  CHECK(poll(sleep, task).is_ready());
  CHECK(nothing_is_armed());
}

TEST_CASE("a sleep that finds its deadline passed takes its timer along") {
  const kettle::VirtualTime time;
  CountingWaker task;
  Sleep sleep = kettle::sleep(10ms);
  CHECK(poll(sleep, task).is_pending());
  Clock::advance_to(at(20ms));
  CHECK(poll(sleep, task).is_ready());
  CHECK(nothing_is_armed());
  CHECK_FALSE(task.is_held());
}

TEST_CASE("no time, less than none, and a deadline that has passed are ready at the first poll") {
  const kettle::VirtualTime time;
  Clock::advance_to(at(1s));
  CountingWaker task;
  Sleep zero = kettle::sleep(0s);
  Sleep negative = kettle::sleep(-5s);
  Sleep lowest = kettle::sleep(Duration::min());
  Sleep past = kettle::sleep_until(at(999ms));
  Sleep long_past = kettle::sleep_until(Instant::min());
  Sleep now = kettle::sleep_until(at(1s));
  for (Sleep* sleep : {&zero, &negative, &lowest, &past, &long_past, &now}) CHECK(poll(*sleep, task).is_ready());
  CHECK(nothing_is_armed());
}

TEST_CASE("huge lengths do not overflow") {
  const kettle::VirtualTime time;
  Clock::advance_to(at(1s));
  CountingWaker task;
  Sleep longest = kettle::sleep(Duration::max());
  CHECK(longest.deadline() == kettle::never);
  CHECK(poll(longest, task).is_pending());
  Sleep almost = kettle::sleep(Duration::max() - 2s);
  CHECK(almost.deadline() < kettle::never);
  CHECK(poll(almost, task).is_pending());
  CHECK(TimerQueue::current().next_deadline() == almost.deadline());
}

TEST_CASE("a deadline of never arms no timer: alone it is a deadlock, and beside another it does not matter") {
  const kettle::VirtualTime time;
  CountingWaker task;
  Sleep sleep = kettle::sleep_until(kettle::never);
  CHECK(poll(sleep, task).is_pending());
  CHECK(nothing_is_armed());
  CHECK_FALSE(task.is_held());
  CHECK_THROWS_WITH_AS(kettle::block_on(kettle::sleep_until(kettle::never)), doctest::Contains("waits for never"),
                       kettle::Stuck);
}

TEST_CASE("a sleep wakes the task that polled it last") {
  const kettle::VirtualTime time;
  CountingWaker one;
  CountingWaker two;
  Sleep sleep = kettle::sleep(10ms);
  CHECK(poll(sleep, one).is_pending());
  CHECK(poll(sleep, two).is_pending());
  CHECK_FALSE(one.is_held());
  Clock::advance_to(at(10ms));
  TimerQueue::current().fire_due(Clock::now());
  CHECK(one.wakes() == 0);
  CHECK(two.wakes() == 1);
}

TEST_CASE("dropping a sleep, unpolled or pending, leaves no timer behind") {
  const kettle::VirtualTime time;
  CountingWaker task;
  {
    [[maybe_unused]] const Sleep unpolled = kettle::sleep(10ms);
  }
  CHECK(nothing_is_armed());
  {
    Sleep pending = kettle::sleep(10ms);
    CHECK(poll(pending, task).is_pending());
    CHECK_FALSE(nothing_is_armed());
  }
  CHECK(nothing_is_armed());
  Clock::advance_to(at(1s));
  CHECK(TimerQueue::current().fire_due(Clock::now()) == 0);
  CHECK(task.wakes() == 0);
}

TEST_CASE("a sleep may move before its first poll, and not after it") {
  const kettle::VirtualTime time;
  CountingWaker task;
  Sleep first = kettle::sleep(10ms);
  Sleep second(std::move(first));
  CHECK(second.deadline() == at(10ms));
  CHECK(poll(second, task).is_pending());
  CHECK_THROWS_AS(const Sleep third(std::move(second)), kettle::Misuse);
  Clock::advance_to(at(10ms));
  TimerQueue::current().fire_due(Clock::now());
  CHECK_THROWS_AS(const Sleep third(std::move(second)), kettle::Misuse);  // Its timer has fired: the rule is the same.
  CHECK(poll(second, task).is_ready());
  CHECK_THROWS_AS(const Sleep third(std::move(second)), kettle::Misuse);
}

TEST_CASE("a sleep that was Ready must not be polled again") {
  const kettle::VirtualTime time;
  CountingWaker task;
  Sleep sleep = kettle::sleep(0s);
  CHECK(poll(sleep, task).is_ready());
  CHECK_THROWS_AS(poll(sleep, task), kettle::Misuse);
}

TEST_CASE("a sleep whose thread has ended can be polled on another") {
  CountingWaker task;
  Sleep sleep = kettle::sleep(24h);
  std::thread thread([&] { CHECK(poll(sleep, task).is_pending()); });
  thread.join();
  CHECK(nothing_is_armed());
  CHECK(poll(sleep, task).is_pending());
  CHECK_FALSE(nothing_is_armed());
}

TEST_CASE("a sleep is small: its timer, and nothing that its timer has") { CHECK(sizeof(Sleep) <= 40); }

TEST_CASE(
    "in real time, too, a deadline that has passed is ready at the first poll, on a thread that saw no clock yet") {
  const Instant before = Clock::now();
  std::thread thread([before] {
    CountingWaker task;
    Sleep past = kettle::sleep_until(before);
    CHECK(poll(past, task).is_ready());
    Sleep zero = kettle::sleep(0s);
    CHECK(poll(zero, task).is_ready());
  });
  thread.join();
}

TEST_CASE("a sleep does not read the real clock to be polled: what its thread has not seen, the queue will") {
  CountingWaker task;
  Sleep sleep = kettle::sleep(1us);
  while (std::chrono::steady_clock::now().time_since_epoch() < sleep.deadline().time_since_epoch()) {
  }
  CHECK(Clock::seen() < sleep.deadline());
  CHECK(poll(sleep, task).is_pending());
  CHECK(TimerQueue::current().fire_due(Clock::now()) == 1);
  CHECK(task.wakes() == 1);
  CHECK(poll(sleep, task).is_ready());
}

// --- block_on with timers ---------------------------------------------------------------------------------------

TEST_CASE("block_on waits for a timer: two polls, and time has jumped") {
  const kettle::VirtualTime time;
  struct Counted {
    using Output = void;
    explicit Counted(Duration length) : sleep(kettle::sleep(length)) {}
    kettle::Poll<> poll(kettle::Context& context) {
      ++polls;
      return sleep.poll(context);
    }
    Sleep sleep;
    int polls = 0;
  };
  Counted counted(1h);
  kettle::block_on(counted);
  CHECK(counted.polls == 2);
  CHECK(Clock::now() == at(1h));
  kettle::block_on(kettle::sleep(1h));
  CHECK(Clock::now() == at(2h));
}

kettle::Task<int> three_naps(std::vector<Instant>& times) {
  for (int nap = 0; nap < 3; ++nap) {
    co_await kettle::sleep(5ms);
    times.push_back(Clock::now());
  }
  co_return 3;
}

TEST_CASE("a task sleeps, again and again; dropping it half-way leaves no timer behind") {
  const kettle::VirtualTime time;
  std::vector<Instant> times;
  CHECK(kettle::block_on(three_naps(times)) == 3);
  CHECK(times == std::vector{at(5ms), at(10ms), at(15ms)});
  CountingWaker task;
  for (int naps = 0; naps < 3; ++naps) {
    kettle::Task<int> dropped = three_naps(times);
    for (int nap = 0; nap < naps; ++nap) {
      CHECK(poll(dropped, task).is_pending());
      Clock::advance_to(TimerQueue::current().next_deadline());
      TimerQueue::current().fire_due(Clock::now());
    }
    CHECK(poll(dropped, task).is_pending());
    CHECK_FALSE(nothing_is_armed());
    {
      const kettle::Task<int> gone = std::move(dropped);
    }
    CHECK(nothing_is_armed());
  }
}

TEST_CASE("a sleep in real time is never early") {
  for (const Duration length : {Duration(0), Duration(1), Duration(1us), Duration(1ms)}) {
    const Instant start = Clock::now();
    kettle::block_on(kettle::sleep(length));
    CHECK(Clock::now() - start >= length);
  }
}

// Ready when another thread says so; meanwhile a timer is armed that is far away.
class Called {
 public:
  using Output = void;
  Called() : far_away_(kettle::sleep(24h)) {}
  ~Called() { caller_.join(); }
  kettle::Poll<> poll(kettle::Context& context) {
    if (!caller_.joinable()) {
      caller_ = std::thread([this, waker = context.waker()] {
        called_.store(true);
        waker.wake();
      });
    }
    if (far_away_.poll(context).is_ready() || called_.load()) return kettle::Ready();
    return kettle::pending;
  }

 private:
  Sleep far_away_;
  kettle::sync::Atomic<bool> called_{false};
  std::thread caller_;
};

TEST_CASE("a wake from another thread ends the wait for a timer that is far away") {
  const Instant start = Clock::now();
  for (int round = 0; round < 100; ++round) {
    Called called;
    kettle::block_on(called);
  }
  CHECK(Clock::now() - start < 24h);
  CHECK(nothing_is_armed());
}

// Sleeps on behalf of somebody else, and forgets its own task's waker: only the timer is left to wait for. It is never
// ready, so that it does not matter who asks it how often.
class Forgetful {
 public:
  using Output = void;
  explicit Forgetful(CountingWaker& other) : other_(other), sleep_(kettle::sleep(1s)) {}
  kettle::Poll<> poll(kettle::Context&) {
    kettle::Context context(other_.waker());
    if (!slept_) slept_ = sleep_.poll(context).is_ready();
    return kettle::pending;
  }

 private:
  CountingWaker& other_;
  Sleep sleep_;
  bool slept_ = false;
};

TEST_CASE("block_on is not stuck while a timer is armed, whomever it wakes; afterwards it is") {
  const kettle::VirtualTime time;
  CountingWaker other;
  Forgetful forgetful(other);
  CHECK_THROWS_AS(kettle::block_on(forgetful), kettle::Stuck);
  CHECK(Clock::now() == at(1s));
  CHECK(other.wakes() == 1);
}

// --- interval ----------------------------------------------------------------------------------------------------

struct Ticked {
  Duration due;
  Duration taken;
  bool operator==(const Ticked&) const = default;
};
using Ticks = std::vector<Ticked>;

// Takes a tick for each entry, and is busy for that long after it.
// #region ticks
kettle::Task<Ticks> take(MissedTick missed, std::vector<Duration> busy) {
  Ticks ticks;
  Interval interval(10ms, missed);
  for (const Duration length : busy) {
    const Instant due = co_await interval.tick();
    ticks.push_back({due.time_since_epoch(), Clock::now().time_since_epoch()});
    Clock::block_for(length);
  }
  co_return ticks;
}
// #endregion

TEST_CASE("an interval in time ticks at once, then every period, with every policy") {
  for (const MissedTick missed : {MissedTick::burst, MissedTick::delay, MissedTick::skip}) {
    const kettle::VirtualTime time;
    CHECK(kettle::block_on(take(missed, {0ms, 9ms, 10ms, 0ms})) ==
          Ticks{{0ms, 0ms}, {10ms, 10ms}, {20ms, 20ms}, {30ms, 30ms}});
  }
}

TEST_CASE("burst: missed ticks come at once, and none is lost") {
  const kettle::VirtualTime time;
  CHECK(kettle::block_on(take(MissedTick::burst, {35ms, 0ms, 1ms, 0ms, 0ms, 0ms})) ==
        Ticks{{0ms, 0ms}, {10ms, 35ms}, {20ms, 35ms}, {30ms, 36ms}, {40ms, 40ms}, {50ms, 50ms}});
}

TEST_CASE("delay: after a late tick the next comes one period later") {
  const kettle::VirtualTime time;
  CHECK(kettle::block_on(take(MissedTick::delay, {35ms, 0ms, 13ms, 0ms, 0ms})) ==
        Ticks{{0ms, 0ms}, {10ms, 35ms}, {45ms, 45ms}, {55ms, 58ms}, {68ms, 68ms}});
}

TEST_CASE("skip: after a late tick the next comes at a multiple of the period") {
  const kettle::VirtualTime time;
  CHECK(kettle::block_on(take(MissedTick::skip, {35ms, 0ms, 13ms, 0ms, 20ms, 0ms, 0ms})) ==
        Ticks{{0ms, 0ms}, {10ms, 35ms}, {40ms, 40ms}, {50ms, 53ms}, {60ms, 60ms}, {70ms, 80ms}, {90ms, 90ms}});
}

TEST_CASE("a tick that is dropped unready is not lost: the next has its instant") {
  const kettle::VirtualTime time;
  CountingWaker task;
  Interval interval(10ms);
  CHECK(kettle::block_on(interval.tick()) == at(0ms));
  {
    Interval::Tick dropped = interval.tick();
    CHECK(poll(dropped, task).is_pending());
  }
  CHECK(nothing_is_armed());
  {
    [[maybe_unused]] const Interval::Tick unpolled = interval.tick();
  }
  CHECK(kettle::block_on(interval.tick()) == at(10ms));
  CHECK(kettle::block_on(interval.tick()) == at(20ms));
}

TEST_CASE("a tick that was Ready must not be polled again") {
  const kettle::VirtualTime time;
  CountingWaker task;
  Interval interval(10ms);
  Interval::Tick tick = interval.tick();
  CHECK(poll(tick, task).is_ready());
  CHECK_THROWS_AS(poll(tick, task), kettle::Misuse);
  CHECK(kettle::block_on(interval.tick()) == at(10ms));
}

TEST_CASE("a period that is not positive is refused") {
  CHECK_THROWS_AS(Interval(0s), kettle::Misuse);
  CHECK_THROWS_AS(Interval(-1s), kettle::Misuse);
}

TEST_CASE("huge periods and huge delays do not overflow") {
  for (const MissedTick missed : {MissedTick::burst, MissedTick::delay, MissedTick::skip}) {
    const kettle::VirtualTime time;
    CountingWaker task;
    Interval small(3s, missed);
    Clock::advance_to(at(1s));
    Interval longest(Duration::max(), missed);
    CHECK(kettle::block_on(longest.tick()) == at(1s));
    Interval::Tick tick = longest.tick();
    CHECK(poll(tick, task).is_pending());
    CHECK(nothing_is_armed());
    Clock::advance_to(kettle::never - 1s);
    CHECK(kettle::block_on(small.tick()) == at(0s));  // Late by nearly all the time there is.
    Interval::Tick next = small.tick();
    CHECK(poll(next, task).is_pending() == (missed != MissedTick::burst));
  }
}

}  // namespace
