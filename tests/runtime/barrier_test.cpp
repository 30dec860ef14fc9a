// The promises of runtime/kettle/barrier.hpp.
#include "kettle/barrier.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <deque>
#include <optional>
#include <random>
#include <utility>

#include "calling_waker.hpp"
#include "futures.hpp"
#include "kettle/block_on.hpp"
#include "kettle/task.hpp"
#include "rounds.hpp"

namespace {

using kettle::Barrier;
using kettle::BarrierWait;
using story::CountingWaker;
using story::quiet_poll;

static_assert(kettle::Future<BarrierWait>);

TEST_CASE("nobody goes on before the last has come; the last goes on at once and is told") {
  Barrier barrier(3);
  std::deque<CountingWaker> tasks(3);
  auto one = barrier.wait();
  auto two = barrier.wait();
  auto three = barrier.wait();
  CHECK(quiet_poll(one, tasks[0]).is_pending());
  for (int poll = 0; poll < 3; ++poll) CHECK(quiet_poll(two, tasks[1]).is_pending());  // One arrival, however often.
  CHECK(tasks[0].wakes() + tasks[1].wakes() == 0);
  CHECK(quiet_poll(three, tasks[2]).take() == true);
  CHECK(tasks[0].wakes() == 1);
  CHECK(tasks[1].wakes() == 1);
  CHECK(tasks[2].wakes() == 0);
  CHECK(quiet_poll(one, tasks[0]).take() == false);
  CHECK(quiet_poll(two, tasks[1]).take() == false);
  CHECK_FALSE(tasks[0].is_held());
}

TEST_CASE("a group of one waits for nobody; one of none is a mistake") {
  Barrier barrier(1);
  CountingWaker task;
  for (int round = 0; round < 3; ++round) {
    auto wait = barrier.wait();
    CHECK(quiet_poll(wait, task).take() == true);
  }
  CHECK_THROWS_AS(Barrier(0), kettle::Misuse);
}

TEST_CASE("after a group the barrier is ready for the next, also while the last one's members have not gone on") {
  Barrier barrier(2);
  CountingWaker task;
  CountingWaker other;
  auto first = barrier.wait();
  auto last = barrier.wait();
  CHECK(quiet_poll(first, task).is_pending());
  CHECK(quiet_poll(last, other).take());
  for (int round = 0; round < 3; ++round) {
    auto one = barrier.wait();
    auto two = barrier.wait();
    CHECK(quiet_poll(one, other).is_pending());
    CHECK(quiet_poll(two, other).take() == true);
    CHECK(quiet_poll(one, other).take() == false);
  }
  CHECK(quiet_poll(first, task).take() == false);
}

TEST_CASE("a large group is let go at once") {
  constexpr std::size_t members = 100;  // More than one batch of wakers.
  Barrier barrier(members);
  std::deque<CountingWaker> tasks(members - 1);
  std::deque<BarrierWait> waits;
  CountingWaker last;
  for (int round = 1; round <= 2; ++round) {
    waits.clear();
    for (CountingWaker& task : tasks) {
      waits.push_back(barrier.wait());
      CHECK(quiet_poll(waits.back(), task).is_pending());
    }
    auto wait = barrier.wait();
    CHECK(quiet_poll(wait, last).take() == true);
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      CHECK(tasks[i].wakes() == round);
      CHECK(quiet_poll(waits[i], tasks[i]).take() == false);
    }
  }
}

TEST_CASE("dropping a wait, unpolled or after each poll, takes its arrival back") {
  for (int polls = 0; polls <= 2; ++polls) {
    Barrier barrier(2);
    CountingWaker leaver;
    CountingWaker task;
    {
      auto wait = barrier.wait();
      for (int poll = 0; poll < polls; ++poll) CHECK(quiet_poll(wait, leaver).is_pending());
    }
    CHECK_FALSE(leaver.is_held());
    auto one = barrier.wait();
    auto two = barrier.wait();
    CHECK(quiet_poll(one, task).is_pending());
    CHECK(quiet_poll(two, task).take() == true);
    CHECK(quiet_poll(one, task).take() == false);
  }
}

TEST_CASE("a wait that is dropped after its group was let go changes nothing for the next group") {
  for (const bool next_group_waits : {false, true}) {
    CAPTURE(next_group_waits);
    Barrier barrier(2);
    CountingWaker task;
    std::optional<BarrierWait> leaving(barrier.wait());
    auto last = barrier.wait();
    CHECK(quiet_poll(*leaving, task).is_pending());
    CHECK(quiet_poll(last, task).take() == true);
    auto one = barrier.wait();
    if (next_group_waits) CHECK(quiet_poll(one, task).is_pending());
    leaving.reset();
    for (int poll = 0; poll < 2; ++poll) CHECK(quiet_poll(one, task).is_pending());
    auto two = barrier.wait();
    CHECK(quiet_poll(two, task).take() == true);
    CHECK(quiet_poll(one, task).take() == false);
    auto three = barrier.wait();
    CHECK(quiet_poll(three, task).is_pending());
  }
}

TEST_CASE("one who leaves while a large group is being let go does not count for the next") {
  Barrier barrier(40);
  std::deque<CountingWaker> tasks(38);
  std::deque<std::optional<BarrierWait>> waits;
  CountingWaker newcomer;
  auto next_group = barrier.wait();
  story::CallingWaker first(
      [&] {
        CHECK(quiet_poll(next_group, newcomer).is_pending());
        waits.back().reset();  // Let go, and not woken yet: it is behind the first batch.
      },
      {});
  auto calls = barrier.wait();
  CHECK(quiet_poll(calls, first).is_pending());
  CountingWaker last_task;
  for (CountingWaker& task : tasks) {
    waits.emplace_back(barrier.wait());
    CHECK(quiet_poll(*waits.back(), task).is_pending());
  }
  auto last = barrier.wait();
  CHECK(quiet_poll(last, last_task).take() == true);
  CHECK(quiet_poll(calls, first).take() == false);
  for (std::size_t i = 0; i + 1 < tasks.size(); ++i) CHECK(quiet_poll(*waits[i], tasks[i]).take() == false);
  CHECK(quiet_poll(next_group, newcomer).is_pending());
  CHECK(newcomer.wakes() == 0);

  waits.clear();  // 38 more, and the one after them is the last of its group.
  for (CountingWaker& task : tasks) {
    waits.emplace_back(barrier.wait());
    CHECK(quiet_poll(*waits.back(), task).is_pending());
  }
  auto last_again = barrier.wait();
  CHECK(quiet_poll(last_again, last_task).take() == true);
  CHECK(quiet_poll(next_group, newcomer).take() == false);
}

TEST_CASE("polled after Ready, or moved while it waits, a wait says so") {
  Barrier barrier(2);
  CountingWaker task;
  auto one = barrier.wait();
  CHECK(quiet_poll(one, task).is_pending());
  CHECK_THROWS_AS(story::move_away(one), kettle::Misuse);
  auto unpolled = barrier.wait();
  BarrierWait two(std::move(unpolled));
  CHECK(quiet_poll(two, task).is_ready());
  CHECK_THROWS_AS(quiet_poll(two, task), kettle::Misuse);
  CHECK(quiet_poll(one, task).is_ready());
  CHECK_THROWS_AS(quiet_poll(one, task), kettle::Misuse);
}

TEST_CASE("the task that polled last is woken, and letting go of a waker may call back") {
  Barrier barrier(3);
  int gone = 0;
  const auto arrive_and_leave = [&] {
    ++gone;
    auto wait = barrier.wait();
    kettle::Context nobody;
    CHECK(wait.poll(nobody).is_pending());
  };
  CountingWaker now;
  auto wait = barrier.wait();
  {
    story::CallingWaker before({}, arrive_and_leave);
    CHECK(quiet_poll(wait, before).is_pending());
  }
  CHECK(gone == 0);
  CHECK(quiet_poll(wait, now).is_pending());
  CHECK(gone == 1);
  std::optional<BarrierWait> dropped(barrier.wait());
  {
    story::CallingWaker other({}, arrive_and_leave);
    CHECK(quiet_poll(*dropped, other).is_pending());
  }
  dropped.reset();
  CHECK(gone == 2);
  auto second = barrier.wait();
  {
    story::CallingWaker woken(arrive_and_leave, arrive_and_leave);
    CHECK(quiet_poll(second, woken).is_pending());
  }
  CountingWaker task;
  auto last = barrier.wait();
  CHECK(quiet_poll(last, task).take() == true);
  CHECK(gone == 4);
  CHECK(now.wakes() == 1);
  CHECK(quiet_poll(second, task).take() == false);
}

// --- threads -----------------------------------------------------------------------------------------------------

kettle::Task<bool> pass(Barrier& barrier) {
  const bool was_last = co_await barrier.wait();
  co_return was_last;
}

TEST_CASE("four threads meet again and again, and one of them is the last each time") {
  constexpr int threads = 4;
  constexpr int meetings = 5;
  Barrier barrier(threads);
  std::atomic<int> arrived{0};
  std::atomic<int> lasts{0};
  std::atomic<int> too_early{0};
  rounds::run(
      threads, 200, [&](int) { arrived = lasts = 0; },
      [&](int thread, int round) {
        std::mt19937 random(static_cast<unsigned>(round * threads + thread));
        for (int meeting = 1; meeting <= meetings; ++meeting) {
          for (auto spin = random() % 200; spin != 0; --spin) arrived.load();
          ++arrived;
          if (kettle::block_on(pass(barrier))) ++lasts;
          if (arrived.load() < meeting * threads) ++too_early;
        }
      },
      [&](int) {
        CHECK(arrived.load() == meetings * threads);
        CHECK(lasts.load() == meetings);
      });
  CHECK(too_early.load() == 0);
}

TEST_CASE("waits that are dropped on one thread take their arrivals back while others meet") {
  Barrier barrier(3);  // Everybody comes and goes; now and then a group is complete.
  std::atomic<int> lasts{0};
  rounds::run(
      4, 1000, [&](int) { lasts = 0; },
      [&](int thread, int) {
        if (thread == 3) {
          for (int step = 0; step < 4; ++step) {
            auto wait = barrier.wait();
            kettle::Context nobody;
            if (wait.poll(nobody).is_ready()) ++lasts;
          }
          return;
        }
        auto wait = barrier.wait();
        kettle::Context nobody;
        auto answer = wait.poll(nobody);
        if (answer.is_ready() && answer.take()) ++lasts;
      },
      [&](int) { CHECK(lasts.load() <= 2); });
  // Whatever happened: the barrier is empty, and a group of three is a group of three.
  CountingWaker task;
  auto one = barrier.wait();
  auto two = barrier.wait();
  auto three = barrier.wait();
  CHECK(quiet_poll(one, task).is_pending());
  CHECK(quiet_poll(two, task).is_pending());
  CHECK(quiet_poll(three, task).take() == true);
}

}  // namespace
