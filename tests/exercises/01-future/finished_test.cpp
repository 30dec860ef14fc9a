// Grades 01-future/finished: two futures at once, and neither is polled again after it was Ready.
#include "finished.hpp"

#include <doctest/doctest.h>

#include "futures.hpp"

namespace {

using story::CountingWaker;
using story::expect;
using story::expect_equal;
using story::Record;
using story::Scripted;

constexpr auto leave_alone = "After Ready a future is finished: keep its answer, and do not poll it again.";
constexpr auto keep =
    "An answer comes once. Keep it until it is needed: in a member, for a local is gone after the poll.";
constexpr auto all_at_once =
    "One poll outside polls each future inside once: no loop, and neither waits for the other.";
constexpr auto after_ready = "lessons/01-future/README.md#after-ready";
constexpr auto made_of_futures = "lessons/01-future/README.md#futures-made-of-futures";
constexpr auto what_can_go_wrong = "lessons/01-future/README.md#what-can-go-wrong";

using Dish = Scripted<std::string>;
using Breakfast = mine::Both<Dish, Dish>;
static_assert(kettle::Future<Breakfast>, "mine::Both is a Future: an Output, and poll(Context&) -> Poll<Output>");

// An egg and a toast, each Pending as often as it is told, and what they live through.
struct Kitchen {
  Kitchen(int egg_pendings, int toast_pendings)
      : both(Dish("egg", egg_pendings, "egg", egg), Dish("toast", toast_pendings, "toast", toast)) {
    story::step("the egg is Ready at its poll {}, the toast at its poll {}", egg_pendings + 1, toast_pendings + 1);
  }

  kettle::Poll<Breakfast::Output> poll() {
    auto answer = poll_quietly();
    story::step("poll {} of Both: {}", ++number, answer.is_ready() ? "Ready" : "Pending");
    return answer;
  }

  // Polls until Both is Ready, and a few times more than it should need before it gives up.
  Breakfast::Output finish() {
    while (number < 10) {
      auto answer = poll();
      if (answer.is_ready()) return answer.take();
    }
    story::fail("Both is Ready when egg and toast are", fmt::format("it was Pending at all of {} polls", number));
  }

  std::shared_ptr<Record> egg = std::make_shared<Record>();
  std::shared_ptr<Record> toast = std::make_shared<Record>();
  CountingWaker task;
  Breakfast both;
  int number = 0;

 private:
  kettle::Poll<Breakfast::Output> poll_quietly() {
    task.clear();
    kettle::Context context(task.waker());
    return both.poll(context);
  }
};

TEST_CASE("two futures that are Ready together give a pair at that poll") {
  story::teach(all_at_once, made_of_futures);
  Kitchen kitchen(1, 1);
  const bool is_pending = kitchen.poll().is_pending();
  expect(is_pending, "poll 1 of Both is Pending: egg and toast are, at their first poll", "it is Ready");
  story::teach("Ready is said at the very poll that finds nothing left to wait for. A poll later may never come.",
               made_of_futures);
  auto answer = kitchen.poll();
  expect(answer.is_ready(), "poll 2 of Both is Ready: egg and toast are, at their second poll", "it is Pending");
  const auto [egg, toast] = answer.take();
  expect_equal(egg, std::string("egg"), "the first of the pair");
  expect_equal(toast, std::string("toast"), "the second of the pair");
}

TEST_CASE("the first is left alone once it was Ready") {
  story::teach(leave_alone, after_ready);
  Kitchen kitchen(0, 2);
  for (int number = 1; number <= 3; ++number) {
    if (kitchen.poll().is_ready()) break;
  }
  expect_equal(kitchen.egg->polls, 1, "polls of the egg, which was Ready at the first");
}

TEST_CASE("the second is left alone once it was Ready") {
  story::teach(leave_alone, after_ready);
  Kitchen kitchen(2, 0);
  for (int number = 1; number <= 3; ++number) {
    if (kitchen.poll().is_ready()) break;
  }
  expect_equal(kitchen.toast->polls, 1, "polls of the toast, which was Ready at the first");
}

TEST_CASE("Both is Pending until the last one is Ready") {
  story::teach("Both means both: one answer is not enough.", made_of_futures);
  Kitchen kitchen(0, 1);
  const bool is_pending = kitchen.poll().is_pending();
  expect(is_pending, "poll 1 of Both is Pending, because the toast is at its first poll",
         kitchen.toast->polls < 2 ? "it is Ready with the egg alone"
                                  : fmt::format("it is Ready: it has polled the toast {} times", kitchen.toast->polls));
}

TEST_CASE("a value that came early is in the pair at the end") {
  story::teach(keep, what_can_go_wrong);
  const auto check = [](const std::string& got, std::string_view wanted, std::string_view which) {
    expect(got == wanted, fmt::format("the {} of the pair is \"{}\"", which, wanted), fmt::format("it is \"{}\"", got));
  };
  {
    Kitchen kitchen(0, 2);
    const Breakfast::Output pair = kitchen.finish();
    check(pair.first, "egg", "first");
    check(pair.second, "toast", "second");
  }
  {
    Kitchen kitchen(2, 0);
    const Breakfast::Output pair = kitchen.finish();
    check(pair.first, "egg", "first");
    check(pair.second, "toast", "second");
  }
}

TEST_CASE("each poll of Both polls each of the two once") {
  story::teach(all_at_once, made_of_futures);
  Kitchen kitchen(3, 3);
  for (int number = 1; number <= 2; ++number) {
    kitchen.poll();
    expect_equal(kitchen.egg->polls, number, "polls of the egg so far");
    expect_equal(kitchen.toast->polls, number, "polls of the toast so far");
  }
}

TEST_CASE("both futures get the context that Both was polled with") {
  story::teach(all_at_once, made_of_futures);
  Kitchen kitchen(1, 1);
  kitchen.poll();
  expect_equal(kitchen.egg->polls, 1, "polls of the egg in poll 1 of Both");
  expect_equal(kitchen.toast->polls, 1, "polls of the toast in poll 1 of Both");
  story::teach("Pass the context on: it is how a future reaches whoever polls.", made_of_futures);
  const auto check = [&kitchen](const Record& dish, std::string_view name) {
    const bool is_ours = dish.waker && dish.waker->will_wake(kitchen.task.waker());
    expect(is_ours, fmt::format("the {} is polled with the context of Both", name), "it was given another one");
  };
  check(*kitchen.egg, "egg");
  check(*kitchen.toast, "toast");
}

TEST_CASE("values that cannot be copied are moved into the pair") {
  story::teach("A value is handed on by moving it: take() moves it out of the poll.", made_of_futures);
  using Box = std::unique_ptr<int>;
  CountingWaker task;
  mine::Both both(Scripted<Box>("the first", 0, std::make_unique<int>(1)),
                  Scripted<Box>("the second", 0, std::make_unique<int>(2)));
  auto answer = story::poll(both, task, "Both", 1);
  if (answer.is_pending()) answer = story::poll(both, task, "Both", 2);
  expect(answer.is_ready(), "Both is Ready: both futures are", "it is Pending");
  const auto [first, second] = answer.take();
  expect(first != nullptr && *first == 1, "the very value of the first future", "an empty or another one");
  expect(second != nullptr && *second == 2, "the very value of the second future", "an empty or another one");
}

}  // namespace
