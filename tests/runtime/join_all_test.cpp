// The promises of runtime/kettle/join_all.hpp.
#include "kettle/join_all.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <barrier>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "futures.hpp"
#include "kettle/block_on.hpp"
#include "kettle/task.hpp"
#include "kettle/time.hpp"

namespace {

using namespace std::chrono_literals;
using kettle::join_all;
using kettle::Task;
using story::CountingWaker;

template <class F>
kettle::Poll<typename F::Output> poll(F& future, CountingWaker& task) {
  task.clear();
  kettle::Context context(task.waker());
  return future.poll(context);
}

// Ready once it is switched on, from whichever thread. The switch outlives the future.
class Switch {
 public:
  void turn_on() {
    kettle::Waker waiter = kettle::Waker::noop();
    {
      const kettle::sync::Lock lock(mutex_);
      on_ = true;
      waiter = waker_;
    }
    waiter.wake();
  }
  /// Wakes whoever waits, for nothing.
  void wake() { waker().wake(); }
  kettle::Waker waker() {
    const kettle::sync::Lock lock(mutex_);
    return waker_;
  }
  void forget_waker() {
    kettle::Waker forgotten = kettle::Waker::noop();
    const kettle::sync::Lock lock(mutex_);
    std::swap(forgotten, waker_);
  }

  std::atomic<int> polls = 0;
  std::atomic<int> destroyed = 0;

 private:
  friend class WaitFor;
  kettle::sync::Mutex mutex_;
  bool on_ = false;
  kettle::Waker waker_ = kettle::Waker::noop();
};

class WaitFor {
 public:
  using Output = int;
  WaitFor(std::shared_ptr<Switch> what, int value) : what_(std::move(what)), value_(value) {}
  WaitFor(WaitFor&&) = default;
  WaitFor& operator=(WaitFor&&) = delete;
  ~WaitFor() {
    if (what_ != nullptr) ++what_->destroyed;
  }
  kettle::Poll<int> poll(kettle::Context& context) {
    ++what_->polls;
    const kettle::sync::Lock lock(what_->mutex_);
    what_->waker_ = context.waker();
    if (!what_->on_) return kettle::pending;
    return kettle::Ready(value_);
  }

 private:
  std::shared_ptr<Switch> what_;
  int value_;
};

struct Bench {
  explicit Bench(int count) {
    for (int i = 0; i < count; ++i) switches.push_back(std::make_shared<Switch>());
  }
  std::vector<WaitFor> futures() const {
    std::vector<WaitFor> all;
    for (std::size_t i = 0; i < switches.size(); ++i) all.emplace_back(switches[i], static_cast<int>(i) * 10);
    return all;
  }
  int polls() const {
    int sum = 0;
    for (const auto& one : switches) sum += one->polls;
    return sum;
  }
  Switch& operator[](std::size_t i) const { return *switches[i]; }
  std::vector<std::shared_ptr<Switch>> switches;
};

TEST_CASE("the values come in the order of the futures, whoever is ready first") {
  CountingWaker task;
  const Bench bench(3);
  auto all = join_all(bench.futures());
  CHECK(bench.polls() == 0);  // Lazy.
  CHECK(poll(all, task).is_pending());
  for (const std::size_t i : {2u, 0u}) {
    bench[i].turn_on();
    CHECK(task.is_woken());
    CHECK(poll(all, task).is_pending());
    CHECK(bench[i].destroyed == 1);  // At once.
  }
  bench[1].turn_on();
  auto answer = poll(all, task);
  REQUIRE(answer.is_ready());
  CHECK(answer.take() == std::vector{0, 10, 20});
}

TEST_CASE("none: ready at once, with nothing") {
  CountingWaker task;
  auto none = join_all(std::vector<WaitFor>());
  auto answer = poll(none, task);
  REQUIRE(answer.is_ready());
  CHECK(answer.value().empty());
  CHECK_THROWS_AS((void)poll(none, task), kettle::Misuse);
}

TEST_CASE("all ready at once: one poll") {
  CountingWaker task;
  const Bench bench(5);
  for (std::size_t i = 0; i < 5; ++i) bench[i].turn_on();
  auto all = join_all(bench.futures());
  CHECK(poll(all, task).take() == std::vector{0, 10, 20, 30, 40});
  CHECK(bench.polls() == 5);
  CHECK_THROWS_AS((void)poll(all, task), kettle::Misuse);
}

TEST_CASE("only futures that were woken are polled: a thousand, one by one, cost two thousand polls") {
  constexpr int count = 1000;
  CountingWaker task;
  const Bench bench(count);
  auto all = join_all(bench.futures());
  CHECK(poll(all, task).is_pending());
  CHECK(bench.polls() == count);
  for (int i = 0; i < count; ++i) {
    bench[static_cast<std::size_t>((i * 7) % count)].turn_on();
    CHECK(task.is_woken());
    CHECK(poll(all, task).is_ready() == (i == count - 1));
  }
  CHECK(bench.polls() == 2 * count);
}

TEST_CASE("a poll without a wake-up polls nobody") {
  CountingWaker task;
  const Bench bench(3);
  auto all = join_all(bench.futures());
  for (int i = 0; i < 4; ++i) CHECK(poll(all, task).is_pending());
  CHECK(bench.polls() == 3);
  bench[1].wake();
  bench[1].wake();
  CHECK(task.wakes() == 1);
  CHECK(poll(all, task).is_pending());
  CHECK(bench[1].polls == 2);
  CHECK(bench.polls() == 4);
}

TEST_CASE("several woken before one poll wake the task once, and each is polled once, in the order of waking") {
  CountingWaker task;
  const Bench bench(4);
  auto all = join_all(bench.futures());
  CHECK(poll(all, task).is_pending());
  for (const std::size_t i : {3u, 1u, 3u, 2u, 1u}) bench[i].wake();
  CHECK(task.wakes() == 1);
  CHECK(poll(all, task).is_pending());
  CHECK(bench.polls() == 7);
  CHECK(bench[0].polls == 1);
}

// Wakes itself at every poll until it is ready.
struct Eager {
  using Output = int;
  int left;
  explicit Eager(int polls) : left(polls) {}
  kettle::Poll<int> poll(kettle::Context& context) {
    context.waker().wake();
    context.waker().wake();
    if (left-- > 0) return kettle::pending;
    return kettle::Ready(1);
  }
};

TEST_CASE("a future that wakes itself during its poll is polled again at the next poll, and not in this one") {
  CountingWaker task;
  std::vector<Eager> futures;
  futures.emplace_back(2);
  futures.emplace_back(3);
  auto all = join_all(std::move(futures));
  for (int i = 0; i < 3; ++i) {
    CHECK(poll(all, task).is_pending());
    CHECK(task.is_woken());
  }
  CHECK(poll(all, task).is_ready());  // The one that was ready woke itself once more, which is no harm.
}

TEST_CASE("the task that polled last is woken; nobody else, and nobody's waker is kept") {
  CountingWaker one;
  CountingWaker two;
  const Bench bench(2);
  auto all = join_all(bench.futures());
  CHECK(poll(all, one).is_pending());
  CHECK(poll(all, two).is_pending());
  CHECK_FALSE(one.is_held());
  bench[1].turn_on();
  CHECK(one.wakes() == 0);
  CHECK(two.wakes() == 1);
  CHECK(poll(all, two).is_pending());
}

TEST_CASE("a future that is ready wakes nobody any more") {
  CountingWaker task;
  const Bench bench(2);
  auto all = join_all(bench.futures());
  CHECK(poll(all, task).is_pending());
  bench[0].turn_on();
  CHECK(poll(all, task).is_pending());
  task.clear();
  const int before = task.wakes();
  for (int i = 0; i < 3; ++i) bench[0].wake();
  CHECK(task.wakes() == before);
  bench[1].turn_on();
  CHECK(poll(all, task).is_ready());
}

TEST_CASE("wakers that outlive the join_all wake nobody and keep nobody") {
  CountingWaker task;
  const Bench bench(3);
  {
    auto all = join_all(bench.futures());
    CHECK(poll(all, task).is_pending());
    bench[0].turn_on();
    CHECK(poll(all, task).is_pending());
    bench[1].wake();  // On its way while the join_all goes.
  }
  CHECK_FALSE(task.is_held());
  task.clear();
  const int before = task.wakes();
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(bench[i].destroyed == 1);
    bench[i].wake();
  }
  CHECK(task.wakes() == before);
  for (std::size_t i = 0; i < 3; ++i) bench[i].forget_waker();  // Frees the headers: the sanitizers watch.
}

TEST_CASE("dropped at every stage, each future is destroyed once") {
  for (int stage = 0; stage <= 3; ++stage) {
    const Bench bench(2);
    {
      CountingWaker task;
      auto all = join_all(bench.futures());
      if (stage > 0) CHECK(poll(all, task).is_pending());
      if (stage > 1) bench[1].turn_on();
      if (stage > 1) CHECK(poll(all, task).is_pending());
      if (stage > 2) bench[0].turn_on();
      if (stage > 2) CHECK(poll(all, task).is_ready());
    }
    CHECK(bench[0].destroyed == 1);
    CHECK(bench[1].destroyed == 1);
  }
}

TEST_CASE("a join_all may move, even after its first poll, for its futures stay where they are") {
  CountingWaker task;
  const Bench bench(2);
  auto all = join_all(bench.futures());
  auto moved = std::move(all);
  CHECK(poll(moved, task).is_pending());
  auto again = std::move(moved);
  bench[0].turn_on();
  bench[1].turn_on();
  CHECK(poll(again, task).take() == std::vector{0, 10});
}

Task<std::unique_ptr<int>> wait_for(kettle::Duration length, int value) {
  co_await kettle::sleep(length);
  if (value < 0) throw std::runtime_error("burnt");
  co_return std::make_unique<int>(value);
}

TEST_CASE("what one throws, join_all throws, and is over") {
  const kettle::VirtualTime time;
  std::vector<Task<std::unique_ptr<int>>> tasks;
  for (int i = 1; i <= 3; ++i) tasks.push_back(wait_for(i * 1s, i == 2 ? -1 : i));
  auto all = join_all(std::move(tasks));
  CHECK_THROWS_WITH_AS((void)kettle::block_on(all), "burnt", std::runtime_error);
  CHECK(kettle::Clock::now().time_since_epoch() == 2s);
  CHECK_THROWS_AS((void)kettle::block_on(all), kettle::Misuse);
}

TEST_CASE("tasks with values that can only be moved, and sleeps without a value") {
  const kettle::VirtualTime time;
  std::vector<Task<std::unique_ptr<int>>> tasks;
  for (int i = 1; i <= 3; ++i) tasks.push_back(wait_for((4 - i) * 1s, i));
  auto values = kettle::block_on(join_all(std::move(tasks)));
  REQUIRE(values.size() == 3);
  for (int i = 1; i <= 3; ++i) CHECK(*values[static_cast<std::size_t>(i - 1)] == i);
  CHECK(kettle::Clock::now().time_since_epoch() == 3s);

  std::vector<kettle::Sleep> sleeps;
  sleeps.push_back(kettle::sleep(2s));
  sleeps.push_back(kettle::sleep(1s));
  CHECK(kettle::block_on(join_all(std::move(sleeps))) == std::vector<std::monostate>(2));
  CHECK(kettle::Clock::now().time_since_epoch() == 5s);
}

TEST_CASE("when it is stuck, the report says so, and how many are left") {
  const Bench bench(3);
  bench[0].turn_on();
  std::string report;
  try {
    (void)kettle::block_on(join_all(bench.futures()));
  } catch (const kettle::Stuck& stuck) {
    report = stuck.what();
  }
  CHECK(report.find("futures in join_all: 2") != std::string::npos);
}

// --- wake-ups from other threads
// --------------------------------------------------------------------------------------

TEST_CASE("futures that other threads make ready: none is missed") {
  constexpr std::size_t threads = 4;
  constexpr std::size_t each = 50;
  for (int round = 0; round < 20; ++round) {
    const Bench bench(threads * each);
    std::barrier<> gate(threads + 1);
    std::vector<std::thread> cooks;
    for (std::size_t thread = 0; thread < threads; ++thread) {
      cooks.emplace_back([&bench, &gate, thread] {
        gate.arrive_and_wait();
        for (std::size_t i = 0; i < each; ++i) bench[i * threads + thread].turn_on();
      });
    }
    gate.arrive_and_wait();
    const auto values = kettle::block_on(join_all(bench.futures()));
    for (std::thread& cook : cooks) cook.join();
    CHECK(values.size() == threads * each);
    CHECK(bench.polls() <= static_cast<int>(2 * threads * each));
  }
}

TEST_CASE("other threads wake while the join_all is polled, moved on to another task, and dropped") {
  constexpr std::size_t count = 8;
  for (int round = 0; round < 200; ++round) {
    const Bench bench(count);
    CountingWaker one;
    CountingWaker two;
    auto all = std::make_unique<kettle::JoinAll<WaitFor>>(bench.futures());
    CHECK(poll(*all, one).is_pending());
    std::barrier<> gate(3);
    const auto wake_all = [&bench, &gate](bool turn_on) {
      gate.arrive_and_wait();
      for (std::size_t i = 0; i < count; ++i) turn_on&& i % 2 == 0 ? bench[i].turn_on() : bench[i].wake();
      for (std::size_t i = 0; i < count; ++i) bench[i].forget_waker();
    };
    std::thread first(wake_all, true);
    std::thread second(wake_all, false);
    gate.arrive_and_wait();
    CHECK(poll(*all, two).is_pending());
    CHECK(poll(*all, one).is_pending());
    all.reset();
    first.join();
    second.join();
    CHECK_FALSE(one.is_held());
    CHECK_FALSE(two.is_held());
    for (std::size_t i = 0; i < count; ++i) CHECK(bench[i].destroyed == 1);
  }
}

}  // namespace
