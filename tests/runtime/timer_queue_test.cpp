// The promises of runtime/kettle/timer_queue.hpp.
#include "kettle/timer_queue.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "futures.hpp"

namespace {

using namespace std::chrono_literals;
using kettle::Clock;
using kettle::Instant;
using kettle::Parker;
using kettle::Timer;
using kettle::TimerQueue;
using kettle::Waker;

using Log = std::vector<int>;

// Something to wake that writes its number down, and may do more.
class Bell final : public kettle::Wakeable {
 public:
  explicit Bell(Log& log, int number) : log_(log), number_(number) {}
  std::function<void()> on_wake;

 private:
  void schedule() noexcept override {
    log_.push_back(number_);
    clear_notified();  // Every wake counts here.
    if (on_wake) on_wake();
  }
  void destroy() noexcept override {}  // It lives where the test made it.
  Log& log_;
  int number_;
};

Instant at(int nanoseconds) { return Instant(kettle::Duration(nanoseconds)); }

// A timer with a bell of its own.
struct Alarm {
  Alarm(Log& log, int number) : bell(log, number) {}
  void arm(TimerQueue& queue, Instant deadline) { queue.arm(timer, deadline, Waker(bell)); }
  Bell bell;
  Timer timer;
};

// Ten alarms, numbered from 0.
class Ten {
 public:
  Ten() {
    for (int number = 0; number < 10; ++number) alarms_.push_back(std::make_unique<Alarm>(log, number));
  }
  Alarm& operator[](int number) { return *alarms_[static_cast<std::size_t>(number)]; }
  Log log;
  TimerQueue queue;

 private:
  std::vector<std::unique_ptr<Alarm>> alarms_;
};

TEST_CASE("timers fire in the order of their deadlines, whatever the order of arming") {
  const std::array<Log, 3> orders{Log{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, Log{9, 8, 7, 6, 5, 4, 3, 2, 1, 0},
                                  Log{5, 2, 8, 0, 9, 1, 7, 3, 6, 4}};
  for (const Log& order : orders) {
    Ten ten;
    for (const int number : order) ten[number].arm(ten.queue, at(number * 10));
    CHECK(ten.queue.fire_due(at(1000)) == 10);
    CHECK(ten.log == Log{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  }
}

TEST_CASE("timers of the same deadline fire in the order of arming") {
  Ten ten;
  const Log order{5, 2, 8, 0, 9, 1, 7, 3, 6, 4};
  for (const int number : order) ten[number].arm(ten.queue, at(7));
  ten[0].timer.cancel();
  ten[0].arm(ten.queue, at(7));  // Armed anew: it is the last now.
  CHECK(ten.queue.fire_due(at(7)) == 10);
  CHECK(ten.log == Log{5, 2, 8, 9, 1, 7, 3, 6, 4, 0});
}

TEST_CASE("a deadline is due when it is reached, and not before") {
  Ten ten;
  ten[0].arm(ten.queue, at(10));
  CHECK(ten.queue.fire_due(at(9)) == 0);
  CHECK(ten.log.empty());
  CHECK(ten.queue.fire_due(at(10)) == 1);
  CHECK(ten.log == Log{0});
  CHECK(ten.queue.fire_due(at(11)) == 0);
  CHECK(ten.log == Log{0});
}

TEST_CASE("next_deadline is the earliest that is armed, or never") {
  Ten ten;
  CHECK(ten.queue.next_deadline() == kettle::never);
  CHECK_FALSE(ten.queue.has_work_ahead());
  ten[0].arm(ten.queue, at(20));
  ten[1].arm(ten.queue, at(10));
  ten[2].arm(ten.queue, at(30));
  CHECK(ten.queue.next_deadline() == at(10));
  CHECK(ten.queue.has_work_ahead());
  ten[1].timer.cancel();
  CHECK(ten.queue.next_deadline() == at(20));
  ten.queue.fire_due(at(20));
  CHECK(ten.queue.next_deadline() == at(30));
  ten[2].timer.cancel();
  CHECK(ten.queue.next_deadline() == kettle::never);
}

TEST_CASE("any timer may be cancelled: the earliest, one in the middle, the latest") {
  for (int victim = 0; victim < 10; ++victim) {
    for (const bool deep : {false, true}) {
      Ten ten;
      // The earliest first, or the latest first; then the queue has been looked at, too.
      for (int step = 0; step < 10; ++step) ten[deep ? 9 - step : step].arm(ten.queue, at(deep ? 9 - step : step));
      if (deep) ten.queue.fire_due(at(-1));
      ten[victim].timer.cancel();
      CHECK_FALSE(ten[victim].timer.is_armed());
      Log expected;
      for (int number = 0; number < 10; ++number) {
        if (number != victim) expected.push_back(number);
      }
      CHECK(ten.queue.fire_due(at(100)) == 9);
      CHECK(ten.log == expected);
    }
  }
}

TEST_CASE("a timer may be cancelled after others have fired, and armed anew") {
  for (int victim = 1; victim < 10; ++victim) {
    Ten ten;
    for (int number = 0; number < 10; ++number) ten[number].arm(ten.queue, at(number));
    ten.queue.fire_due(at(0));  // From here on, the others may stand in other slots.
    ten[victim].timer.cancel();
    ten[victim].timer.cancel();  // Again: nothing happens.
    ten[victim].arm(ten.queue, at(50));
    CHECK(ten.queue.fire_due(at(100)) == 9);
    Log expected;
    for (int number = 0; number < 10; ++number) {
      if (number != victim) expected.push_back(number);
    }
    expected.push_back(victim);
    CHECK(ten.log == expected);
  }
}

TEST_CASE("destroying a timer cancels it") {
  Log log;
  TimerQueue queue;
  Bell bell(log, 1);
  {
    Timer timer;
    queue.arm(timer, at(1), Waker(bell));
  }
  CHECK(queue.next_deadline() == kettle::never);
  CHECK(queue.fire_due(at(5)) == 0);
  CHECK(log.empty());
}

TEST_CASE("a timer lets go of its waker when it fires, is cancelled, or dies") {
  TimerQueue queue;
  story::CountingWaker task;
  Timer timer;
  queue.arm(timer, at(1), task.waker());
  CHECK(task.is_held());
  queue.fire_due(at(1));
  CHECK(task.wakes() == 1);
  CHECK_FALSE(task.is_held());
  task.clear();
  queue.arm(timer, at(1), task.waker());
  timer.cancel();
  CHECK_FALSE(task.is_held());
  {
    Timer other;
    queue.arm(other, at(1), task.waker());
  }
  CHECK_FALSE(task.is_held());
  CHECK(task.wakes() == 1);  // Only the one that fired has woken.
}

TEST_CASE("set_waker redirects the wake-up") {
  TimerQueue queue;
  story::CountingWaker one;
  story::CountingWaker two;
  Timer timer;
  queue.arm(timer, at(1), one.waker());
  timer.set_waker(one.waker());
  timer.set_waker(two.waker());
  CHECK_FALSE(one.is_held());
  queue.fire_due(at(1));
  CHECK(one.wakes() == 0);
  CHECK(two.wakes() == 1);
}

TEST_CASE("a wake may arm timers: those that are due fire in the same round") {
  Ten ten;
  ten[0].bell.on_wake = [&] {
    ten[1].arm(ten.queue, at(5));
    ten[2].arm(ten.queue, at(50));
    CHECK_FALSE(ten[0].timer.is_armed());
    if (ten.log.size() == 1) ten[0].arm(ten.queue, at(9));
  };
  ten[1].bell.on_wake = [&] { ten[0].bell.on_wake = nullptr; };
  ten[0].arm(ten.queue, at(3));
  CHECK(ten.queue.fire_due(at(10)) == 3);
  CHECK(ten.log == Log{0, 1, 0});
  CHECK(ten.queue.next_deadline() == at(50));
}

TEST_CASE("a wake may cancel timers, due or not, and destroy its own") {
  Ten ten;
  auto own = std::make_unique<Timer>();
  ten[0].bell.on_wake = [&] {
    own.reset();
    ten[1].timer.cancel();
    ten[8].timer.cancel();
  };
  ten.queue.arm(*own, at(0), Waker(ten[0].bell));
  for (int number = 1; number < 10; ++number) ten[number].arm(ten.queue, at(number));
  CHECK(ten.queue.fire_due(at(5)) == 5);
  CHECK(ten.log == Log{0, 2, 3, 4, 5});
  CHECK(ten.queue.fire_due(at(50)) == 3);
  CHECK(ten.log == Log{0, 2, 3, 4, 5, 6, 7, 9});
}

TEST_CASE("100,000 random steps agree with a multimap") {
  std::mt19937 random(4);
  const auto below = [&random](int limit) { return static_cast<int>(random() % static_cast<unsigned>(limit)); };
  constexpr int count = 300;
  Log log;
  TimerQueue queue;
  std::vector<std::unique_ptr<Alarm>> alarms;
  for (int number = 0; number < count; ++number) alarms.push_back(std::make_unique<Alarm>(log, number));
  std::multimap<Instant, int> model;  // Equal keys stay in the order of insertion.
  Instant now = at(0);
  for (int step = 0; step < 100'000; ++step) {
    const int number = below(count);
    Timer& timer = alarms[static_cast<std::size_t>(number)]->timer;
    const int choice = below(100);
    if (choice < 70) {
      if (timer.is_armed()) continue;
      const Instant deadline = now + kettle::Duration(below(200));
      alarms[static_cast<std::size_t>(number)]->arm(queue, deadline);
      model.emplace(deadline, number);
    } else if (choice < 95) {
      const bool was_armed = timer.is_armed();
      timer.cancel();
      const auto removed = std::erase_if(model, [number](const auto& entry) { return entry.second == number; });
      REQUIRE(was_armed == (removed == 1));
    } else {
      now += kettle::Duration(below(60));
      Log expected;
      while (!model.empty() && model.begin()->first <= now) {
        expected.push_back(model.begin()->second);
        model.erase(model.begin());
      }
      log.clear();
      REQUIRE(queue.fire_due(now) == expected.size());
      REQUIRE(log == expected);
    }
    REQUIRE(queue.next_deadline() == (model.empty() ? kettle::never : model.begin()->first));
  }
}

// Lengths of all magnitudes, from a nanosecond to centuries; round ones, too, so that deadlines coincide.
class Lengths {
 public:
  explicit Lengths(unsigned seed) : random_(seed) {}
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  kettle::Duration any() {
    const std::uint64_t magnitude = std::uint64_t{1} << below(63);
    if (below(3) == 0) return kettle::Duration(magnitude);
    return kettle::Duration(magnitude + below(magnitude));
  }

 private:
  std::mt19937_64 random_;
};

// What is armed, as a multimap has it. Some timers are armed anew by their own wake, or by another's.
class Model {
 public:
  void arm(Instant deadline, int number) { armed_.emplace(deadline, number); }
  bool cancel(int number) {
    return std::erase_if(armed_, [number](const auto& entry) { return entry.second == number; }) == 1;
  }
  Instant next_deadline() const { return armed_.empty() ? kettle::never : armed_.begin()->first; }
  Log fire_due(Instant now, std::map<int, Instant> again) {
    Log log;
    while (!armed_.empty() && armed_.begin()->first <= now) {
      const int number = armed_.begin()->second;
      log.push_back(number);
      armed_.erase(armed_.begin());
      const auto anew = again.find(number);
      if (anew == again.end()) continue;
      arm(anew->second, number);
      again.erase(anew);
    }
    return log;
  }

 private:
  std::multimap<Instant, int> armed_;  // Equal keys stay in the order of insertion.
};

TEST_CASE("random deadlines from a nanosecond to centuries agree with a multimap, whatever becomes of them") {
  constexpr int count = 100;
  for (unsigned seed = 0; seed < 200; ++seed) {
    const kettle::VirtualTime time;
    Lengths lengths(seed);
    Log log;
    TimerQueue queue;
    Model model;
    std::map<int, Instant> again;
    std::vector<std::unique_ptr<Alarm>> alarms;
    for (int number = 0; number < count; ++number) {
      Alarm& alarm = *alarms.emplace_back(std::make_unique<Alarm>(log, number));
      alarm.bell.on_wake = [&again, &alarm, &queue, number] {
        if (const auto anew = again.extract(number)) alarm.arm(queue, anew.mapped());
      };
    }
    Instant now = seed % 2 == 0 ? Instant() : Instant::min();
    for (int step = 0; step < 1000; ++step) {
      const int number = static_cast<int>(lengths.below(count));
      Alarm& alarm = *alarms[static_cast<std::size_t>(number)];
      const std::uint64_t choice = lengths.below(100);
      if (choice < 60) {
        if (alarm.timer.is_armed()) continue;
        Instant deadline = kettle::later(now, lengths.any());
        if (choice == 0) deadline = kettle::never;
        if (choice == 1) deadline = now;
        if (choice == 2) deadline = Instant(kettle::Duration(static_cast<std::int64_t>(lengths.below(1000)) - 500));
        alarm.arm(queue, deadline);
        model.arm(deadline, number);
      } else if (choice < 85) {
        const bool was_armed = alarm.timer.is_armed();
        alarm.timer.cancel();
        REQUIRE(model.cancel(number) == was_armed);
      } else {
        const Instant before = now;
        if (choice < 95) now = kettle::later(now, lengths.any());  // Anywhere, or to the next deadline.
        if (choice >= 95 && model.next_deadline() > now) now = model.next_deadline();
        for (int anew = 0; anew < 10; ++anew) {
          const Instant deadline = kettle::later(lengths.below(2) == 0 ? before : now, lengths.any());
          again[static_cast<int>(lengths.below(count))] = deadline;
        }
        const Log expected = model.fire_due(now, again);
        log.clear();
        REQUIRE(queue.fire_due(now) == expected.size());
        REQUIRE(log == expected);
        again.clear();
      }
      REQUIRE(queue.next_deadline() == model.next_deadline());
      REQUIRE(queue.has_work_ahead() ==
              (!alarms.empty() && std::ranges::any_of(alarms, [](const auto& one) { return one->timer.is_armed(); })));
    }
  }
}

TEST_CASE("a clock that a test has set back: timers for both times, none is early") {
  Log log;
  Alarm later_time(log, 1);
  Alarm earlier_time(log, 2);
  Alarm before_that(log, 3);
  TimerQueue queue;
  const Instant real = Clock::now();
  queue.fire_due(real);
  later_time.arm(queue, real + 1h);
  const kettle::VirtualTime time;
  earlier_time.arm(queue, at(20));
  before_that.arm(queue, at(10));
  CHECK(queue.next_deadline() == at(10));
  CHECK(queue.fire_due(at(9)) == 0);
  CHECK(queue.fire_due(at(10)) == 1);
  CHECK(queue.fire_due(at(19)) == 0);
  CHECK(queue.fire_due(at(20)) == 1);
  CHECK(queue.next_deadline() == real + 1h);
  CHECK(queue.fire_due(real + 1h) == 1);
  CHECK(log == Log{3, 2, 1});
}

// A million timers: what takes a quadratic time would not end, what recurses would overflow the stack.
class Million {
 public:
  static constexpr std::size_t count = 1'000'000;
  enum class Order { rising, falling, mixed };

  explicit Million(Order order) : timers_(std::make_unique<Timer[]>(count)) {
    std::mt19937 random(1);
    for (std::size_t index = 0; index < count; ++index) {
      const auto place = order == Order::rising ? index : order == Order::falling ? count - index : random() % count;
      queue.arm(timers_[index], Instant(kettle::Duration(place)), Waker::noop());
    }
  }
  Timer& operator[](std::size_t index) { return timers_[index]; }
  TimerQueue queue;

 private:
  std::unique_ptr<Timer[]> timers_;
};

TEST_CASE("a million timers are armed and fire") {
  for (const auto order : {Million::Order::rising, Million::Order::falling, Million::Order::mixed}) {
    Million timers(order);
    CHECK(timers.queue.fire_due(at(500'000)) > 400'000);
    CHECK(timers.queue.next_deadline() > at(500'000));
    timers.queue.fire_due(at(2'000'000));
    CHECK(timers.queue.next_deadline() == kettle::never);
  }
}

TEST_CASE("a million timers are armed and cancelled, from the first, from the last, and anyhow") {
  for (const auto order : {Million::Order::rising, Million::Order::falling}) {
    Million timers(order);
    for (std::size_t index = 0; index < Million::count; ++index) timers[index].cancel();
    CHECK(timers.queue.next_deadline() == kettle::never);
  }
  {
    Million timers(Million::Order::rising);
    for (std::size_t index = Million::count; index-- > 0;) timers[index].cancel();
    CHECK(timers.queue.next_deadline() == kettle::never);
  }
  Million timers(Million::Order::mixed);
  timers.queue.fire_due(at(1000));  // From here on, most of the others stand in other slots.
  for (std::size_t index = 0; index < Million::count; ++index) timers[index * 7919 % Million::count].cancel();
  CHECK(timers.queue.next_deadline() == kettle::never);
}

// --- parking ---------------------------------------------------------------------------------------------------

TEST_CASE("everything that is due fires before the thread parks, and then it does not park") {
  const kettle::VirtualTime time;
  Ten ten;
  ten[0].arm(ten.queue, at(10));
  ten[1].arm(ten.queue, at(20));
  ten[2].arm(ten.queue, at(30));
  Clock::advance_to(at(25));
  Parker parker;
  ten.queue.park(parker, kettle::never);
  CHECK(ten.log == Log{0, 1});
  CHECK(Clock::now() == at(25));
}

TEST_CASE("virtual time jumps to the next deadline, or to the one of the layer above") {
  const kettle::VirtualTime time;
  Ten ten;
  ten[0].arm(ten.queue, at(50));
  ten[1].arm(ten.queue, at(50));
  ten[2].arm(ten.queue, at(90));
  Parker parker;
  ten.queue.park(parker, kettle::never);
  CHECK(Clock::now() == at(50));
  CHECK(ten.log == Log{0, 1});
  ten.queue.park(parker, at(70));
  CHECK(Clock::now() == at(70));
  CHECK(ten.log == Log{0, 1});
  ten.queue.park(parker, at(100));
  CHECK(Clock::now() == at(90));
  CHECK(ten.log == Log{0, 1, 2});
  ten.queue.park(parker, at(100));
  CHECK(Clock::now() == at(100));
  parker.unpark();
  ten.queue.park(parker, kettle::never);  // No deadline anywhere: virtual time waits, too.
  CHECK(Clock::now() == at(100));
}

TEST_CASE("in real time a call ends the park, and a deadline that has passed does not wait") {
  Ten ten;
  Parker parker;
  ten[0].arm(ten.queue, kettle::later(Clock::now(), 24h));
  parker.unpark();
  ten.queue.park(parker, kettle::never);
  CHECK(ten.log.empty());
  ten[1].arm(ten.queue, Clock::now());
  ten.queue.park(parker, kettle::never);
  CHECK(ten.log == Log{1});
  ten[2].arm(ten.queue, Clock::now() + 1ms);
  while (ten.log.size() < 2) ten.queue.park(parker, kettle::never);  // park() may return for no reason.
  CHECK(ten.log == Log{1, 2});
}

// --- one queue a thread --------------------------------------------------------------------------------------------

struct Layer final : kettle::ParkLayer {
  bool park(Parker&, Instant deadline) override {
    parked_until = deadline;
    return false;
  }
  bool has_work_ahead() const noexcept override { return has_work; }
  Instant parked_until{};
  bool has_work = true;
};

TEST_CASE("current() is one queue a thread, on top of what was on its park stack") {
  TimerQueue* of_thread = nullptr;
  std::thread thread([&of_thread] {
    Layer below;
    kettle::park_stack() = &below;
    TimerQueue& queue = TimerQueue::current();
    CHECK(&TimerQueue::current() == &queue);
    CHECK(kettle::park_stack() == &queue);
    CHECK(queue.has_work_ahead());
    below.has_work = false;
    CHECK_FALSE(queue.has_work_ahead());
    Timer timer;
    const Instant deadline = kettle::later(Clock::now(), 24h);
    queue.arm(timer, deadline, Waker::noop());
    CHECK(queue.has_work_ahead());
    Parker parker;
    queue.park(parker, kettle::never);
    CHECK(below.parked_until == deadline);
    queue.park(parker, deadline - 1h);
    CHECK(below.parked_until == deadline - 1h);
    Timer due;
    queue.arm(due, Clock::now(), Waker::noop());
    below.parked_until = {};
    queue.park(parker, kettle::never);
    CHECK_FALSE(due.is_armed());
    CHECK(below.parked_until == Instant());  // Something was due, so the thread did not park.
    of_thread = &queue;
  });
  thread.join();
  CHECK(of_thread != &TimerQueue::current());
}

TEST_CASE(
    "a thread sleeps exactly until the earliest deadline; once that is cancelled, until the next one at the latest") {
  std::thread thread([] {
    Layer below;
    kettle::park_stack() = &below;
    TimerQueue& queue = TimerQueue::current();
    Lengths lengths(7);
    const Instant start = Clock::now();
    std::map<Instant, std::unique_ptr<Timer>> timers;
    for (int number = 0; number < 1000; ++number) {
      const Instant deadline = kettle::later(start + 1h, lengths.any());
      auto& timer = timers[deadline];
      if (timer != nullptr || deadline == kettle::never) continue;
      timer = std::make_unique<Timer>();
      queue.arm(*timer, deadline, Waker::noop());
    }
    timers.erase(kettle::never);
    Parker parker;
    queue.park(parker, kettle::never);
    CHECK(below.parked_until == timers.begin()->first);
    while (timers.size() > 1) {
      timers.erase(timers.begin());
      queue.park(parker, kettle::never);
      CHECK(below.parked_until > Clock::now());  // Not at once: nothing is due.
      CHECK(below.parked_until <= timers.begin()->first);
    }
    timers.clear();
    queue.park(parker, kettle::never);
    CHECK(below.parked_until == kettle::never);
  });
  thread.join();
}

// A real sleep with company in its slot, all of which is cancelled: what wakes the thread too early must be rare.
TEST_CASE("waking for a timer that was cancelled happens a few times at the most, and the others are not late for it") {
  struct Counting final : kettle::ParkLayer {
    bool park(Parker&, Instant deadline) override {
      ++parks;
      while (Clock::now() < deadline) {
      }
      return false;
    }
    bool has_work_ahead() const noexcept override { return false; }
    int parks = 0;
  };
  std::thread thread([] {
    Counting below;
    kettle::park_stack() = &below;
    TimerQueue& queue = TimerQueue::current();
    const Instant start = Clock::now();
    Log log;
    Alarm last(log, 1);
    const auto others = std::make_unique<std::array<Timer, 1000>>();
    for (Timer& timer : *others) {
      queue.arm(timer, start + 10ms + kettle::Duration(10us) * (&timer - others->data()), Waker::noop());
    }
    last.arm(queue, start + 20ms);
    for (Timer& timer : *others) timer.cancel();
    Parker parker;
    while (log.empty()) queue.park(parker, kettle::never);
    CHECK(Clock::now() >= start + 20ms);
    CHECK(below.parks <= 11);
  });
  thread.join();
}

TEST_CASE("a thread that ends cancels the timers of its queue") {
  story::CountingWaker task;
  auto timer = std::make_unique<Timer>();
  auto other = std::make_unique<Timer>();
  std::thread thread([&] {
    TimerQueue::current().arm(*timer, kettle::later(Clock::now(), 24h), task.waker());
    TimerQueue::current().arm(*other, kettle::later(Clock::now(), 25h), task.waker());
  });
  thread.join();
  CHECK_FALSE(timer->is_armed());
  CHECK_FALSE(other->is_armed());
  CHECK(task.wakes() == 0);
  CHECK_FALSE(task.is_held());
  timer.reset();
  TimerQueue::current().arm(*other, kettle::later(Clock::now(), 24h), Waker::noop());
  CHECK(other->is_armed());
}

TEST_CASE("thread-local timers may die before or after the thread's queue has been emptied") {
  std::thread thread([] {
    static thread_local Timer before;  // Made first, so destroyed last.
    CHECK_FALSE(before.is_armed());
    TimerQueue& queue = TimerQueue::current();
    static thread_local Timer after;
    queue.arm(before, kettle::later(Clock::now(), 24h), Waker::noop());
    queue.arm(after, kettle::later(Clock::now(), 24h), Waker::noop());
  });
  thread.join();
}

}  // namespace
