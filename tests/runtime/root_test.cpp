// The promises of kettle/root.hpp: turns with other tasks, and a report instead of a sleep without end.
#include <kettle/block_on.hpp>
#include <kettle/root.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "park_script.hpp"

namespace {

using kettle::block_on;
using kettle::Root;
using kettle::Waker;
using script::immediate;
using script::Pendings;
using script::Script;
using script::Shared;

constexpr int forever = 1000;

template <class F>
std::string stuck_text(F& future) {
  try {
    block_on(future);
  } catch (const kettle::Stuck& stuck) {
    return stuck.what();
  }
  return "not stuck";
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("Stuck: pending, and nobody holds the waker") {
  Script script;
  Shared shared;
  Pendings future(shared, forever);
  future.during_poll = [&] { shared.waker.reset(); };
  CHECK_THROWS_AS(block_on(future), kettle::Stuck);
  CHECK_EQ(shared.polls, 2);  // Once more, to hear what it waits for.
  CHECK_EQ(script.parks, 0);
  CHECK_EQ(block_on(immediate<int>([] { return 7; })), 7);
}

TEST_CASE("Stuck names the rule and the lesson") {
  Shared shared;
  Pendings future(shared, forever);
  future.during_poll = [&] { shared.waker.reset(); };
  std::string text;
  try {
    block_on(future);
  } catch (const kettle::Stuck& stuck) {
    text = stuck.what();
  }
  for (const auto* part : {"nobody holds its waker", "\n  rule: ", "\n  read: lessons/02-waker"}) {
    CHECK_NE(text.find(part), std::string::npos);
  }
}

TEST_CASE("Stuck: the last waker is dropped while a layer sleeps") {
  Shared shared;
  Script script({[&] { shared.waker.reset(); }});
  Pendings future(shared, forever);
  future.during_poll = [&] {
    if (shared.polls > 1) shared.waker.reset();
  };
  CHECK_THROWS_AS(block_on(future), kettle::Stuck);
  CHECK_EQ(shared.polls, 2);
}

TEST_CASE("not Stuck: the waker was called before it was dropped") {
  Shared shared;
  Pendings future(shared, 1);
  SUBCASE("during the poll") {
    Script script;
    future.during_poll = [&] {
      shared.wake();
      shared.waker.reset();
    };
    CHECK_EQ(block_on(future), 2);
  }
  SUBCASE("during the sleep") {
    Script script({[&] {
      shared.wake();
      shared.waker.reset();
    }});
    CHECK_EQ(block_on(future), 2);
  }
}

TEST_CASE("not Stuck as long as a layer of the park stack has work ahead") {
  Shared shared;
  Script script({[] {}, [] {}});
  Pendings future(shared, forever);
  future.during_poll = [&] { shared.waker.reset(); };
  CHECK_THROWS_AS(block_on(future), kettle::Stuck);
  CHECK_EQ(script.parks, 2);
  CHECK_EQ(shared.polls, 2);
}

TEST_CASE("Stuck: the waker is kept, but no other thread is there that could call it") {
  Shared shared;
  Pendings future(shared, forever);
  const std::string text = stuck_text(future);
  CHECK(contains(text, "no other thread is there"));
  CHECK(contains(text, "\n  rule: "));
  CHECK_EQ(shared.polls, 2);
  CHECK_EQ(block_on(immediate<int>([] { return 7; })), 7);
}

TEST_CASE("not Stuck as long as another thread may call") {
  Shared shared;
  Pendings future(shared, 1);
  std::thread other;
  future.during_poll = [&] {
    other = std::thread([waker = *shared.waker] {
      std::this_thread::sleep_for(std::chrono::milliseconds(250));  // Longer than block_on has patience.
      waker.wake();
    });
  };
  CHECK_EQ(block_on(future), 2);
  other.join();
}

TEST_CASE("Stuck says what the future waits for, when it has noted that") {
  Shared shared;
  Pendings future(shared, forever);
  future.during_poll = [&] {
    if (kettle::trace::noting()) kettle::trace::waiting().on = {"teapot", 3};
    shared.waker.reset();
  };
  CHECK(contains(stuck_text(future), "task 1 (main) waits for teapot 3"));
  CHECK_FALSE(kettle::trace::noting());
  CHECK_EQ(kettle::trace::waiting().on.kind, "");
}

// Ready from its second poll on, and never woken: it has lost its wake-up.
class LostWakeup {
 public:
  using Output = void;
  kettle::Poll<> poll(kettle::Context&) {
    if (polls_++ == 0) return kettle::pending;
    return kettle::Ready();
  }

 private:
  int polls_ = 0;
};

TEST_CASE("Stuck: a future that could go on, but was not woken, does not pass as slow") {
  LostWakeup future;
  const std::string text = stuck_text(future);
  CHECK(contains(text, "A wake-up was lost"));
  CHECK(contains(text, "read: lessons/02-waker"));
}

TEST_CASE("a block_on that is stuck leaves that of another thread alone") {
  std::atomic<bool> stop{false};
  std::thread other([&] {
    while (!stop.load()) block_on(immediate<int>([] { return 7; }));
  });
  for (int round = 0; round < 1000; ++round) {
    Shared shared;
    Pendings future(shared, forever);
    future.during_poll = [&] { shared.waker.reset(); };
    CHECK_THROWS_AS(block_on(future), kettle::Stuck);
  }
  stop = true;
  other.join();
}

TEST_CASE("the current root is that of the block_on that runs") {
  CHECK_EQ(Root::current(), nullptr);
  block_on(immediate<void>([] {
    CHECK_NE(Root::current(), nullptr);
    std::thread([] { CHECK_EQ(Root::current(), nullptr); }).join();
  }));
  CHECK_EQ(Root::current(), nullptr);
  CHECK_THROWS(block_on(immediate<void>([] { throw std::runtime_error("no gas"); })));
  CHECK_EQ(Root::current(), nullptr);
}

TEST_CASE("a late wake-up still finds the parker") {
  std::weak_ptr<kettle::Parker> parker;
  Shared shared;
  {
    Script script({[&] { shared.wake(); }});
    Pendings future(shared, 1);
    future.during_poll = [&] { parker = Root::current()->parker(); };
    block_on(future);
  }
  CHECK_FALSE(parker.expired());
  shared.wake();
  shared.waker.reset();
  CHECK(parker.expired());
}

// Other tasks that only tell what they are asked: a line each.
class Others final : public kettle::OtherTasks {
 public:
  explicit Others(std::vector<std::string>& log) : log_(log) {}
  ~Others() override { log_.push_back("cancelled"); }
  bool run_ready() override {
    log_.push_back(turns > 0 ? "run" : "nothing to run");
    return turns-- > 0;
  }
  bool announce_sleep() noexcept override {
    log_.push_back("sleep");
    return !refuses_sleep;
  }
  void end_sleep() noexcept override { log_.push_back("awake"); }
  std::string explain_waiting() override { return "\n  task 2 (tea) waits for water"; }

  int turns = 0;
  bool refuses_sleep = false;

 private:
  std::vector<std::string>& log_;
};

TEST_CASE("other tasks have their turns before each sleep, and are cancelled at the end") {
  std::vector<std::string> log;
  Shared shared;
  Script script({[&] { log.push_back("park"); }, [&] { shared.wake(); }});
  Pendings future(shared, 1);
  future.during_poll = [&] {
    auto others = std::make_unique<Others>(log);
    others->turns = 1;
    Root::current()->others = std::move(others);
  };
  CHECK_EQ(block_on(future), 2);
  CHECK_EQ(log, std::vector<std::string>{"run", "nothing to run", "sleep", "park", "awake", "nothing to run", "sleep",
                                         "awake", "cancelled"});
}

TEST_CASE("the main future has its turn among busy tasks") {
  std::vector<std::string> log;
  Shared shared;
  Pendings future(shared, 3);
  future.during_poll = [&] {
    if (shared.polls == 1) {
      auto others = std::make_unique<Others>(log);
      others->turns = forever;
      Root::current()->others = std::move(others);
    }
    shared.wake();
  };
  CHECK_EQ(block_on(future), 4);
  CHECK_EQ(log, std::vector<std::string>{"run", "run", "run", "cancelled"});
}

TEST_CASE("the layers have their turn among busy tasks") {
  std::vector<std::string> log;
  Shared shared;
  Script script({[&] { shared.wake(); }});
  Pendings future(shared, 1);
  future.during_poll = [&] {
    auto others = std::make_unique<Others>(log);
    others->turns = forever;
    Root::current()->others = std::move(others);
  };
  CHECK_EQ(block_on(future), 2);
  CHECK_EQ(script.parks, 1);
}

TEST_CASE("a report names the other tasks, too") {
  std::vector<std::string> log;
  Shared shared;
  Pendings future(shared, forever);
  future.during_poll = [&] {
    if (Root::current()->others == nullptr) Root::current()->others = std::make_unique<Others>(log);
  };
  const std::string text = stuck_text(future);
  CHECK(contains(text, "no task is ready"));
  CHECK(contains(text, "task 1 (main) waits for something that it did not name"));
  CHECK(contains(text, "\n  task 2 (tea) waits for water"));
}

// Keeps the facts of a run as lines: "wake by thread".
class Facts final : public kettle::trace::Sink {
 public:
  Facts() { kettle::trace::sink = this; }
  ~Facts() { kettle::trace::sink = nullptr; }
  Facts(const Facts&) = delete;
  Facts& operator=(const Facts&) = delete;
  void record(std::string_view fact, std::initializer_list<kettle::trace::Arg> args) override {
    std::string line(fact);
    for (const auto& arg : args) {
      if (arg.key == "by" || arg.key == "how") line.append(" ").append(arg.key).append(" ").append(arg.text);
    }
    lines.push_back(line);
  }
  std::vector<std::string> lines;
};

TEST_CASE("the trace is told of polls, wake-ups and the end") {
  Shared shared;
  Script script({[&] { shared.wake(); }});
  Pendings future(shared, 1);
  const Facts facts;
  block_on(future);
  CHECK_EQ(facts.lines, std::vector<std::string>{"poll", "pending", "wake by thread", "poll", "done how ready"});
}

TEST_CASE("the trace is told that the future threw, and keeps no note of what it waited on") {
  const Facts facts;
  const auto throws = [] {
    kettle::trace::note_await(std::source_location::current());
    throw std::runtime_error("no gas");
  };
  CHECK_THROWS_AS(block_on(immediate<void>(throws)), std::runtime_error);
  CHECK_EQ(facts.lines, std::vector<std::string>{"poll", "done how threw"});
  CHECK_FALSE(kettle::trace::waiting().has_at);
}

}  // namespace
