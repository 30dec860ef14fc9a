// Grades 07-select/race: two futures, the first that is Ready wins, the other is cancelled.
#include "race.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>

#include "futures.hpp"

namespace {

using story::CountingWaker;
using story::expect;
using story::expect_equal;
using story::Record;
using story::Scripted;

static_assert(kettle::Future<mine::Race<Scripted<int>, Scripted<int>>>,
              "mine::Race is a Future: it has Output and poll(Context&), which returns Poll<Output>");

constexpr const char* select_section = "lessons/07-select/README.md#the-first-that-is-ready";
constexpr const char* losers = "lessons/07-select/README.md#the-losers";
constexpr const char* first_asked = "lessons/07-select/README.md#who-is-asked-first";

// Pending `pendings` times, then Ready, and makes no step of it.
class Wait {
 public:
  using Output = void;
  explicit Wait(int pendings) : pendings_(pendings) {}
  kettle::Poll<> poll(kettle::Context&) {
    if (pendings_-- > 0) return kettle::pending;
    return kettle::Ready();
  }

 private:
  int pendings_;
};
class Runner {
 public:
  using Output = int;
  Runner(int pendings, int value) : wait_(pendings), value_(value) {}
  kettle::Poll<int> poll(kettle::Context& context) {
    if (wait_.poll(context).is_pending()) return kettle::pending;
    return kettle::Ready(value_);
  }

 private:
  Wait wait_;
  int value_;
};

// One race between "a" and "b", which are Pending so many times and then Ready with 1 and 2.
class Heat {
 public:
  Heat(int a_pendings, int b_pendings)
      : race(mine::race(Scripted<int>("a", a_pendings, 1, a), Scripted<int>("b", b_pendings, 2, b))) {}

  kettle::Poll<int> poll() { return story::poll(race, task, "the race", ++polls); }

  CountingWaker task;
  std::shared_ptr<Record> a = std::make_shared<Record>();
  std::shared_ptr<Record> b = std::make_shared<Record>();
  mine::Race<Scripted<int>, Scripted<int>> race;
  int polls = 0;
};

TEST_CASE("while neither is Ready, each poll asks both") {
  story::teach("Who waits for two things asks both before it says Pending: each has to know whom to wake.",
               select_section);
  Heat heat(9, 9);
  expect_equal(heat.a->polls + heat.b->polls, 0, "polls of a and b before the race is polled");
  for (int number = 1; number <= 3; ++number) {
    expect(heat.poll().is_pending(), fmt::format("poll {} of the race is Pending, as a and b are", number),
           "it is Ready");
    expect_equal(heat.a->polls, number, fmt::format("polls of a after poll {} of the race", number));
    expect_equal(heat.b->polls, number, fmt::format("polls of b after poll {} of the race", number));
  }
  const auto has_the_context = [&heat](const Record& record) {
    return record.waker.has_value() && record.waker->will_wake(heat.task.waker());
  };
  expect(has_the_context(*heat.a) && has_the_context(*heat.b), "a and b are polled with the context of the race",
         "one of them was given another");
}

TEST_CASE("the race is Ready in the poll in which one of the two is") {
  story::teach("The first that is Ready decides, whichever place it stands at.", select_section);
  for (const bool a_wins : {true, false}) {
    story::note(a_wins ? "-- a is Ready at poll 2, b much later" : "-- b is Ready at poll 2, a much later");
    Heat heat(a_wins ? 1 : 9, a_wins ? 9 : 1);
    expect(heat.poll().is_pending(), "poll 1 of the race is Pending", "it is Ready");
    auto answer = heat.poll();
    expect(answer.is_ready(), fmt::format("poll 2 of the race is Ready, as {} is", a_wins ? "a" : "b"),
           "it is Pending");
    expect_equal(answer.value(), a_wins ? 1 : 2, "the value of the race");
  }
}

TEST_CASE("as soon as one has won, the other is left alone") {
  story::teach("Do not ask for what you cannot take: a Ready is said once, and dropping it loses the value.", losers);
  for (int number = 1; number <= 4; ++number) {
    story::step("-- race {}: a and b are both Ready at once", number);
    Heat heat(0, 0);
    auto answer = heat.poll();
    expect(answer.is_ready(), "poll 1 of the race is Ready", "it is Pending");
    const bool a_wins = answer.value() == 1;
    expect_equal(a_wins ? heat.b->polls : heat.a->polls, 0,
                 fmt::format("polls of {}, when {} has won", a_wins ? "b" : "a", a_wins ? "a" : "b"));
  }
}

TEST_CASE("both futures are destroyed before the value is handed out") {
  story::teach("To cancel is to destroy, and it is done before the result: what the loser held is free by then.",
               losers);
  for (const bool a_wins : {true, false}) {
    story::note(a_wins ? "-- a is Ready at poll 2, b much later" : "-- b is Ready at poll 2, a much later");
    Heat heat(a_wins ? 1 : 9, a_wins ? 9 : 1);
    (void)heat.poll();
    expect_equal(heat.a->destroyed + heat.b->destroyed, 0, "futures destroyed while the race is Pending");
    const auto answer = heat.poll();
    expect(answer.is_ready(), "poll 2 of the race is Ready", "it is Pending");
    for (const auto& [name, record] : {std::pair("a", heat.a), std::pair("b", heat.b)}) {
      expect(record->destroyed == 1, fmt::format("{} is destroyed when poll 2 of the race returns", name),
             fmt::format("{} is still there, beside the value", name));
    }
  }
}

// Lets two that are Ready at poll `pendings` + 1 race a hundred times. Each has to win some.
void expect_fair(int pendings) {
  constexpr int races = 100;
  constexpr int least = 20;
  int wins_of_a = 0;
  for (int number = 1; number <= races; ++number) {
    auto race = mine::race(Runner(pendings, 1), Runner(pendings, 2));
    kettle::Context context;
    for (int polls = 1; polls <= pendings; ++polls) {
      expect(race.poll(context).is_pending(), fmt::format("poll {} of race {} is Pending", polls, number),
             "it is Ready");
    }
    auto answer = race.poll(context);
    expect(answer.is_ready(), fmt::format("race {} is Ready at poll {}", number, pendings + 1), "it is Pending");
    if (answer.value() == 1) ++wins_of_a;
  }
  story::step("{} races between a and b, both Ready at poll {}", races, pendings + 1);
  const bool is_fair = wins_of_a >= least && races - wins_of_a >= least;
  expect(is_fair, fmt::format("of {} races, each wins {} at the least", races, least),
         fmt::format("a has won {}, b has won {}", wins_of_a, races - wins_of_a));
}

TEST_CASE("of a hundred races between two that are Ready at once, each wins some") {
  story::teach("Whoever is always asked first always wins, and the other one starves.", first_asked);
  expect_fair(0);
}

TEST_CASE("of a hundred races that take two polls, each wins some") {
  story::teach("Who goes first changes from race to race. How many polls a race takes must not matter.", first_asked);
  expect_fair(1);
}

TEST_CASE("a race that is over says so when it is polled again") {
  story::teach("After Ready, a future is finished. One that is polled again says so with misuse.",
               "lessons/01-future/README.md#after-ready");
  Heat heat(0, 9);
  bool is_ready = heat.poll().is_ready();
  if (!is_ready) is_ready = heat.poll().is_ready();
  expect(is_ready, "the race is Ready, as a is", "it is Pending");
  story::step("the race is polled again");
  bool was_misuse = false;
  try {
    (void)heat.poll();
  } catch (const kettle::Misuse&) {
    was_misuse = true;
  }
  expect(was_misuse, "the race says kettle::misuse", "it answers as if nothing had happened");
}

TEST_CASE("values may be void, and may be movable only") {
  story::teach("An answer is passed on by moving it, and void needs no special case.", select_section);
  CountingWaker task;
  auto movable = mine::race(Scripted<std::unique_ptr<int>>("a", 9, nullptr),
                            Scripted<std::unique_ptr<int>>("b", 0, std::make_unique<int>(7)));
  auto answer = story::poll(movable, task, "the race of pointers");
  expect(answer.is_ready(), "the race of pointers is Ready, as b is", "it is Pending");
  const std::unique_ptr<int> value = answer.take();
  expect(value != nullptr && *value == 7, "the very value of b", "an empty or another one");
  auto nothing = mine::race(Wait(9), Wait(0));
  const bool is_ready = story::poll(nothing, task, "the race without values").is_ready();
  expect(is_ready, "the race without values is Ready, as b is", "it is Pending");
}

}  // namespace
