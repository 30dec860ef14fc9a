// Grades 01-future/countdown: a hand-made future, and a combinator over any future.
#include "countdown.hpp"

#include <doctest/doctest.h>

#include "futures.hpp"

namespace {

using story::CountingWaker;
using story::expect;
using story::expect_equal;
using story::Scripted;

TEST_CASE("Countdown(3) is Pending three times, then Ready") {
  story::teach("Say Pending while there is more to do, Ready once when there is not.",
               "lessons/01-future/README.md#a-future-by-hand");
  CountingWaker task;
  story::step("make Countdown(3)");
  mine::Countdown countdown(3);
  for (int number = 1; number <= 3; ++number) {
    const bool is_pending = story::poll(countdown, task, "the countdown", number).is_pending();
    expect(is_pending, fmt::format("poll {} is Pending", number), fmt::format("poll {} is Ready", number));
  }
  const bool is_ready = story::poll(countdown, task, "the countdown", 4).is_ready();
  expect(is_ready, "poll 4 is Ready: nothing is left to count", "poll 4 is Pending");
}

TEST_CASE("Countdown(0) is Ready at the first poll") {
  story::teach("A future with nothing left to do is Ready at once.", "lessons/01-future/README.md#a-future-by-hand");
  CountingWaker task;
  story::step("make Countdown(0)");
  mine::Countdown countdown(0);
  const bool is_ready = story::poll(countdown, task, "the countdown", 1).is_ready();
  expect(is_ready, "poll 1 is Ready", "poll 1 is Pending");
}

TEST_CASE("two countdowns count by themselves") {
  story::teach("Say Pending while there is more to do, Ready once when there is not.",
               "lessons/01-future/README.md#a-future-by-hand");
  CountingWaker task;
  {
    mine::Countdown alone(1);
    const bool is_pending = story::poll(alone, task, "a Countdown(1) alone", 1).is_pending();
    expect(is_pending, "poll 1 of Countdown(1) is Pending", "it is Ready");
    const bool is_ready = story::poll(alone, task, "a Countdown(1) alone", 2).is_ready();
    expect(is_ready, "poll 2 of Countdown(1) is Ready", "it is Pending");
  }
  story::teach("A future keeps its own state: that is all that it is.", "lessons/01-future/README.md#a-future-by-hand");
  story::step("make Countdown(1) and Countdown(2)");
  mine::Countdown one(1);
  mine::Countdown two(2);
  story::poll(two, task, "Countdown(2)", 1);
  story::poll(one, task, "Countdown(1)", 1);
  const bool one_is_ready = story::poll(one, task, "Countdown(1)", 2).is_ready();
  expect(one_is_ready, "Countdown(1) is Ready at its own second poll", "it is Pending");
  const bool two_is_pending = story::poll(two, task, "Countdown(2)", 2).is_pending();
  expect(two_is_pending, "Countdown(2) is Pending at its own second poll", "it is Ready");
}

TEST_CASE("Map passes Pending on and leaves its function alone") {
  story::teach("A combinator answers Pending while its inner future does.",
               "lessons/01-future/README.md#futures-made-of-futures");
  CountingWaker task;
  int calls = 0;
  mine::Map mapped(Scripted<int>("inner", 2, 20), [&calls](int value) {
    ++calls;
    return value + 1;
  });
  for (int number = 1; number <= 2; ++number) {
    const bool is_pending = story::poll(mapped, task, "the map", number).is_pending();
    expect(is_pending, fmt::format("poll {} of the map is Pending, as inner is", number), "it is Ready");
    expect_equal(calls, 0, "calls of the function so far");
  }
}

TEST_CASE("Map polls its inner future once a poll") {
  story::teach("One poll outside is one poll inside: no loop, nothing left out.",
               "lessons/01-future/README.md#futures-made-of-futures");
  CountingWaker task;
  auto record = std::make_shared<story::Record>();
  mine::Map mapped(Scripted<int>("inner", 2, 20, record), [](int value) { return value; });
  expect_equal(record->polls, 0, "polls of inner before the map is polled");
  story::poll(mapped, task, "the map", 1);
  expect_equal(record->polls, 1, "polls of inner after one poll of the map");
  story::poll(mapped, task, "the map", 2);
  expect_equal(record->polls, 2, "polls of inner after two polls of the map");
}

TEST_CASE("Map is Ready with what its function makes of the value") {
  story::teach("A combinator answers Pending while its inner future does: it never loops until there is a value.",
               "lessons/01-future/README.md#futures-made-of-futures");
  CountingWaker task;
  int calls = 0;
  mine::Map mapped(Scripted<int>("inner", 1, 20), [&calls](int value) {
    ++calls;
    return fmt::format("{} degrees", value);
  });
  const bool is_pending = story::poll(mapped, task, "the map", 1).is_pending();
  expect(is_pending, "poll 1 of the map is Pending, as inner is", "it is Ready");
  story::teach("Ready(value) inside is Ready(function(value)) outside, with one call of the function.",
               "lessons/01-future/README.md#futures-made-of-futures");
  auto answer = story::poll(mapped, task, "the map", 2);
  expect(answer.is_ready(), "poll 2 of the map is Ready, as inner is", "it is Pending");
  expect_equal(answer.value(), std::string("20 degrees"), "the value of the map");
  expect_equal(calls, 1, "calls of the function");
}

TEST_CASE("Map hands its own context to the inner future") {
  story::teach("Pass the context on: it is how the inner future reaches whoever polls.",
               "lessons/01-future/README.md#futures-made-of-futures");
  CountingWaker task;
  auto record = std::make_shared<story::Record>();
  mine::Map mapped(Scripted<int>("inner", 1, 20, record), [](int value) { return value; });
  story::poll(mapped, task, "the map", 1);
  expect_equal(record->polls, 1, "polls of inner after one poll of the map");
  const bool same = record->waker && record->waker->will_wake(task.waker());
  expect(same, "inner is polled with the context that the map was polled with", "it was given another context");
}

TEST_CASE("Map moves a value that cannot be copied") {
  story::teach("A value is handed on by moving it: take() moves it out of the poll.",
               "lessons/01-future/README.md#futures-made-of-futures");
  CountingWaker task;
  mine::Map mapped(Scripted<std::unique_ptr<int>>("inner", 0, std::make_unique<int>(7)),
                   [](std::unique_ptr<int> value) { return value; });
  auto answer = story::poll(mapped, task, "the map", 1);
  expect(answer.is_ready(), "poll 1 of the map is Ready", "it is Pending");
  const std::unique_ptr<int> value = answer.take();
  expect(value != nullptr && *value == 7, "the very value of inner", "an empty or another one");
}

}  // namespace
