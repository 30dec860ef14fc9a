// Grades 02-waker/signal. All but the last test play both threads on one: see moments.hpp. The last one uses two, and
// cannot hang: the thread that fires also wakes the task by itself, so that a signal that is lost is seen, not waited
// for.
#include "signal.hpp"

#include <kettle/block_on.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <random>
#include <thread>

#include "futures.hpp"
#include "moments.hpp"

namespace {

using story::CountingWaker;
using story::expect;
using story::expect_equal;

static_assert(kettle::Future<decltype(std::declval<mine::Signal<>&>().wait())>,
              "mine::Signal<>::wait() returns a Future: Output and poll(Context&)");

using Signal = mine::Signal<story::MomentMutex>;

constexpr auto waker_section = "lessons/02-waker/README.md#a-number-to-call";
constexpr auto gap_section = "lessons/02-waker/README.md#what-can-go-wrong";
constexpr auto lock_rule = "fire() comes from any thread, at any time: what two threads use is used under the lock.";

void fire(Signal& signal) {
  story::step("fire");
  signal.fire();
}

template <class Wait>
void expect_ready(Wait& wait, CountingWaker& task, std::string_view name) {
  const bool is_ready = story::poll(wait, task, name).is_ready();
  expect(is_ready, fmt::format("the poll of {} is Ready: the signal is fired", name), "it is Pending");
}

template <class Wait>
void expect_pending(Wait& wait, CountingWaker& task, std::string_view name) {
  const bool is_pending = story::poll(wait, task, name).is_pending();
  expect(is_pending, fmt::format("the poll of {} is Pending: the signal is not fired yet", name), "it is Ready");
}

TEST_CASE("a signal that is fired before the wait is Ready at once, every time") {
  story::teach("A signal is a fact, not a moment: whoever asks later is told as well.", gap_section);
  CountingWaker task;
  Signal signal;
  fire(signal);
  auto first = signal.wait();
  expect_ready(first, task, "the first wait");
  auto second = signal.wait();
  expect_ready(second, task, "the second wait");
  fire(signal);
  expect_equal(task.wakes(), 0, "wake-ups, with nobody waiting");
}

TEST_CASE("fire wakes the task that waits, once") {
  story::teach("Before Pending is returned, the signal holds the waker; fire() calls it.", waker_section);
  CountingWaker task;
  Signal signal;
  auto wait = signal.wait();
  expect_pending(wait, task, "wait");
  expect_pending(wait, task, "wait");
  expect_equal(task.wakes(), 0, "wake-ups before the signal is fired");
  fire(signal);
  expect_equal(task.wakes(), 1, "wake-ups after the signal is fired");
  expect_ready(wait, task, "wait");
  story::teach("A waker is used up by the call: swap it out, and a second fire finds nobody.", waker_section);
  fire(signal);
  expect_equal(task.wakes(), 1, "wake-ups after the signal is fired again");
}

TEST_CASE("the signal keeps a copy of the waker") {
  story::teach("The context lends its waker for one poll. Whoever wants to call later keeps a copy, not the address.",
               waker_section);
  CountingWaker task;
  Signal signal;
  auto wait = signal.wait();
  story::poll_with_lent_waker(wait, task, "wait");
  expect(task.is_held(), "somebody holds a copy of the waker: the task is waiting",
         "nobody does, though the poll was Pending");
  fire(signal);
  expect_equal(task.wakes(), 1, "wake-ups after the signal is fired");
}

// One of the two is the operation, the other comes in the middle of it, at each of its moments.
template <class Operation>
int play(bool fires, const char* rule, Operation poll_or_fire) {
  return story::at_every_moment([&](int at) {
    story::teach(rule, gap_section);
    CountingWaker task;
    Signal signal;
    auto wait = signal.wait();
    kettle::Context context(task.waker());
    bool is_ready = false;
    const auto poll = [&] {
      story::step("a poll begins");
      auto answer = wait.poll(context);
      is_ready = answer.is_ready();
      story::step("the poll ends: {}", story::show_poll(answer));
    };
    const auto fire = [&] {
      story::step("fire begins");
      signal.fire();
      story::step("fire ends");
    };
    const bool came = poll_or_fire(at, poll, fire);
    if (came && !is_ready) {
      expect(task.is_woken(), "the poll is Ready, or fire wakes the task",
             "the poll says Pending, and nobody wakes the task: it sleeps for ever");
      expect_ready(wait, task, "wait");
    }
    if (came && at == 1) {
      story::teach(lock_rule, gap_section);
      if (fires) {
        expect(!is_ready, "a poll just before fire takes the lock is Pending",
               "it is Ready: fire has changed the signal without the lock");
      } else {
        expect(!task.is_woken(), "fire just before the poll takes the lock finds no waker yet",
               "it wakes the task: the poll has left its waker without the lock");
      }
    }
    return came;
  });
}

TEST_CASE("a signal that is fired in the middle of a poll is not lost") {
  const int moments =
      play(false, "To look and to leave the waker must be one step: what comes between two steps finds nobody to wake.",
           [](int at, const auto& poll, const auto& fire) { return story::MomentMutex::run(at, poll, fire); });
  expect(moments > 0, "poll takes the lock: two threads use the signal", "poll takes no lock");
}

TEST_CASE("a poll in the middle of fire does not miss it") {
  const int moments =
      play(true, "Change first, then wake: whoever is woken looks at once.",
           [](int at, const auto& poll, const auto& fire) { return story::MomentMutex::run(at, fire, poll); });
  expect(moments > 0, "fire takes the lock: two threads use the signal", "fire takes no lock");
}

TEST_CASE("the task that polled last is woken, and the other one's waker is let go") {
  story::teach("Each poll brings a waker, and the last one counts: the future may be in other hands by now.",
               waker_section);
  CountingWaker first("the first task");
  CountingWaker second("the second task");
  Signal signal;
  auto wait = signal.wait();
  expect_pending(wait, first, "wait (first task)");
  expect_pending(wait, second, "wait (second task)");
  fire(signal);
  expect(second.is_woken(), "the second task is woken: it polled last", "it is not");
  expect_equal(first.wakes(), 0, "wake-ups of the first task");
  expect(!first.is_held(), "nobody holds a waker of the first task any more", "the signal still holds one");
}

TEST_CASE("a future that is dropped takes its waker with it") {
  story::teach("Dropping a future cancels it: whatever it left elsewhere goes with it.", waker_section);
  CountingWaker task;
  Signal signal;
  {
    auto wait = signal.wait();
    expect_pending(wait, task, "wait");
    story::step("wait is dropped");
  }
  fire(signal);
  expect_equal(task.wakes(), 0, "wake-ups after the future was dropped");

  story::step("a new signal");
  Signal other;
  {
    auto wait = other.wait();
    expect_pending(wait, task, "wait");
    story::step("wait is dropped");
  }
  expect(!task.is_held(), "nobody holds the task's waker any more", "the signal still holds it");
  auto wait = other.wait();
  expect_pending(wait, task, "the next wait");
  fire(other);
  expect(task.is_woken(), "fire wakes whoever waits now", "it wakes nobody");
}

TEST_CASE("fire wakes outside the lock") {
  story::teach("Take the waker out, unlock, then wake: whoever is woken may want the lock at once.", gap_section);
  story::LockWatcher task;
  Signal signal;
  auto wait = signal.wait();
  kettle::Context context(task.waker());
  auto answer = wait.poll(context);
  story::step("poll of wait: {}", story::show_poll(answer));
  fire(signal);
  expect_equal(task.wakes(), 1, "wake-ups");
  expect(!task.was_woken_under_a_lock(), "fire gives the lock back before it wakes",
         "it wakes while it holds the lock");
}

/// Waits for a signal that another thread fires: before the first poll, or at the same time.
class Race {
 public:
  using Output = void;
  Race(mine::Signal<>& signal, unsigned delay) : signal_(signal), wait_(signal.wait()), delay_(delay) {}
  ~Race() {
    if (other_.joinable()) other_.join();
  }
  Race(const Race&) = delete;
  Race& operator=(const Race&) = delete;

  kettle::Poll<> poll(kettle::Context& context) {
    if (!other_.joinable()) {
      other_ = std::thread([this, waker = context.waker()] {
        for (unsigned spin = 0; spin < delay_; ++spin) fired_.load();
        signal_.fire();
        fired_.store(true);
        waker.wake();
      });
      while (delay_ == 0 && !fired_.load()) std::this_thread::yield();
    }
    const bool fired = fired_.load();
    if (wait_.poll(context).is_ready()) return kettle::Ready();
    expect(!fired, "the poll of wait is Ready: another thread has fired the signal", "it is Pending");
    return kettle::pending;
  }

 private:
  mine::Signal<>& signal_;
  decltype(std::declval<mine::Signal<>&>().wait()) wait_;
  unsigned delay_;
  std::atomic<bool> fired_{false};
  std::thread other_;
};

// Without a lock, what two threads would do to each other is luck, and a verdict must not be.
void expect_locks() {
  CountingWaker task;
  Signal signal;
  int before = 0;
  const auto check = [&before](std::string_view who) {
    expect(story::MomentMutex::times_locked() > before,
           fmt::format("{} takes the lock: two threads use the signal", who), fmt::format("{} takes no lock", who));
    before = story::MomentMutex::times_locked();
  };
  {
    auto wait = signal.wait();
    before = story::MomentMutex::times_locked();
    story::poll(wait, task, "wait");
    check("poll");
    story::step("wait is dropped");
  }
  story::teach("~Wait takes the lock, too: another thread may be in fire() just then.", gap_section);
  if (!task.is_held()) check("~Wait");  // One that leaves its waker behind has a test of its own.
  story::teach(lock_rule, gap_section);
  fire(signal);
  check("fire");
}

TEST_CASE("it works between real threads") {
  story::teach(lock_rule, gap_section);
  expect_locks();
  story::step("200 times: one thread waits in block_on, another one fires");
  std::mt19937 random(2);
  for (int round = 1; round <= 200; ++round) {
    mine::Signal<> signal;
    Race race(signal, round % 4 == 1 ? 0 : static_cast<unsigned>(random() % 4000));
    kettle::block_on(race);
  }
}

}  // namespace
