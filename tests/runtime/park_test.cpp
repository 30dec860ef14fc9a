// The promises of kettle/park.hpp: a call that comes before the sleep is kept, and no call is lost.
#include <kettle/park.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <random>
#include <thread>

#include "rounds.hpp"

namespace {

using namespace std::chrono_literals;
using kettle::Clock;
using kettle::Instant;
using kettle::Parker;

TEST_CASE("a call before the sleep is kept: park returns at once") {
  Parker parker;
  parker.unpark();
  parker.park();
  parker.unpark();
  parker.unpark();
  parker.park();
}

TEST_CASE("a deadline that has passed returns at once") {
  Parker parker;
  parker.park(Clock::now() - 1s);
  parker.park(Clock::now());
  parker.park(Instant());
  parker.park(Instant::min());
}

TEST_CASE("a park that ended at its deadline leaves the parker as good as new") {
  Parker parker;
  parker.park(Instant());
  parker.unpark();
  parker.park();
}

TEST_CASE("a call is used up by a park with a deadline, too") {
  Parker parker;
  parker.unpark();
  parker.park(Instant());
  const Instant begun = Clock::now();
  parker.park(begun + 1ms);  // Nothing is kept: this one ends at its deadline, or for no reason.
  parker.unpark();
  parker.park();
}

TEST_CASE("two threads pass a ball to and fro: no call is lost") {
  constexpr int passes = 1000;
  Parker beds[2];
  std::atomic<int> holder{0};
  int ball = 0;
  const auto play = [&](int self) {
    for (int pass = 0; pass < passes; ++pass) {
      while (holder.load() != self) beds[self].park();
      ++ball;
      holder.store(1 - self);
      beds[1 - self].unpark();
    }
  };
  std::thread other(play, 1);
  play(0);
  other.join();
  CHECK_EQ(ball, 2 * passes);
}

TEST_CASE("many callers at once: no call is lost") {
  constexpr int callers = 2;
  Parker parker;
  std::atomic<int> called{0};
  rounds::run(
      callers + 1, 1000, [&](int) { called = 0; },
      [&](int thread, int) {
        if (thread == 0) {
          while (called.load() != callers) parker.park();
        } else {
          ++called;
          parker.unpark();
        }
      },
      [](int) {});
}

TEST_CASE("a call and a deadline at the same time: neither is waited for twice") {
  Parker parker;
  std::atomic<bool> called{false};
  std::mt19937 random(2);
  rounds::run(
      2, 300, [&](int) { called = false; },
      [&](int thread, int) {
        if (thread == 0) {
          while (!called.load()) parker.park(Clock::now() + std::chrono::microseconds(random() % 50));
        } else {
          called = true;
          parker.unpark();
        }
      },
      [](int) {});
}

TEST_CASE("each thread has its own park stack, empty at first") {
  struct Layer final : kettle::ParkLayer {
    bool park(Parker&, Instant) override { return false; }
    bool has_work_ahead() const noexcept override { return false; }
  };
  Layer layer;
  CHECK_EQ(kettle::park_stack(), nullptr);
  kettle::park_stack() = &layer;
  std::thread([] { CHECK_EQ(kettle::park_stack(), nullptr); }).join();
  CHECK_EQ(kettle::park_stack(), &layer);
  kettle::park_stack() = nullptr;
}

}  // namespace
