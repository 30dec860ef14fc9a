// The promises of runtime/kettle/semaphore.hpp.
#include "kettle/semaphore.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "calling_waker.hpp"
#include "futures.hpp"
#include "kettle/block_on.hpp"
#include "kettle/task.hpp"
#include "rounds.hpp"

namespace {

using kettle::Acquire;
using kettle::Semaphore;
using kettle::SemaphorePermit;
using story::CountingWaker;
using story::quiet_poll;

static_assert(kettle::Future<Acquire>);
static_assert(!std::is_copy_constructible_v<SemaphorePermit> && !std::is_copy_constructible_v<Acquire>);

SemaphorePermit take_now(Semaphore& semaphore, std::size_t count = 1) {
  auto permit = semaphore.try_acquire(count);
  REQUIRE(permit.has_value());
  return std::move(*permit);
}

// --- taking and giving back --------------------------------------------------------------------------------------

TEST_CASE("acquire is ready at once while there are permits, and its permit comes back") {
  Semaphore semaphore(2);
  CountingWaker task;
  CHECK(semaphore.available_permits() == 2);
  {
    auto first = semaphore.acquire();
    CHECK(semaphore.available_permits() == 2);  // Lazy: nothing before the first poll.
    auto permit = quiet_poll(first, task).take();
    REQUIRE(permit.has_value());
    CHECK(permit->count() == 1);
    CHECK(semaphore.available_permits() == 1);
    auto second = semaphore.acquire();
    const auto other = quiet_poll(second, task).take();
    CHECK(semaphore.available_permits() == 0);
  }
  CHECK(semaphore.available_permits() == 2);
  CHECK(task.wakes() == 0);
  CHECK_FALSE(task.is_held());
}

TEST_CASE("a permit that comes back wakes the one who has waited longest, and only him") {
  Semaphore semaphore(1);
  std::optional<SemaphorePermit> held(take_now(semaphore));
  std::deque<CountingWaker> tasks(4);
  std::deque<Acquire> acquires;
  for (CountingWaker& task : tasks) {
    acquires.push_back(semaphore.acquire());
    CHECK(quiet_poll(acquires.back(), task).is_pending());
  }
  for (std::size_t turn = 0; turn < tasks.size(); ++turn) {
    held.reset();
    for (std::size_t i = 0; i < tasks.size(); ++i) CHECK(tasks[i].wakes() == (i <= turn ? 1 : 0));
    CHECK(semaphore.available_permits() == 0);  // It is his already.
    held.emplace(*quiet_poll(acquires[turn], tasks[turn]).take());
  }
  held.reset();
  CHECK(semaphore.available_permits() == 1);
}

TEST_CASE("the place in line is taken at the first poll, not at the call") {
  Semaphore semaphore(0);
  CountingWaker early;
  CountingWaker late;
  auto called_first = semaphore.acquire();
  auto polled_first = semaphore.acquire();
  CHECK(quiet_poll(polled_first, early).is_pending());
  CHECK(quiet_poll(called_first, late).is_pending());
  semaphore.add_permits(1);
  CHECK(early.wakes() == 1);
  CHECK(late.wakes() == 0);
}

TEST_CASE("nobody overtakes: neither a newcomer nor try_acquire, before or after the grant") {
  Semaphore semaphore(1);
  std::optional<SemaphorePermit> held(take_now(semaphore));
  CountingWaker first;
  CountingWaker newcomer;
  auto waiting = semaphore.acquire();
  CHECK(quiet_poll(waiting, first).is_pending());
  held.reset();
  CHECK(first.is_woken());
  CHECK_FALSE(semaphore.try_acquire().has_value());
  auto later = semaphore.acquire();
  CHECK(quiet_poll(later, newcomer).is_pending());
  const auto permit = quiet_poll(waiting, first).take();
  CHECK(permit.has_value());
  CHECK(newcomer.wakes() == 0);
}

TEST_CASE("polling again does not lose the place in line, and does not wake") {
  Semaphore semaphore(0);
  CountingWaker one;
  CountingWaker two;
  auto first = semaphore.acquire();
  auto second = semaphore.acquire();
  CHECK(quiet_poll(first, one).is_pending());
  CHECK(quiet_poll(second, two).is_pending());
  for (int poll = 0; poll < 5; ++poll) CHECK(quiet_poll(first, one).is_pending());
  semaphore.add_permits(1);
  CHECK(one.wakes() == 1);
  CHECK(two.wakes() == 0);
}

TEST_CASE("the task that polled last is woken, and the other one's waker is let go") {
  Semaphore semaphore(0);
  CountingWaker before;
  CountingWaker now;
  auto acquire = semaphore.acquire();
  CHECK(quiet_poll(acquire, before).is_pending());
  CHECK(quiet_poll(acquire, now).is_pending());
  CHECK_FALSE(before.is_held());
  semaphore.add_permits(1);
  CHECK(before.wakes() == 0);
  CHECK(now.wakes() == 1);
  CHECK_FALSE(now.is_held());
  CHECK(quiet_poll(acquire, now).is_ready());
}

// --- several at a time -------------------------------------------------------------------------------------------

TEST_CASE("a large request is not overtaken by small ones") {
  Semaphore semaphore(3);
  CountingWaker large;
  CountingWaker small;
  std::optional<SemaphorePermit> held(take_now(semaphore));
  auto three = semaphore.acquire(3);
  auto one = semaphore.acquire(1);
  CHECK(quiet_poll(three, large).is_pending());
  CHECK(quiet_poll(one, small).is_pending());  // Two are free, but they are being saved up.
  CHECK_FALSE(semaphore.try_acquire().has_value());
  CHECK(semaphore.available_permits() == 2);
  held.reset();
  CHECK(large.wakes() == 1);
  CHECK(small.wakes() == 0);
  {
    const auto permits = quiet_poll(three, large).take();
    REQUIRE(permits.has_value());
    CHECK(permits->count() == 3);
  }
  CHECK(small.wakes() == 1);
}

TEST_CASE("a large request that is dropped lets the small ones behind it through, all that fit") {
  Semaphore semaphore(3);
  CountingWaker task;
  std::deque<CountingWaker> small(4);
  const auto held = take_now(semaphore);
  std::optional<Acquire> three(semaphore.acquire(3));
  CHECK(quiet_poll(*three, task).is_pending());
  std::deque<Acquire> ones;
  for (CountingWaker& waiter : small) {
    ones.push_back(semaphore.acquire());
    CHECK(quiet_poll(ones.back(), waiter).is_pending());
  }
  three.reset();
  CHECK(task.wakes() == 0);
  CHECK_FALSE(task.is_held());
  CHECK(small[0].wakes() == 1);
  CHECK(small[1].wakes() == 1);
  CHECK(small[2].wakes() == 0);
  CHECK(small[3].wakes() == 0);
  CHECK(semaphore.available_permits() == 0);
}

TEST_CASE("add_permits serves as many as it can, in order, however many wait") {
  Semaphore semaphore(0);
  std::deque<CountingWaker> tasks(100);  // More than one batch of wakers.
  std::deque<Acquire> acquires;
  for (CountingWaker& task : tasks) {
    acquires.push_back(semaphore.acquire(2));
    CHECK(quiet_poll(acquires.back(), task).is_pending());
  }
  semaphore.add_permits(2 * 70 + 1);
  for (std::size_t i = 0; i < tasks.size(); ++i) CHECK(tasks[i].wakes() == (i < 70 ? 1 : 0));
  CHECK(semaphore.available_permits() == 1);
  semaphore.add_permits(59);
  for (const CountingWaker& task : tasks) CHECK(task.wakes() == 1);
  CHECK(semaphore.available_permits() == 0);
}

TEST_CASE("nothing wanted is granted at once, but not before those in line") {
  Semaphore semaphore(0);
  CountingWaker one;
  CountingWaker none;
  CHECK(semaphore.try_acquire(0).has_value());
  auto wants_one = semaphore.acquire();
  auto wants_none = semaphore.acquire(0);
  CHECK(quiet_poll(wants_one, one).is_pending());
  CHECK(quiet_poll(wants_none, none).is_pending());
  semaphore.add_permits(1);
  CHECK(one.wakes() == 1);
  CHECK(none.wakes() == 1);
  CHECK(quiet_poll(wants_none, none).is_ready());
}

// --- dropping ----------------------------------------------------------------------------------------------------

TEST_CASE(
    "an acquire may be dropped unpolled, after each poll, and after its grant: the permit goes on, none is lost") {
  for (int polls = 0; polls <= 3; ++polls) {
    for (const bool granted : {false, true}) {
      CAPTURE(polls);
      CAPTURE(granted);
      Semaphore semaphore(1);
      std::optional<SemaphorePermit> held(take_now(semaphore));
      CountingWaker leaver;
      CountingWaker next;
      std::optional<Acquire> leaving(semaphore.acquire());
      for (int poll = 0; poll < polls; ++poll) CHECK(quiet_poll(*leaving, leaver).is_pending());
      auto staying = semaphore.acquire();
      CHECK(quiet_poll(staying, next).is_pending());
      if (granted) held.reset();
      leaving.reset();
      CHECK_FALSE(leaver.is_held());
      held.reset();
      CHECK(leaver.wakes() == (granted && polls > 0 ? 1 : 0));
      CHECK(next.wakes() == 1);
      {
        const auto permit = quiet_poll(staying, next).take();
        CHECK(permit.has_value());
        CHECK(semaphore.available_permits() == 0);
      }
      CHECK(semaphore.available_permits() == 1);
    }
  }
}

TEST_CASE("an acquire that was granted and dropped with nobody behind it gives its permits back") {
  Semaphore semaphore(0);
  CountingWaker task;
  {
    auto acquire = semaphore.acquire(3);
    CHECK(quiet_poll(acquire, task).is_pending());
    semaphore.add_permits(3);
    CHECK(semaphore.available_permits() == 0);
  }
  CHECK(semaphore.available_permits() == 3);
}

TEST_CASE("guards released while waiters in the middle are dropped: the rest are served in order") {
  std::mt19937 random(8);
  for (int round = 0; round < 200; ++round) {
    Semaphore semaphore(1);
    std::optional<SemaphorePermit> held(take_now(semaphore));
    std::deque<CountingWaker> tasks(12);
    std::deque<std::optional<Acquire>> acquires;
    for (CountingWaker& task : tasks) {
      acquires.emplace_back(semaphore.acquire());
      CHECK(quiet_poll(*acquires.back(), task).is_pending());
    }
    std::vector<std::size_t> served;
    for (int step = 0; step < 60; ++step) {
      const std::size_t who = random() % tasks.size();
      if (random() % 3 == 0) {
        acquires[who].reset();
      } else if (random() % 2 == 0) {
        held.reset();
      } else if (acquires[who] && tasks[who].is_woken()) {
        held.emplace(*quiet_poll(*acquires[who], tasks[who]).take());
        acquires[who].reset();
        served.push_back(who);
      }
    }
    CHECK(std::is_sorted(served.begin(), served.end()));
    held.reset();
    acquires.clear();
    CHECK(semaphore.available_permits() == 1);
  }
}

// --- permits -----------------------------------------------------------------------------------------------------

TEST_CASE("a permit may move; it comes back once, with its last holder") {
  Semaphore semaphore(2);
  auto one = take_now(semaphore);
  auto two = take_now(semaphore);
  {
    const SemaphorePermit moved(std::move(one));
    CHECK(moved.count() == 1);
    CHECK(semaphore.available_permits() == 0);
  }
  CHECK(semaphore.available_permits() == 1);
  two = take_now(semaphore);  // The old one goes as the new one comes.
  CHECK(semaphore.available_permits() == 1);
  SemaphorePermit& itself = two;
  two = std::move(itself);
  CHECK(semaphore.available_permits() == 1);
  CHECK(two.count() == 1);
}

TEST_CASE("forgotten permits are gone, and new ones may be added") {
  Semaphore semaphore(3);
  {
    auto permits = take_now(semaphore, 2);
    permits.forget();
    CHECK(permits.count() == 0);
  }
  CHECK(semaphore.available_permits() == 1);
  semaphore.add_permits(4);
  CHECK(semaphore.available_permits() == 5);
  semaphore.add_permits(0);
  CHECK(semaphore.available_permits() == 5);
}

TEST_CASE("owned permits, and owned acquires in each of their states, keep the semaphore") {
  auto semaphore = std::make_shared<Semaphore>(1);
  const std::weak_ptr<Semaphore> seen = semaphore;
  CountingWaker task;
  {
    auto unpolled = Semaphore::acquire_owned(semaphore);
    auto first = Semaphore::acquire_owned(semaphore);
    auto permit = std::optional(quiet_poll(first, task).take());
    auto second = Semaphore::acquire_owned(semaphore);
    CHECK(quiet_poll(second, task).is_pending());
    semaphore.reset();
    CHECK_FALSE(seen.expired());
    permit.reset();
    CHECK(task.wakes() == 1);
    auto last = std::optional(quiet_poll(second, task).take());
    CHECK(last->has_value());
    {
      const Acquire gone(std::move(unpolled));
    }
    CHECK_FALSE(seen.expired());
    last.reset();
    CHECK(seen.expired());  // Acquires that are finished keep nothing.
  }
}

TEST_CASE("an owned acquire that is dropped while it waits, or granted, may be the last to hold the semaphore") {
  for (const bool granted : {false, true}) {
    auto semaphore = std::make_shared<Semaphore>(0);
    const std::weak_ptr<Semaphore> seen = semaphore;
    CountingWaker task;
    std::optional<Acquire> acquire(Semaphore::acquire_owned(semaphore));
    CHECK(quiet_poll(*acquire, task).is_pending());
    if (granted) semaphore->add_permits(1);
    semaphore.reset();
    acquire.reset();
    CHECK(seen.expired());
    CHECK_FALSE(task.is_held());
  }
}

// --- closing -----------------------------------------------------------------------------------------------------

TEST_CASE("close answers those who wait and those who come, and permits in hand stay good") {
  Semaphore semaphore(1);
  CountingWaker waits;
  CountingWaker comes;
  std::optional<SemaphorePermit> held(take_now(semaphore));
  auto waiting = semaphore.acquire();
  CHECK(quiet_poll(waiting, waits).is_pending());
  CHECK_FALSE(semaphore.is_closed());
  semaphore.close();
  CHECK(semaphore.is_closed());
  CHECK(waits.wakes() == 1);
  CHECK_FALSE(quiet_poll(waiting, waits).take().has_value());
  auto coming = semaphore.acquire();
  CHECK_FALSE(quiet_poll(coming, comes).take().has_value());
  CHECK_FALSE(semaphore.try_acquire().has_value());
  CHECK_FALSE(semaphore.try_acquire(0).has_value());
  held.reset();
  CHECK(semaphore.available_permits() == 1);
  CHECK_FALSE(semaphore.try_acquire().has_value());
  semaphore.close();
}

TEST_CASE("who was granted a permit before the close has it") {
  Semaphore semaphore(0);
  CountingWaker task;
  CountingWaker other;
  auto granted = semaphore.acquire();
  auto waiting = semaphore.acquire();
  CHECK(quiet_poll(granted, task).is_pending());
  CHECK(quiet_poll(waiting, other).is_pending());
  semaphore.add_permits(1);
  semaphore.close();
  CHECK(quiet_poll(granted, task).take().has_value());
  CHECK_FALSE(quiet_poll(waiting, other).take().has_value());
}

TEST_CASE("close wakes everybody, however many wait") {
  Semaphore semaphore(0);
  std::deque<CountingWaker> tasks(50);
  std::deque<Acquire> acquires;
  for (CountingWaker& task : tasks) {
    acquires.push_back(semaphore.acquire(5));
    CHECK(quiet_poll(acquires.back(), task).is_pending());
  }
  semaphore.close();
  for (CountingWaker& task : tasks) CHECK(task.wakes() == 1);
  acquires.clear();  // Dropped instead of polled.
  CHECK(semaphore.available_permits() == 0);
}

// --- misuse ------------------------------------------------------------------------------------------------------

TEST_CASE("polled after Ready, or moved while it waits, an acquire says so") {
  Semaphore semaphore(1);
  CountingWaker task;
  auto acquire = semaphore.acquire();
  const auto permit = quiet_poll(acquire, task).take();
  CHECK_THROWS_AS(quiet_poll(acquire, task), kettle::Misuse);
  auto waiting = semaphore.acquire();
  Acquire may_move(std::move(waiting));
  CHECK(quiet_poll(may_move, task).is_pending());
  CHECK_THROWS_AS(story::move_away(may_move), kettle::Misuse);
  semaphore.close();
  CHECK(quiet_poll(may_move, task).is_ready());
  CHECK_THROWS_AS(quiet_poll(may_move, task), kettle::Misuse);
}

// --- wakers that call back ---------------------------------------------------------------------------------------

TEST_CASE("a wake-up may call back into the semaphore") {
  Semaphore semaphore(1);
  int calls = 0;
  const auto call_back = [&] {
    ++calls;
    CHECK_FALSE(semaphore.try_acquire().has_value());
    CHECK(semaphore.available_permits() == 0);
  };
  story::CallingWaker waits(call_back, {});
  CountingWaker behind;
  {
    std::optional<SemaphorePermit> held(take_now(semaphore));
    auto first = semaphore.acquire();
    auto second = semaphore.acquire();
    CHECK(quiet_poll(first, waits).is_pending());
    CHECK(quiet_poll(second, behind).is_pending());
    held.reset();  // Wakes from a permit's end,
    CHECK(calls == 1);
    CHECK(quiet_poll(first, waits).is_ready());
    auto third = semaphore.acquire();
    CHECK(quiet_poll(third, waits).is_pending());
    auto ready = quiet_poll(second, behind);
    CHECK(ready.is_ready());
    {
      const auto gone = ready.take();
    }
    CHECK(calls == 2);
    auto fourth = semaphore.acquire();
    CHECK(quiet_poll(fourth, waits).is_pending());
    semaphore.close();  // ... and from a close.
    CHECK(calls == 3);
  }
}

TEST_CASE("letting go of a waker may call back into the semaphore: when replaced, dropped, granted, and closed") {
  for (int way = 0; way < 4; ++way) {
    CAPTURE(way);
    Semaphore semaphore(0);
    int gone = 0;
    std::optional<story::CallingWaker> task(
        std::in_place, [] {},
        [&] {
          ++gone;
          CHECK(semaphore.available_permits() == 0);
        });
    CountingWaker other;
    std::optional<Acquire> acquire(semaphore.acquire());
    CHECK(quiet_poll(*acquire, *task).is_pending());
    task->let_go();
    CHECK(gone == 0);
    if (way == 0) CHECK(quiet_poll(*acquire, other).is_pending());
    if (way == 1) acquire.reset();
    if (way == 2) semaphore.add_permits(1);
    if (way == 3) semaphore.close();
    CHECK(gone == 1);
  }
}

// --- in tasks ----------------------------------------------------------------------------------------------------

kettle::Task<std::size_t> take_two(Semaphore& semaphore) {
  auto permits = co_await semaphore.acquire(2);
  co_return permits->count();
}

TEST_CASE("an awaited acquire without anybody to give is a deadlock, and a permit is a value") {
  Semaphore semaphore(2);
  CHECK(kettle::block_on(take_two(semaphore)) == 2);
  CHECK(semaphore.available_permits() == 2);
}

// --- threads -----------------------------------------------------------------------------------------------------

kettle::Task<> hold(Semaphore& semaphore, std::size_t count, std::atomic<int>& inside, std::atomic<int>& most) {
  auto permits = co_await semaphore.acquire(count);
  const int now = inside.fetch_add(static_cast<int>(count)) + static_cast<int>(count);
  int before = most.load();
  while (before < now && !most.compare_exchange_weak(before, now)) {
  }
  inside.fetch_sub(static_cast<int>(count));
}

TEST_CASE("four threads take, drop and try: never more than there are, none lost") {
  constexpr int threads = 4;
  constexpr std::size_t permits = 3;
  std::optional<Semaphore> semaphore;
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  rounds::run(
      threads, 1000, [&](int) { semaphore.emplace(permits); },
      [&](int thread, int round) {
        std::mt19937 random(static_cast<unsigned>(round * threads + thread));
        for (int step = 0; step < 6; ++step) {
          const std::size_t count = 1 + random() % permits;
          switch (random() % 4) {
            case 0: {
              auto acquire = semaphore->acquire(count);
              kettle::Context nobody;
              for (auto polls = random() % 3; polls != 0; --polls) {
                if (acquire.poll(nobody).is_ready()) break;
              }
              break;
            }
            case 1: {
              auto permit = semaphore->try_acquire(count);
              if (permit && random() % 2 == 0) {
                permit->forget();
                semaphore->add_permits(count);
              }
              break;
            }
            default:
              kettle::block_on(hold(*semaphore, count, inside, most));
          }
        }
      },
      [&](int) { CHECK(semaphore->available_permits() == permits); });
  CHECK(most.load() <= static_cast<int>(permits));
}

TEST_CASE("a permit that comes back meets somebody on his way into the line: he has it, or is woken for it") {
  std::optional<Semaphore> semaphore;
  std::optional<SemaphorePermit> held;
  std::optional<Acquire> acquire;
  std::optional<CountingWaker> task;
  bool is_ready = false;
  rounds::run(
      2, 3000,
      [&](int) {
        semaphore.emplace(1);
        held.emplace(take_now(*semaphore));
        task.emplace();
        acquire.emplace(semaphore->acquire());
      },
      [&](int thread, int round) {
        std::mt19937 random(static_cast<unsigned>(2 * round + thread));
        for (auto turns = random() % 40; turns != 0; --turns) (void)semaphore->available_permits();
        if (thread == 0) {
          held.reset();
        } else {
          kettle::Context context(task->waker());
          is_ready = acquire->poll(context).is_ready();  // And its permit goes back at once.
        }
      },
      [&](int) {
        if (!is_ready) {
          CHECK(task->wakes() == 1);
          CHECK(semaphore->available_permits() == 0);
          CHECK(quiet_poll(*acquire, *task).is_ready());
        }
        acquire.reset();
        CHECK(semaphore->available_permits() == 1);
        CHECK(semaphore->try_acquire().has_value());
      });
}

TEST_CASE("whoever has got the last permit back may destroy the semaphore, whatever the others are about to do") {
  constexpr int threads = 3;
  constexpr std::size_t permits = 2;
  std::optional<Semaphore> semaphore;
  std::deque<std::optional<SemaphorePermit>> held(permits);
  std::atomic<int> done{0};
  rounds::run(
      threads, 2000,
      [&](int) {
        semaphore.emplace(permits);
        for (auto& permit : held) permit.emplace(take_now(*semaphore));
      },
      [&](int thread, int) {
        if (thread == 0) {
          {
            const auto all = kettle::block_on(semaphore->acquire(permits));
            CHECK(all.has_value());
          }
          semaphore.reset();
          ++done;
        } else {
          held[static_cast<std::size_t>(thread - 1)].reset();
        }
      },
      [](int) {});
  CHECK(done.load() == 2000);
}

TEST_CASE("a close from another thread reaches everybody") {
  constexpr int threads = 4;
  std::optional<Semaphore> semaphore;
  std::atomic<int> refused{0};
  rounds::run(
      threads, 500,
      [&](int) {
        semaphore.emplace(0);
        refused = 0;
      },
      [&](int thread, int) {
        if (thread == 0) return semaphore->close();
        if (!kettle::block_on(semaphore->acquire()).has_value()) ++refused;
      },
      [&](int) { CHECK(refused.load() == threads - 1); });
}

}  // namespace
