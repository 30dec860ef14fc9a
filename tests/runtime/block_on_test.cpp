// The promises of kettle/block_on.hpp: polls counted, values and exceptions, and no wake-up lost.
#include <kettle/block_on.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "park_script.hpp"
#include "rounds.hpp"

namespace {

using kettle::block_on;
using kettle::Context;
using kettle::Poll;
using kettle::Ready;
using kettle::Waker;
using script::immediate;
using script::Pendings;
using script::Script;
using script::Shared;

TEST_CASE("a future that is ready is polled once, and nobody sleeps") {
  Script script;
  Shared shared;
  Pendings future(shared, 0);
  CHECK_EQ(block_on(future), 1);
  CHECK_EQ(script.parks, 0);
  CHECK_EQ(shared.destroyed, 0);
}

TEST_CASE("one poll at the start and one after each wake-up") {
  Shared shared;
  const auto wake = [&] { shared.wake(); };
  Script script({wake, wake, wake});
  Pendings future(shared, 3);
  CHECK_EQ(block_on(future), 4);
  CHECK_EQ(script.parks, 3);
}

TEST_CASE("a sleep that ends for no reason is followed by another one, not by a poll") {
  Shared shared;
  const auto nothing = [] {};
  Script script({nothing, nothing, [&] { shared.wake(); }});
  Pendings future(shared, 1);
  CHECK_EQ(block_on(future), 2);
  CHECK_EQ(script.parks, 3);
}

TEST_CASE("a wake-up during the poll is answered by another poll, without a sleep") {
  Shared shared;
  Script script;
  Pendings future(shared, 2);
  future.during_poll = [&] { shared.wake(); };
  CHECK_EQ(block_on(future), 3);
  CHECK_EQ(script.parks, 0);
}

TEST_CASE("many wake-ups before a poll are answered by one poll") {
  Shared shared;
  Script script({[&] {
    const Waker copy = *shared.waker;
    shared.wake();
    copy.wake();
    shared.wake();
  }});
  Pendings future(shared, 1);
  CHECK_EQ(block_on(future), 2);
}

TEST_CASE("every poll lends a waker of the same task") {
  Shared shared;
  std::optional<Waker> first;
  Script script({[&] {
                   first = shared.waker;
                   shared.wake();
                 },
                 [&] {
                   CHECK(first->will_wake(*shared.waker));
                   first->wake();
                 }});
  Pendings future(shared, 2);
  CHECK_EQ(block_on(future), 3);
}

TEST_CASE("values: void, references, and what only moves") {
  int calls = 0;
  static_assert(std::is_void_v<decltype(block_on(immediate<void>([] {})))>);
  block_on(immediate<void>([&] { ++calls; }));
  CHECK_EQ(calls, 1);

  int cup = 7;
  int& same = block_on(immediate<int&>([&]() -> int& { return cup; }));
  CHECK_EQ(&same, &cup);

  const std::unique_ptr<int> unique =
      block_on(immediate<std::unique_ptr<int>>([] { return std::make_unique<int>(7); }));
  CHECK_EQ(*unique, 7);
}

TEST_CASE("a future made on the spot lives until the value is out, and dies once") {
  Shared shared;
  Script script({[&] {
    CHECK_EQ(shared.destroyed, 0);
    shared.wake();
  }});
  CHECK_EQ(block_on(Pendings(shared, 1)), 2);
  CHECK_EQ(shared.destroyed, 1);
}

TEST_CASE("what the future throws passes through, and block_on works again") {
  Shared shared;
  SUBCASE("at the first poll") {
    CHECK_THROWS_WITH_AS(block_on(immediate<int>([]() -> int { throw std::runtime_error("no gas"); })), "no gas",
                         std::runtime_error);
  }
  SUBCASE("after a sleep") {
    Script script({[&] { shared.wake(); }});
    Pendings future(shared, 2);
    future.during_poll = [&] {
      if (shared.polls == 2) throw std::runtime_error("no gas");
    };
    CHECK_THROWS_WITH_AS(block_on(future), "no gas", std::runtime_error);
    shared.wake();  // A waker that is left over reaches nobody, and does no harm.
  }
  CHECK_EQ(block_on(immediate<int>([] { return 7; })), 7);
}

TEST_CASE("what a layer throws passes through, and block_on works again") {
  Shared shared;
  Script script({[] { throw std::runtime_error("out of timers"); }});
  Pendings future(shared, 1);
  CHECK_THROWS_WITH_AS(block_on(future), "out of timers", std::runtime_error);
  CHECK_EQ(block_on(immediate<int>([] { return 7; })), 7);
}

TEST_CASE("Misuse: block_on inside block_on, and the outer one goes on") {
  bool refused = false;
  const int value = block_on(immediate<int>([&] {
    try {
      block_on(immediate<int>([] { return 1; }));
    } catch (const kettle::Misuse& misuse) {
      refused = std::string(misuse.what()).find("inside a block_on") != std::string::npos;
    }
    CHECK_THROWS_AS(block_on(immediate<int>([] { return 2; })), kettle::Misuse);
    return 7;
  }));
  CHECK(refused);
  CHECK_EQ(value, 7);
  CHECK_EQ(block_on(immediate<int>([] { return 8; })), 8);
}

TEST_CASE("another thread's block_on is not inside this one") {
  const int value = block_on(immediate<int>([] {
    int inner = 0;
    std::thread([&] { inner = block_on(immediate<int>([] { return 7; })); }).join();
    return inner;
  }));
  CHECK_EQ(value, 7);
}

TEST_CASE("a waker may outlive its block_on") {
  Shared shared;
  Script script({[&] { shared.wake(); }});
  CHECK_EQ(block_on(Pendings(shared, 1)), 2);
  shared.wake();
  const Waker copy = *shared.waker;
  shared.waker.reset();
  std::thread([&] { copy.wake(); }).join();
  Shared next;
  Script next_script({[&] {
    copy.wake();
    CHECK_FALSE(copy.will_wake(*next.waker));
    next.wake();
  }});
  CHECK_EQ(block_on(Pendings(next, 1)), 2);
}

// Hands its waker to a thread that stands ready, once a poll, `rounds` times. Then Ready with the number of polls.
class Relay {
 public:
  using Output = int;
  Relay(std::atomic<const Waker*>& handed, int rounds) : handed_(handed), rounds_(rounds) {}
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  Poll<int> poll(Context& context) {
    ++polls_;
    if (rounds_-- == 0) return Ready(polls_);
    waker_.emplace(context.waker());
    handed_.store(&*waker_, std::memory_order_release);
    return kettle::pending;
  }

 private:
  std::atomic<const Waker*>& handed_;
  std::optional<Waker> waker_;
  int rounds_;
  int polls_ = 0;
};

TEST_CASE("a thousand wake-ups from another thread: none is lost, and each is answered by one poll") {
  constexpr int count = 1000;
  std::atomic<const Waker*> handed{nullptr};
  std::thread other([&] {
    std::mt19937 random(2);
    for (int round = 0; round < count; ++round) {
      const Waker* waker = nullptr;
      while ((waker = handed.load(std::memory_order_acquire)) == nullptr) std::this_thread::yield();
      for (auto spin = random() % 200; spin != 0; --spin) handed.load(std::memory_order_relaxed);
      const Waker copy = *waker;
      handed.store(nullptr, std::memory_order_release);
      copy.wake();
    }
  });
  Relay future(handed, count);
  CHECK_EQ(block_on(future), count + 1);
  other.join();
}

// Hands one waker to each of two threads, and is never ready.
class HandsOut {
 public:
  using Output = void;
  explicit HandsOut(std::array<std::optional<Waker>, 2>& wakers, std::atomic<bool>& out) : wakers_(wakers), out_(out) {}
  Poll<> poll(Context& context) {
    ++polls;
    if (polls == 1) {
      for (auto& waker : wakers_) waker = context.waker();
      out_.store(true, std::memory_order_release);
    }
    return kettle::pending;
  }
  int polls = 0;

 private:
  std::array<std::optional<Waker>, 2>& wakers_;
  std::atomic<bool>& out_;
};

TEST_CASE("two threads drop the last two wakers while block_on goes to sleep: Stuck, never a hang") {
  std::array<std::optional<Waker>, 2> wakers;
  std::atomic<bool> out{false};
  std::array<std::mt19937, 2> random{std::mt19937(1), std::mt19937(2)};
  int stuck = 0;
  int fewest = 1000;
  rounds::run(
      3, 1000, [&](int) { out = false; },
      [&](int thread, int) {
        if (thread == 0) {
          HandsOut future(wakers, out);
          try {
            block_on(future);
          } catch (const kettle::Stuck&) {
            ++stuck;
          }
          fewest = std::min(fewest, future.polls);
        } else {
          const auto own = static_cast<std::size_t>(thread - 1);
          while (!out.load(std::memory_order_acquire)) std::this_thread::yield();
          for (auto spin = random[own]() % 400; spin != 0; --spin) out.load(std::memory_order_relaxed);
          if (random[own]() % 4 == 0) wakers[own]->wake();
          wakers[own].reset();
        }
      },
      [](int) {});
  CHECK_EQ(stuck, 1000);
  CHECK_GE(fewest, 1);
}

}  // namespace
