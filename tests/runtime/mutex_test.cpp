// The promises of runtime/kettle/mutex.hpp.
#include "kettle/mutex.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "calling_waker.hpp"
#include "futures.hpp"
#include "kettle/join_handle.hpp"
#include "kettle/task.hpp"
#include "kettle/yield.hpp"
#include "rounds.hpp"

namespace {

using kettle::LockMutex;
using kettle::Mutex;
using kettle::MutexGuard;
using story::CountingWaker;
using story::quiet_poll;

static_assert(kettle::Future<LockMutex<int>>);
static_assert(std::is_move_constructible_v<MutexGuard<int>> && !std::is_copy_constructible_v<MutexGuard<int>>);
static_assert(!std::is_move_constructible_v<Mutex<int>>);

TEST_CASE("the guard is the way to the value, which may be move-only") {
  Mutex<std::unique_ptr<int>> mutex(std::make_unique<int>(7));
  CountingWaker task;
  auto lock = mutex.lock();
  auto guard = quiet_poll(lock, task).take();
  CHECK(**guard == 7);
  *guard = std::make_unique<int>(8);
  CHECK(*guard->get() == 8);
}

TEST_CASE("a mutex without a value to begin with has a fresh one") {
  Mutex<std::string> mutex;
  CHECK((*mutex.try_lock())->empty());
}

TEST_CASE("lock is ready at once when free; otherwise it waits for the guard's end, in the order of asking") {
  Mutex<int> mutex;
  std::deque<CountingWaker> tasks(5);
  std::deque<LockMutex<int>> locks;
  std::optional<MutexGuard<int>> guard(mutex.try_lock());
  for (CountingWaker& task : tasks) {
    locks.push_back(mutex.lock());
    CHECK(quiet_poll(locks.back(), task).is_pending());
  }
  for (std::size_t turn = 0; turn < tasks.size(); ++turn) {
    guard.reset();
    for (std::size_t i = 0; i < tasks.size(); ++i) CHECK(tasks[i].wakes() == (i <= turn ? 1 : 0));
    guard.emplace(quiet_poll(locks[turn], tasks[turn]).take());
    ++**guard;
  }
  CHECK(**guard == 5);
}

TEST_CASE("nobody overtakes the one who was woken") {
  Mutex<int> mutex;
  CountingWaker first;
  CountingWaker newcomer;
  std::optional<MutexGuard<int>> guard(mutex.try_lock());
  auto waiting = mutex.lock();
  CHECK(quiet_poll(waiting, first).is_pending());
  CHECK_FALSE(mutex.try_lock().has_value());
  guard.reset();
  CHECK_FALSE(mutex.try_lock().has_value());
  auto later = mutex.lock();
  CHECK(quiet_poll(later, newcomer).is_pending());
  CHECK(quiet_poll(waiting, first).is_ready());
}

TEST_CASE("a lock may be dropped unpolled, after each poll, and after its grant: the next one gets it") {
  for (int polls = 0; polls <= 2; ++polls) {
    for (const bool granted : {false, true}) {
      CAPTURE(polls);
      CAPTURE(granted);
      Mutex<int> mutex;
      std::optional<MutexGuard<int>> guard(mutex.try_lock());
      CountingWaker leaver;
      CountingWaker next;
      std::optional<LockMutex<int>> leaving;
      leaving.emplace(mutex.lock());
      for (int poll = 0; poll < polls; ++poll) CHECK(quiet_poll(*leaving, leaver).is_pending());
      auto staying = mutex.lock();
      CHECK(quiet_poll(staying, next).is_pending());
      if (granted) guard.reset();
      leaving.reset();
      guard.reset();
      CHECK(next.wakes() == 1);
      CHECK_FALSE(leaver.is_held());
      {
        auto last = quiet_poll(staying, next).take();
        CHECK_FALSE(mutex.try_lock().has_value());
      }
      CHECK(mutex.try_lock().has_value());
    }
  }
}

TEST_CASE("a guard may move: it unlocks once, at the end of the last") {
  Mutex<int> mutex;
  Mutex<int> other;
  auto guard = mutex.try_lock();
  std::optional<MutexGuard<int>> moved(std::move(*guard));
  guard.reset();
  CHECK_FALSE(mutex.try_lock().has_value());
  auto second = other.try_lock();
  *moved = std::move(*second);  // Unlocks the first, and now guards the second.
  CHECK(mutex.try_lock().has_value());
  CHECK_FALSE(other.try_lock().has_value());
  second.reset();
  CHECK_FALSE(other.try_lock().has_value());
  **moved = 3;
  moved.reset();
  CHECK(**other.try_lock() == 3);
}

TEST_CASE("polled after Ready, or moved while it waits, a lock says so") {
  Mutex<int> mutex;
  CountingWaker task;
  auto lock = mutex.lock();
  const auto guard = quiet_poll(lock, task).take();
  CHECK_THROWS_AS(quiet_poll(lock, task), kettle::Misuse);
  auto waiting = mutex.lock();
  LockMutex<int> may_move(std::move(waiting));
  CHECK(quiet_poll(may_move, task).is_pending());
  CHECK_THROWS_AS(story::move_away(may_move), kettle::Misuse);
}

TEST_CASE("a wake-up, and letting go of a waker, may call back into the mutex") {
  Mutex<int> mutex;
  int woken = 0;
  int gone = 0;
  {
    std::optional<story::CallingWaker> task(
        std::in_place,
        [&] {
          ++woken;
          CHECK_FALSE(mutex.try_lock().has_value());
        },
        [&] {
          ++gone;
          CHECK_FALSE(mutex.try_lock().has_value());
        });
    std::optional<MutexGuard<int>> guard(mutex.try_lock());
    auto lock = mutex.lock();
    CHECK(quiet_poll(lock, *task).is_pending());
    task->let_go();
    guard.reset();
    CHECK(woken == 1);
    CHECK(gone == 1);
  }
  CHECK(mutex.try_lock().has_value());
}

// --- in tasks ----------------------------------------------------------------------------------------------------

kettle::Task<> add_slowly(Mutex<int>& counter) {
  auto guard = co_await counter.lock();
  const int before = *guard;
  co_await kettle::yield_now();
  *guard = before + 1;
}

kettle::Task<int> ten_tasks(Mutex<int>& counter) {
  std::vector<kettle::JoinHandle<void>> tasks;
  for (int i = 0; i < 10; ++i) tasks.push_back(kettle::spawn(add_slowly(counter)));
  for (auto& task : tasks) co_await task;
  auto guard = co_await counter.lock();
  co_return *guard;
}

TEST_CASE("ten tasks that read, wait and write make ten") {
  Mutex<int> counter;
  CHECK(kettle::block_on(ten_tasks(counter)) == 10);
}

kettle::Task<> fails_with(Mutex<int>& mutex) {
  auto guard = co_await mutex.lock();
  throw std::runtime_error("burnt");
}

TEST_CASE("an exception unlocks on its way out, and so does a task that is destroyed") {
  Mutex<int> mutex;
  CHECK_THROWS_AS(kettle::block_on(fails_with(mutex)), std::runtime_error);
  CHECK(mutex.try_lock().has_value());
  {
    CountingWaker waker;
    auto task = add_slowly(mutex);
    CHECK(quiet_poll(task, waker).is_pending());
    CHECK_FALSE(mutex.try_lock().has_value());
  }
  CHECK(mutex.try_lock().has_value());
}

// --- the trace ---------------------------------------------------------------------------------------------------

class Facts final : public kettle::trace::Sink {
 public:
  Facts() : before_(std::exchange(kettle::trace::sink, this)) {}
  ~Facts() { kettle::trace::sink = before_; }
  Facts(const Facts&) = delete;
  Facts& operator=(const Facts&) = delete;
  void record(std::string_view fact, std::initializer_list<kettle::trace::Arg> args) override {
    if (fact != "lock" && fact != "unlock") return;
    text.append(fact);
    for (const auto& arg : args) {
      text.append(" ").append(arg.key).append("=").append(arg.text);
      if (arg.key == "task") text.append(std::to_string(arg.number));
    }
    text.append("\n");
  }
  std::string text;

 private:
  kettle::trace::Sink* before_;
};

kettle::Task<> two_tasks(Mutex<int>& counter) {
  auto first = kettle::spawn(add_slowly(counter));
  auto second = kettle::spawn(add_slowly(counter));
  co_await first;
  co_await second;
}

TEST_CASE("a trace tells who locks and who unlocks") {
  Mutex<int> counter;
  const Facts facts;
  kettle::block_on(two_tasks(counter));
  CHECK(facts.text ==
        "lock task=2 lock=mutex\nunlock task=2 lock=mutex\nlock task=3 lock=mutex\nunlock task=3 lock=mutex\n");
}

// --- threads -----------------------------------------------------------------------------------------------------

kettle::Task<> add_one(Mutex<int>& counter) {
  auto guard = co_await counter.lock();
  ++*guard;  // Not atomic: the thread sanitizer would see two at once.
}

TEST_CASE("four threads lock, drop and try: each addition counts, and the lock is free at the end") {
  constexpr int threads = 4;
  std::optional<Mutex<int>> counter;
  std::atomic<int> expected{0};
  rounds::run(
      threads, 1000,
      [&](int) {
        counter.emplace(0);
        expected = 0;
      },
      [&](int thread, int round) {
        std::mt19937 random(static_cast<unsigned>(round * threads + thread));
        for (int step = 0; step < 6; ++step) {
          switch (random() % 4) {
            case 0: {
              auto lock = counter->lock();
              kettle::Context nobody;
              for (auto polls = random() % 3; polls != 0; --polls) {
                if (lock.poll(nobody).is_ready()) break;
              }
              break;
            }
            case 1:
              if (auto guard = counter->try_lock()) {
                ++**guard;
                ++expected;
              }
              break;
            default:
              kettle::block_on(add_one(*counter));
              ++expected;
          }
        }
      },
      [&](int) {
        auto guard = counter->try_lock();
        REQUIRE(guard.has_value());
        CHECK(**guard == expected.load());
      });
}

}  // namespace
