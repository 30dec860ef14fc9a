// Grades 04-sleep/blocking: two tasks that wait at the same time, because neither of them blocks.
#include "blocking.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "timeline.hpp"

namespace {

using namespace std::chrono_literals;
using kettle::Duration;
using story::expect;
using story::expect_equal;
using story::show_time;

// A breakfast on the virtual clock, and when each of its steps came.
class Kitchen {
 public:
  Kitchen() : breakfast(mine::breakfast(report_)) {}

  void run() { timeline.run(breakfast, "breakfast"); }

  /// When a step came: "4 min". Fails when it never did.
  std::string time_of(std::string_view step) const {
    for (const auto& [time, text] : steps) {
      if (text == step) return show_time(time);
    }
    story::fail(fmt::format("the step \"{}\" comes once", step), "it never came");
  }

  story::Timeline timeline;
  std::vector<std::pair<Duration, std::string>> steps;

 private:
  mine::Report report_ = [this](std::string_view step) {
    story::step("{}: {}", story::show_now(), step);
    steps.emplace_back(kettle::Clock::now().time_since_epoch(), step);
  };

 public:
  kettle::Task<> breakfast;
};

constexpr const char* pitfall = "lessons/04-sleep/README.md#what-can-go-wrong";
constexpr const char* together = "lessons/04-sleep/README.md#two-waits-at-once";

TEST_CASE("breakfast takes as long as the egg: seven minutes") {
  story::teach("Waits that overlap take as long as the longest of them, not as long as their sum.", together);
  Kitchen kitchen;
  kitchen.run();
  expect_equal(kitchen.time_of("breakfast: served"), "7 min", "breakfast is served at");
}

TEST_CASE("the toast is in the toaster from the start") {
  story::teach("A task that waits says Pending, and the next one has its turn at once.", together);
  Kitchen kitchen;
  kitchen.run();
  expect_equal(kitchen.time_of("toast: in the toaster"), "0 s", "the bread is in the toaster at");
}

TEST_CASE("every step comes at its own time") {
  story::teach("Make a sleep where the wait begins, and co_await it there: one that nobody awaits does nothing.",
               "lessons/04-sleep/README.md#a-deadline-and-a-waker");
  Kitchen kitchen;
  kitchen.run();
  for (const auto& [step, time] : {std::pair("egg: the water is on", "0 s"), std::pair("egg: in the water", "3 min"),
                                   std::pair("egg: done", "7 min"), std::pair("toast: in the toaster", "0 s"),
                                   std::pair("toast: in the oven, with cheese", "2 min"),
                                   std::pair("toast: done", "4 min"), std::pair("breakfast: served", "7 min")}) {
    expect_equal(kitchen.time_of(step), time, fmt::format("the time of \"{}\"", step));
  }
  expect_equal(kitchen.steps.size(), std::size_t{7}, "the number of steps");
}

TEST_CASE("no poll keeps the thread") {
  story::teach("A task never blocks its thread: whatever takes its time is awaited.", pitfall);
  Kitchen kitchen;
  kitchen.run();
  expect(kitchen.timeline.longest_poll == Duration::zero(), "a poll takes no time on the clock",
         fmt::format("one poll kept the thread for {}, and every other task with it",
                     show_time(kitchen.timeline.longest_poll)));
}

TEST_CASE("breakfast is polled once for each step, and not in between") {
  story::teach("Who waits is woken once, when the wait is over. Looking again and again is not waiting.",
               "lessons/04-sleep/README.md#the-timer-queue");
  Kitchen kitchen;
  kitchen.run();
  const int most = 8;  // One to begin with, one for each of four sleeps; a few more do no harm.
  expect(kitchen.timeline.polls <= most, "five polls: one to begin with, and one as each of four waits is over",
         fmt::format("{} polls", kitchen.timeline.polls));
}

TEST_CASE("a breakfast that is dropped half-way stops there") {
  story::teach("Destroying a future cancels it: its timers go with it.",
               "lessons/04-sleep/README.md#a-deadline-and-a-waker");
  Kitchen kitchen;
  for (int poll = 1; poll <= 2; ++poll) {
    const bool is_ready = kitchen.timeline.poll(kitchen.breakfast, "breakfast");
    expect(!is_ready, fmt::format("poll {} of breakfast is Pending: the egg is not done", poll), "it is Ready");
    if (poll == 1) kitchen.timeline.jump("breakfast");
  }
  {
    const kettle::Task<> dropped = std::move(kitchen.breakfast);
  }
  story::step("{}: breakfast is dropped", story::show_now());
  const kettle::Instant left = kettle::TimerQueue::current().next_deadline();
  expect(left == kettle::never, "no timer is left", "one is still armed");
}

}  // namespace
