// The promises of runtime/kettle/notify.hpp.
#include "kettle/notify.hpp"

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

using kettle::Notified;
using kettle::Notify;
using story::CountingWaker;
using story::quiet_poll;

static_assert(kettle::Future<Notified>);

// Whether a notification is remembered; uses it up.
bool take_stored(Notify& notify) {
  auto notified = notify.notified();
  kettle::Context nobody;
  return notified.poll(nobody).is_ready();
}

TEST_CASE("notify_one wakes the one who has waited longest, and only him") {
  Notify notify;
  std::deque<CountingWaker> tasks(3);
  std::deque<Notified> waits;
  for (CountingWaker& task : tasks) {
    waits.push_back(notify.notified());
    CHECK(quiet_poll(waits.back(), task).is_pending());
  }
  for (std::size_t turn = 0; turn < tasks.size(); ++turn) {
    notify.notify_one();
    for (std::size_t i = 0; i < tasks.size(); ++i) CHECK(tasks[i].wakes() == (i <= turn ? 1 : 0));
  }
  for (std::size_t i = 0; i < tasks.size(); ++i) CHECK(quiet_poll(waits[i], tasks[i]).is_ready());
  CHECK_FALSE(take_stored(notify));
}

TEST_CASE("with nobody waiting, one notification is remembered, and never more") {
  Notify notify;
  CHECK_FALSE(take_stored(notify));
  for (int calls = 0; calls < 3; ++calls) notify.notify_one();
  CHECK(take_stored(notify));
  CHECK_FALSE(take_stored(notify));
}

TEST_CASE("notify_waiters wakes those that wait now, and is not remembered") {
  Notify notify;
  CountingWaker late;
  std::deque<CountingWaker> tasks(50);  // More than one batch of wakers.
  std::deque<Notified> waits;
  notify.notify_waiters();
  CHECK_FALSE(take_stored(notify));
  auto unpolled = notify.notified();
  for (CountingWaker& task : tasks) {
    waits.push_back(notify.notified());
    CHECK(quiet_poll(waits.back(), task).is_pending());
  }
  notify.notify_waiters();
  for (CountingWaker& task : tasks) CHECK(task.wakes() == 1);
  CHECK(quiet_poll(unpolled, late).is_pending());
  for (std::size_t i = 0; i < tasks.size(); ++i) CHECK(quiet_poll(waits[i], tasks[i]).is_ready());
  CHECK(late.wakes() == 0);
}

TEST_CASE("notify_waiters leaves a remembered notification as it is") {
  Notify notify;
  notify.notify_one();
  notify.notify_waiters();
  CHECK(take_stored(notify));
  CHECK_FALSE(take_stored(notify));
}

TEST_CASE("a notified that is dropped, unpolled or waiting, takes nothing along") {
  for (int polls = 0; polls <= 2; ++polls) {
    Notify notify;
    CountingWaker task;
    {
      auto notified = notify.notified();
      for (int poll = 0; poll < polls; ++poll) CHECK(quiet_poll(notified, task).is_pending());
    }
    CHECK_FALSE(task.is_held());
    notify.notify_one();
    CHECK(task.wakes() == 0);
    CHECK(take_stored(notify));
  }
}

TEST_CASE("a notified that is dropped with its notification passes it on, to the next in line or the next to come") {
  Notify notify;
  CountingWaker leaver;
  CountingWaker next;
  std::optional<Notified> leaving(notify.notified());
  auto staying = notify.notified();
  CHECK(quiet_poll(*leaving, leaver).is_pending());
  CHECK(quiet_poll(staying, next).is_pending());
  notify.notify_one();
  CHECK(next.wakes() == 0);
  leaving.reset();
  CHECK(next.wakes() == 1);
  CHECK(quiet_poll(staying, next).is_ready());
  CHECK_FALSE(take_stored(notify));

  leaving.emplace(notify);
  CHECK(quiet_poll(*leaving, leaver).is_pending());
  notify.notify_one();
  leaving.reset();
  CHECK(take_stored(notify));
}

TEST_CASE("several that are dropped with their notifications leave one behind") {
  Notify notify;
  std::deque<CountingWaker> tasks(4);
  {
    std::deque<Notified> waits;
    for (CountingWaker& task : tasks) {
      waits.push_back(notify.notified());
      CHECK(quiet_poll(waits.back(), task).is_pending());
    }
    notify.notify_one();
    notify.notify_waiters();
    notify.notify_one();
  }
  CHECK(take_stored(notify));
  CHECK_FALSE(take_stored(notify));
}

TEST_CASE("one who leaves while notify_waiters wakes the others leaves no notification behind") {
  Notify notify;
  std::deque<CountingWaker> tasks(40);
  std::deque<std::optional<Notified>> waits;
  bool left = false;
  story::CallingWaker first(
      [&] {
        waits.back().reset();  // Not woken yet: it is behind the first batch.
        left = true;
      },
      {});
  auto calls = notify.notified();
  CHECK(quiet_poll(calls, first).is_pending());
  for (CountingWaker& task : tasks) {
    waits.emplace_back(notify.notified());
    CHECK(quiet_poll(*waits.back(), task).is_pending());
  }
  notify.notify_waiters();
  CHECK(left);
  CHECK(tasks.back().wakes() == 0);
  for (std::size_t i = 0; i + 1 < tasks.size(); ++i) CHECK(quiet_poll(*waits[i], tasks[i]).is_ready());
  CHECK(quiet_poll(calls, first).is_ready());
  CHECK_FALSE(take_stored(notify));
}

TEST_CASE("one who comes while notify_waiters wakes the others waits for the next time") {
  Notify notify;
  std::deque<CountingWaker> tasks(40);
  std::deque<Notified> waits;
  CountingWaker newcomer;
  auto comes = notify.notified();
  story::CallingWaker first([&] { CHECK(quiet_poll(comes, newcomer).is_pending()); }, {});
  auto calls = notify.notified();
  CHECK(quiet_poll(calls, first).is_pending());
  for (CountingWaker& task : tasks) {
    waits.push_back(notify.notified());
    CHECK(quiet_poll(waits.back(), task).is_pending());
  }
  notify.notify_waiters();
  for (CountingWaker& task : tasks) CHECK(task.wakes() == 1);
  CHECK(newcomer.wakes() == 0);
  notify.notify_one();
  CHECK(newcomer.wakes() == 1);
}

TEST_CASE("the task that polled last is woken, and the other one's waker is let go") {
  Notify notify;
  CountingWaker before;
  CountingWaker now;
  auto notified = notify.notified();
  CHECK(quiet_poll(notified, before).is_pending());
  CHECK(quiet_poll(notified, now).is_pending());
  CHECK_FALSE(before.is_held());
  notify.notify_one();
  CHECK(before.wakes() == 0);
  CHECK(now.wakes() == 1);
}

TEST_CASE("polled after Ready, or moved while it waits, a notified says so") {
  Notify notify;
  CountingWaker task;
  notify.notify_one();
  auto notified = notify.notified();
  CHECK(quiet_poll(notified, task).is_ready());
  CHECK_THROWS_AS(quiet_poll(notified, task), kettle::Misuse);
  auto waiting = notify.notified();
  Notified may_move(std::move(waiting));
  CHECK(quiet_poll(may_move, task).is_pending());
  CHECK_THROWS_AS(story::move_away(may_move), kettle::Misuse);
}

TEST_CASE("letting go of a waker may call back: when replaced, dropped, and notified") {
  for (int way = 0; way < 4; ++way) {
    CAPTURE(way);
    Notify notify;
    int gone = 0;
    std::optional<story::CallingWaker> task(
        std::in_place, [&] { notify.notify_waiters(); },
        [&] {
          ++gone;
          notify.notify_waiters();
        });
    CountingWaker other;
    std::optional<Notified> notified(notify.notified());
    CHECK(quiet_poll(*notified, *task).is_pending());
    task->let_go();
    if (way == 0) CHECK(quiet_poll(*notified, other).is_pending());
    if (way == 1) notified.reset();
    if (way == 2) notify.notify_one();
    if (way == 3) notify.notify_waiters();
    CHECK(gone == 1);
  }
}

// --- threads -----------------------------------------------------------------------------------------------------

// A flag, and a notification that says when to look at it: the usual loop.
kettle::Task<> wait_for(std::atomic<int>& items, Notify& notify) {
  for (;;) {
    int have = items.load();
    while (have > 0 && !items.compare_exchange_weak(have, have - 1)) {
    }
    if (have > 0) co_return;
    co_await notify.notified();
  }
}

TEST_CASE("two threads make, two take, some drop: no item is left while somebody sleeps") {
  std::optional<Notify> notify;
  std::atomic<int> items{0};
  rounds::run(
      4, 1000,
      [&](int) {
        notify.emplace();
        items = 0;
      },
      [&](int thread, int round) {
        std::mt19937 random(static_cast<unsigned>(round * 4 + thread));
        for (int step = 0; step < 4; ++step) {
          if (thread % 2 == 0) {
            ++items;
            notify->notify_one();
            continue;
          }
          if (random() % 2 == 0) {
            auto dropped = notify->notified();
            kettle::Context nobody;
            if (dropped.poll(nobody).is_ready()) notify->notify_one();  // It was for somebody else.
          }
          kettle::block_on(wait_for(items, *notify));
        }
      },
      [&](int) { CHECK(items.load() == 0); });
}

TEST_CASE("notify_waiters from one thread reaches all that wait on others") {
  std::optional<Notify> notify;
  std::atomic<int> waiting{0};
  rounds::run(
      4, 200,
      [&](int) {
        notify.emplace();
        waiting = 3;
      },
      [&](int thread, int) {
        if (thread != 0) {
          kettle::block_on(notify->notified());
          --waiting;
          return;
        }
        while (waiting.load() != 0) notify->notify_waiters();
      },
      [&](int) { CHECK(waiting.load() == 0); });
}

}  // namespace
