// Grades 05-spawn/executor: many tasks on one thread, polled when they are woken, in order.
#include "executor.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "futures.hpp"

static_assert(
    requires(mine::Executor& executor, story::Scripted<int> future) {
      executor.spawn(std::move(future));
      { executor.run_ready() } -> std::same_as<std::size_t>;
      { executor.size() } -> std::same_as<std::size_t>;
    }, "mine::Executor has spawn(future), std::size_t run_ready() and std::size_t size()");

namespace {

using story::expect;
using story::expect_equal;

constexpr auto queue_section = "lessons/05-spawn/README.md#the-ready-queue";
constexpr auto header_section = "lessons/05-spawn/README.md#one-header-a-task";
constexpr auto end_section = "lessons/05-spawn/README.md#the-end-of-a-task";

/// What the test knows of one task.
struct Life {
  std::string name;
  int polls = 0;
  int destroyed = 0;
  std::optional<kettle::Waker> waker;                          // Of the last poll.
  std::function<void(Life&, int)> during = [](Life&, int) {};  // What happens in poll number n.
  std::function<void()> at_the_end = [] {};                    // What the destructor does.
};

/// Pending until its poll number `last`; writes its name on a roll at each poll.
class Cook {
 public:
  using Output = void;
  Cook(std::shared_ptr<Life> life, std::vector<std::string>& roll, int last)
      : life_(std::move(life)), roll_(roll), last_(last) {}
  Cook(Cook&& other) noexcept = default;
  Cook& operator=(Cook&&) = delete;
  ~Cook() {
    if (life_ == nullptr) return;
    ++life_->destroyed;
    life_->at_the_end();
  }

  kettle::Poll<> poll(kettle::Context& context) {
    const int number = ++life_->polls;
    if (number > last_) story::fail(life_->name + " is left alone once it has been Ready", "it was polled again");
    if (number > most_polls)
      story::fail("each task is polled once in a run_ready()", life_->name + " is polled on and on");
    roll_.push_back(life_->name);
    life_->waker = context.waker();
    story::step("{}: poll {}{}", life_->name, number, number == last_ ? ", Ready" : "");
    life_->during(*life_, number);
    if (number < last_) return kettle::pending;
    return kettle::Ready();
  }

 private:
  static constexpr int most_polls = 20;
  std::shared_ptr<Life> life_;
  std::vector<std::string>& roll_;
  int last_;
};

/// An executor, and whom it has polled.
class Kitchen {
 public:
  /// Spawns a cook who is Ready at poll number `last`.
  std::shared_ptr<Life> spawn(const std::string& name, int last) {
    auto life = std::make_shared<Life>();
    life->name = name;
    story::step("spawn {}", name);
    executor->spawn(Cook(life, roll, last));
    return life;
  }
  const kettle::Waker& waker_of(const Life& life) {
    if (!life.waker) story::fail(life.name + " has been polled, and can be woken", "it was never polled");
    return *life.waker;
  }
  void wake(const Life& life) {
    const kettle::Waker& waker = waker_of(life);
    story::step("{} is woken", life.name);
    waker.wake();
  }
  /// Runs, and returns who was polled: "A B".
  std::string run() {
    story::note("run_ready()");
    roll.clear();
    const std::size_t count = executor->run_ready();
    expect_equal(count, roll.size(), "what run_ready() returns, the number of polls");
    if (roll.empty()) return "nobody";
    std::string names = roll.front();
    for (std::size_t place = 1; place < roll.size(); ++place) names += " " + roll[place];
    return names;
  }
  void expect_size(std::size_t wanted) { expect_equal(executor->size(), wanted, "size()"); }

  std::vector<std::string> roll;
  std::unique_ptr<mine::Executor> executor = std::make_unique<mine::Executor>();
};

TEST_CASE("a spawned task is polled by the next run_ready, first come, first served") {
  story::teach("spawn puts a task at the back of the ready queue; run_ready takes from the front.", queue_section);
  Kitchen kitchen;
  const auto a = kitchen.spawn("A", 2);
  const auto b = kitchen.spawn("B", 2);
  const auto c = kitchen.spawn("C", 2);
  expect_equal(a->polls + b->polls + c->polls, 0, "polls before run_ready()");
  kitchen.expect_size(3);
  expect_equal(kitchen.run(), "A B C", "polled by the first run_ready()");
}

TEST_CASE("only who was woken is polled again, in the order of waking") {
  story::teach("After Pending a task leaves the queue. wake() brings it back, at the end.", queue_section);
  Kitchen kitchen;
  const auto a = kitchen.spawn("A", 9);
  const auto b = kitchen.spawn("B", 9);
  const auto c = kitchen.spawn("C", 9);
  kitchen.run();
  expect_equal(kitchen.run(), "nobody", "polled while nobody was woken");
  kitchen.wake(*c);
  kitchen.wake(*a);
  expect_equal(kitchen.run(), "C A", "polled after C and A were woken");
  kitchen.wake(*b);
  expect_equal(kitchen.run(), "B", "polled after B was woken");
  expect_equal(kitchen.run(), "nobody", "polled after that");
}

TEST_CASE("a task that is woken three times is polled once") {
  story::teach("A task stands in the queue once: only the first wake() since its last poll puts it there.",
               header_section);
  Kitchen kitchen;
  const auto a = kitchen.spawn("A", 9);
  const auto b = kitchen.spawn("B", 9);
  kitchen.run();
  kitchen.wake(*a);
  kitchen.wake(*b);
  kitchen.wake(*a);
  kitchen.wake(*a);
  expect_equal(kitchen.run(), "A B", "polled after A was woken three times, and B once");
  expect_equal(kitchen.run(), "nobody", "polled after that");
}

TEST_CASE("a task that is woken while it is polled is polled again by the next run_ready") {
  story::teach(
      "Clear the notice just before the poll, so that a wake-up during it counts. Its turn comes next time: a "
      "task that always wakes itself must not keep the others waiting.",
      header_section);
  Kitchen kitchen;
  const auto a = kitchen.spawn("A", 200);
  a->during = [](Life& life, int number) {
    if (number <= 2) story::step("{} wakes itself", life.name);
    life.waker->wake();
  };
  const auto b = kitchen.spawn("B", 200);
  b->during = [&](Life&, int number) {
    if (number == 1) kitchen.wake(*a);
  };
  expect_equal(kitchen.run(), "A B", "polled by the first run_ready()");
  expect_equal(kitchen.run(), "A", "polled by the second one");
  expect_equal(kitchen.run(), "A", "polled by the third one");
}

TEST_CASE("a task that is spawned or woken by another one's poll waits for the next run_ready") {
  story::teach("One run_ready is one round: whoever is ready when it begins has one turn.", queue_section);
  Kitchen kitchen;
  const auto a = kitchen.spawn("A", 9);
  std::vector<std::shared_ptr<Life>> helpers;
  const auto b = kitchen.spawn("B", 9);
  b->during = [&](Life&, int number) {
    if (number != 1) return;
    kitchen.wake(*a);
    for (int helper = 1; helper <= 20; ++helper) helpers.push_back(kitchen.spawn(fmt::format("h{}", helper), 1));
  };
  const auto c = kitchen.spawn("C", 9);
  expect_equal(kitchen.run(), "A B C", "polled by the first run_ready()");
  kitchen.expect_size(23);
  expect_equal(kitchen.run(), "A h1 h2 h3 h4 h5 h6 h7 h8 h9 h10 h11 h12 h13 h14 h15 h16 h17 h18 h19 h20",
               "polled by the second one");
  kitchen.expect_size(3);
}

TEST_CASE("a task that is Ready ends: its future is destroyed, and it is polled no more") {
  story::teach(
      "Ready is the end: drop the future at once, and take the task out of the queue if it was woken meanwhile.",
      end_section);
  Kitchen kitchen;
  const auto a = kitchen.spawn("A", 2);
  const auto b = kitchen.spawn("B", 1);
  b->during = [](Life& life, int) {
    story::step("{} wakes itself, in its last poll", life.name);
    life.waker->wake();
  };
  expect_equal(kitchen.run(), "A B", "polled by the first run_ready()");
  expect_equal(b->destroyed, 1, "how often B's future was destroyed when B was Ready");
  expect_equal(a->destroyed, 0, "how often A's future was destroyed while A is Pending");
  kitchen.expect_size(1);
  expect_equal(kitchen.run(), "nobody", "polled after B's end");
  kitchen.wake(*b);
  expect_equal(kitchen.run(), "nobody", "polled when B was woken after its end");
  kitchen.wake(*a);
  expect_equal(kitchen.run(), "A", "polled when A was woken");
  expect_equal(a->destroyed, 1, "how often A's future was destroyed when A was Ready");
  kitchen.expect_size(0);
}

TEST_CASE("an executor that is destroyed destroys the futures that are left") {
  story::teach("Destroying a future cancels it: what is left at the end is cancelled, and nothing leaks.", end_section);
  Kitchen kitchen;
  const auto ready = kitchen.spawn("the ready one", 1);
  const auto asleep = kitchen.spawn("the sleeping one", 9);
  const auto woken = kitchen.spawn("the woken one", 9);
  kitchen.run();
  const auto unpolled = kitchen.spawn("the one that was never polled", 9);
  kitchen.wake(*woken);
  asleep->at_the_end = [&] { woken->waker->wake(); };  // Whichever goes first wakes the other.
  woken->at_the_end = [&] { asleep->waker->wake(); };
  story::note("the executor is destroyed");
  kitchen.executor.reset();
  for (const auto& life : {ready, asleep, woken, unpolled}) {
    expect_equal(life->destroyed, 1, fmt::format("how often the future of {} was destroyed", life->name));
  }
}

TEST_CASE("a waker may outlive its task and its executor") {
  story::teach(
      "The header belongs to its wakers, too: release() your reference, and the last waker frees it. After the "
      "task's end, schedule() does nothing.",
      header_section);
  Kitchen kitchen;
  const auto done = kitchen.spawn("the one that is done", 1);
  const auto asleep = kitchen.spawn("the sleeping one", 9);
  kitchen.run();
  const kettle::Waker copy = kitchen.waker_of(*asleep);
  kitchen.wake(*done);
  expect_equal(kitchen.run(), "nobody", "polled after the wake-up of a task that has ended");
  story::note("the executor is destroyed");
  kitchen.executor.reset();
  kitchen.wake(*done);
  kitchen.wake(*asleep);
  copy.wake();
  expect_equal(asleep->polls, 1, "polls of the sleeping one");
}

}  // namespace
