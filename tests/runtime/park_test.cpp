// The promises of kettle/park.hpp: a call that comes before the sleep is kept, and no call is lost.
#include <kettle/park.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <random>
#include <string>
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

// --- another bed --------------------------------------------------------------------------------------------------

// Counts its rings, and can be slept in.
struct Bed final : kettle::OtherBed {
  void interrupt() noexcept override {
    ++rings;
    bell.unpark();
  }
  std::atomic<int> rings{0};
  Parker bell;
};

TEST_CASE("a call rings where the thread sleeps, once") {
  const auto bed = std::make_shared<Bed>();
  Parker parker;
  REQUIRE(parker.go_to(bed));
  CHECK_EQ(bed->rings, 0);
  parker.unpark();
  CHECK_EQ(bed->rings, 1);
  parker.unpark();
  CHECK_EQ(bed->rings, 1);
  parker.come_back();
  parker.unpark();
  CHECK_EQ(bed->rings, 1);
  parker.park();  // The call came after it had left the other bed.
}

TEST_CASE("a call before the sleep is kept: the thread does not go, and the call is used up") {
  const auto bed = std::make_shared<Bed>();
  Parker parker;
  parker.unpark();
  CHECK_FALSE(parker.go_to(bed));
  CHECK_EQ(bed->rings, 0);
  CHECK(parker.go_to(bed));
  parker.come_back();
}

TEST_CASE("coming back uses up the call, and the parker is as good as new") {
  const auto bed = std::make_shared<Bed>();
  Parker parker;
  for (int i = 0; i < 3; ++i) {
    REQUIRE(parker.go_to(bed));
    parker.unpark();
    parker.come_back();
    parker.park(Instant());
    parker.unpark();
    parker.park();
  }
  CHECK_EQ(bed->rings, 3);
}

TEST_CASE("the bed lives as long as the parker, for late callers") {
  auto bed = std::make_shared<Bed>();
  const std::weak_ptr<Bed> watched = bed;
  auto parker = std::make_unique<Parker>();
  REQUIRE(parker->go_to(bed));
  bed.reset();
  CHECK_FALSE(watched.expired());
  parker->unpark();
  parker->come_back();
  parker.reset();
  CHECK(watched.expired());
}

TEST_CASE("many callers, and a thread that sleeps here and there: no call is lost") {
  constexpr int callers = 2;
  const auto bed = std::make_shared<Bed>();
  Parker parker;
  std::atomic<int> called{0};
  rounds::run(
      callers + 1, 1000, [&](int) { called = 0; },
      [&](int thread, int round) {
        if (thread != 0) {
          ++called;
          parker.unpark();
          return;
        }
        for (int turn = round; called.load() != callers; ++turn) {
          if (turn % 2 == 0) {
            parker.park();
          } else {
            if (parker.go_to(bed)) bed->bell.park();
            parker.come_back();
          }
        }
      },
      [](int) {});
}

// --- the stack of layers ------------------------------------------------------------------------------------------

// Writes its name down when it is asked to park, and asks the one below.
class Named final : public kettle::ParkLayer {
 public:
  Named(std::string name, std::string& parked) : name_(std::move(name)), parked_(parked) {}
  bool park(Parker& parker, Instant deadline) override {
    parked_ += name_;
    return park_below(parker, deadline) || wakes;
  }
  bool has_work_ahead() const noexcept override { return has_work || is_work_below(); }
  using ParkLayer::put_at_bottom;
  using ParkLayer::put_on_top;
  using ParkLayer::take_out;
  bool has_work = false;
  bool wakes = false;

 private:
  std::string name_;
  std::string& parked_;
};

TEST_CASE("layers stand on one another, and the parker below all of them") {
  std::string parked;
  Named timers("t", parked);
  Named descriptors("d", parked);
  Named more("m", parked);
  Parker parker;
  const auto park = [&] {
    parked.clear();
    parker.unpark();  // The parker itself returns at once.
    const bool woke = kettle::park_stack()->park(parker, kettle::never);
    return parked + (woke ? " woke" : "");
  };
  timers.put_on_top();
  CHECK_EQ(park(), "t");
  descriptors.put_at_bottom();
  CHECK_EQ(park(), "td");
  more.put_on_top();
  CHECK_EQ(park(), "mtd");
  CHECK_FALSE(more.has_work_ahead());
  descriptors.has_work = true;
  CHECK(more.has_work_ahead());
  descriptors.wakes = true;
  CHECK_EQ(park(), "mtd woke");
  timers.take_out();
  CHECK_EQ(park(), "md woke");
  descriptors.take_out();
  CHECK_EQ(park(), "m");
  CHECK_FALSE(more.has_work_ahead());
  descriptors.take_out();  // It stands in no stack: nothing happens.
  more.take_out();
  CHECK_EQ(kettle::park_stack(), nullptr);
  descriptors.put_at_bottom();
  CHECK_EQ(kettle::park_stack(), &descriptors);
  descriptors.take_out();
}

}  // namespace
