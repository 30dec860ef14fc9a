// Grades 05-spawn/dinner: the milestone. Whether the learner's own pieces, put together, are a runtime.
#include "dinner.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "futures.hpp"

namespace {

using kettle::Clock;
using kettle::Instant;
using mine::Kitchen;
using mine::KitchenParker;
using story::expect;
using story::expect_equal;
using namespace std::chrono_literals;

constexpr auto queue_section = "lessons/05-spawn/README.md#the-ready-queue";

long minute() { return Clock::now().time_since_epoch() / 1min; }

/// Virtual time, a kitchen, and what was reported in it.
class Evening {
 public:
  Evening() { KitchenParker::kitchen = &kitchen; }
  Evening(const Evening&) = delete;
  Evening& operator=(const Evening&) = delete;

  mine::Report report() {
    return [this](const std::string& line) {
      lines.push_back(fmt::format("{} min {}", minute(), line));
      story::note(fmt::format("{} min  {}", minute(), line));
    };
  }

  /// Runs a future to its end, and says when that is.
  template <class F>
  long run(F future) {
    KitchenParker::kitchen = nullptr;  // run() says whose kitchen it is.
    try {
      mine::run(kitchen, future);
    } catch (const kettle::Stuck& stuck) {
      story::step("{} min  park() throws kettle::Stuck", minute());
      story::fail("the dinner comes to its end", fmt::format("it is stuck at minute {}: {}", minute(), stuck.what()));
    }
    return minute();
  }

  /// What somebody has reported: the lines that contain the word.
  std::string said_by(const std::string& word) const {
    std::string all;
    for (const std::string& line : lines) {
      if (line.find(word) != std::string::npos) all += (all.empty() ? "" : "; ") + line;
    }
    return all.empty() ? "nothing" : all;
  }

  kettle::VirtualTime time;
  Kitchen kitchen;
  std::vector<std::string> lines;
};

mine::Task<> sleeper(Evening& evening, std::string name, kettle::Duration length) {
  evening.lines.push_back(fmt::format("{} min {} begins", minute(), name));
  story::step("{} min  {} begins, and sleeps", minute(), name);
  co_await mine::pause(evening.kitchen, length);
  evening.lines.push_back(fmt::format("{} min {} is awake", minute(), name));
  story::step("{} min  {} is awake", minute(), name);
}

mine::Task<> dish(Evening& evening, mine::Table& table, kettle::Duration length) {
  co_await mine::pause(evening.kitchen, length);
  story::step("{} min  a dish is served", minute());
  table.serve();
}

mine::Task<> wait_for(mine::Table& table) { co_await table; }

mine::Task<> many_turns(Evening& evening, int turns) {
  mine::Busy busy{mine::Countdown(turns)};
  co_await busy;
  evening.lines.push_back(fmt::format("{} min the busy one is done", minute()));
  story::step("{} min  the busy one is done, after {} turns", minute(), turns);
}

void park(KitchenParker& parker) {
  story::step("{} min  park()", minute());
  try {
    parker.park();
  } catch (const kettle::Stuck& stuck) {
    story::fail("park() finds something to do, and returns", fmt::format("it throws kettle::Stuck: {}", stuck.what()));
  }
}

TEST_CASE("a call that came before park is kept: park returns at once") {
  story::teach("A parker keeps an early call: else block_on sleeps although it has been woken.",
               "lessons/02-waker/README.md#a-bed-with-a-bell");
  Evening evening;
  evening.kitchen.executor.spawn(sleeper(evening, "A", 5min));
  KitchenParker parker;
  evening.kitchen.executor.run_ready();
  story::note("unpark()");
  parker.unpark();
  park(parker);
  expect_equal(minute(), 0, "the time after park()");
  expect_equal(evening.kitchen.executor.size(), 1U, "tasks that still sleep");
  evening.kitchen.executor.spawn(sleeper(evening, "B", 5min));
  story::note("unpark(), and B is ready");
  parker.unpark();
  park(parker);
  expect_equal(evening.said_by("B begins"), "nothing", "said by B after a park() that returned at once");
}

TEST_CASE("park gives each ready task one turn, then comes back, and the clock stands still") {
  story::teach("Ready tasks first. Then back to block_on: its own future may have been woken by one of them.",
               queue_section);
  Evening evening;
  evening.kitchen.executor.spawn(sleeper(evening, "A", 5min));
  evening.kitchen.executor.spawn(many_turns(evening, 3));
  evening.kitchen.executor.spawn(sleeper(evening, "B", 9min));
  KitchenParker parker;
  park(parker);
  expect_equal(evening.said_by("begins"), "0 min A begins; 0 min B begins", "after the first park()");
  expect_equal(evening.said_by("busy"), "nothing", "said by the busy one after one turn of four");
  for (int turn = 2; turn <= 4; ++turn) park(parker);
  expect_equal(evening.said_by("busy"), "0 min the busy one is done", "said by the busy one after four turns");
  expect_equal(minute(), 0, "the time after them");

  story::step("C is ready, and the time of A has come");
  evening.kitchen.executor.spawn(sleeper(evening, "C", 9min));
  kettle::Clock::advance_to(kettle::Instant(5min));
  park(parker);
  expect_equal(evening.said_by("C begins"), "5 min C begins", "said by C after one park()");
}

TEST_CASE("when nobody is ready, the clock goes to the next deadline, and no further") {
  story::teach("Sleep until next_deadline(), fire, run: nobody is woken early, and nobody late.", queue_section);
  Evening evening;
  for (const auto& [name, length] : {std::pair("A", 9), std::pair("B", 5), std::pair("C", 5)}) {
    evening.kitchen.executor.spawn(sleeper(evening, name, std::chrono::minutes(length)));
  }
  evening.run(sleeper(evening, "the main one", 60min));
  expect_equal(evening.said_by("is awake"),
               "5 min B is awake; 5 min C is awake; 9 min A is awake; 60 min the main one is awake",
               "who woke up when");
}

TEST_CASE("the main task goes on as soon as it is woken, though others still sleep") {
  story::teach("park() does one thing and returns: block_on looks whether its own future was woken.", queue_section);
  Evening evening;
  mine::Table table(1);
  evening.kitchen.executor.spawn(dish(evening, table, 4min));
  evening.kitchen.executor.spawn(sleeper(evening, "the late one", 90min));
  expect_equal(evening.run(wait_for(table)), 4, "the minute in which the main task is done");
  expect_equal(evening.kitchen.executor.size(), 1U, "tasks that still sleep then");
}

TEST_CASE("when nobody can ever be woken, park throws kettle::Stuck") {
  story::teach("No ready task and no timer: waiting on would be waiting for ever. Say so.", queue_section);
  Evening evening;
  mine::Table table(2);
  evening.kitchen.executor.spawn(dish(evening, table, 4min));
  auto future = wait_for(table);
  bool is_stuck = false;
  try {
    mine::run(evening.kitchen, future);
  } catch (const kettle::Stuck&) {
    is_stuck = true;
  }
  expect(is_stuck, "kettle::Stuck: the second dish never comes", "the table was served, with one dish of two");
  expect_equal(minute(), 4, "the minute in which it is found out");
}

TEST_CASE("the tea and the toast take their time") {
  story::teach("A task tells its steps in order, and waits with co_await pause(...) between them.",
               "lessons/05-spawn/README.md#spawn");
  Evening evening;
  mine::Table table(3);
  evening.run(mine::tea(evening.kitchen, table, evening.report()));
  expect_equal(evening.said_by("tea"), "0 min tea: the water is on; 4 min tea: the leaves are in; 7 min tea: served",
               "the tea");
  evening.run(mine::serve_toast(evening.kitchen, table, evening.report()));
  expect_equal(evening.said_by("toast"),
               "7 min toast: slice 1 goes in; 10 min toast: slice 2 goes in; 13 min toast: 2 slices served",
               "the toast, begun at 7 min");
}

/// Ready after a number of turns, which it counts.
class Ticks {
 public:
  using Output = void;
  Ticks(int& ticks, int wanted) : ticks_(ticks), wanted_(wanted) {}
  kettle::Poll<> poll(kettle::Context& context) {
    if (++ticks_ > wanted_) return kettle::Ready();
    context.waker().wake();
    return kettle::pending;
  }

 private:
  int& ticks_;
  int wanted_;
};

TEST_CASE("the eggs are beaten with 20 strokes, and the other tasks go on meanwhile") {
  story::teach("A Countdown wakes nobody. Busy wakes its task after each Pending, so that it comes back for a turn.",
               "lessons/02-waker/README.md#a-number-to-call");
  Evening evening;
  mine::Table table(1);
  int ticks = 0;
  int ticks_when_beaten = 0;
  const mine::Report report = evening.report();
  evening.kitchen.executor.spawn(Ticks(ticks, 100));
  evening.kitchen.executor.spawn(mine::eggs(evening.kitchen, table, [&](const std::string& line) {
    if (line == "eggs: beaten") ticks_when_beaten = ticks;
    report(line);
  }));
  evening.run(wait_for(table));
  expect_equal(evening.said_by("eggs"), "0 min eggs: beaten; 5 min eggs: served", "the eggs");
  expect_equal(ticks_when_beaten, 21, "the turn of another task in which the eggs are beaten, after 20 strokes");
}

TEST_CASE("toast is Ready with the number of slices") {
  story::teach("What a task co_returns is the value of its future.", "lessons/03-task/README.md");
  Evening evening;
  auto three = mine::toast(evening.kitchen, 3, evening.report());
  int slices = 0;
  try {
    slices = mine::run(evening.kitchen, three);
  } catch (const kettle::Stuck&) {
    story::fail("toast comes to its end", "it is stuck");
  }
  expect_equal(slices, 3, "the value of toast(kitchen, 3, report)");
  expect_equal(minute(), 9, "the minute in which it is Ready");
}

TEST_CASE("the three dishes are made at the same time, and dinner is ready with the last") {
  story::teach("spawn the three, then wait for the table. Each dish calls table.serve() at its end.", queue_section);
  Evening evening;
  const long over = evening.run(mine::dinner(evening.kitchen, evening.report()));
  expect_equal(evening.said_by("water"), "0 min tea: the water is on", "the tea's beginning");
  expect_equal(evening.said_by("slice 1"), "0 min toast: slice 1 goes in", "the toast's beginning");
  expect_equal(evening.said_by("beaten"), "0 min eggs: beaten", "the eggs' beginning");
  expect_equal(evening.said_by("served"), "5 min eggs: served; 6 min toast: 2 slices served; 7 min tea: served",
               "the order of serving");
  expect_equal(evening.said_by("dinner"), "0 min dinner: three dishes are begun; 7 min dinner: all is on the table",
               "the dinner");
  expect_equal(over, 7, "the minute in which dinner is over");
  expect_equal(evening.lines.size(), 10U, "lines in all");
  expect_equal(evening.kitchen.executor.size(), 0U, "tasks that are left");
}

}  // namespace
