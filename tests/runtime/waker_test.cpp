// The promises of kettle/waker.hpp: waking once, counting references, and the last waker's farewell.
#include <kettle/waker.hpp>

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <optional>
#include <random>
#include <thread>
#include <type_traits>
#include <utility>

#include "rounds.hpp"

namespace {

using kettle::Context;
using kettle::Waker;

// Something wakeable that counts what happens to it, in counters that outlive it.
struct Counts {
  std::atomic<int> scheduled{0};
  std::atomic<int> destroyed{0};
};

class Target final : public kettle::Wakeable {
 public:
  explicit Target(Counts& counts) : counts_(counts) {}

 private:
  ~Target() override { ++counts_.destroyed; }
  void schedule() noexcept override { ++counts_.scheduled; }
  Counts& counts_;
};

TEST_CASE("waking twice before a poll is waking once") {
  Counts counts;
  auto& target = *new Target(counts);
  const Waker waker(target);
  target.release();
  CHECK_FALSE(target.is_notified());
  waker.wake();
  CHECK(target.is_notified());
  CHECK_EQ(counts.scheduled, 1);
  waker.wake();
  Waker(waker).wake();
  CHECK_EQ(counts.scheduled, 1);
}

TEST_CASE("a wake-up after clear_notified counts again, also while the poll still runs") {
  Counts counts;
  auto& target = *new Target(counts);
  const Waker waker(target);
  target.release();
  for (int poll = 1; poll <= 3; ++poll) {
    target.clear_notified();
    CHECK_FALSE(target.is_notified());
    waker.wake();
    CHECK(target.is_notified());
    CHECK_EQ(counts.scheduled, poll);
  }
  target.clear_notified();
  target.clear_notified();
  CHECK_EQ(counts.scheduled, 3);
}

TEST_CASE("the last reference destroys the target, once, whoever holds it") {
  Counts counts;
  SUBCASE("the owner, when there never was a waker") { (new Target(counts))->release(); }
  SUBCASE("the owner, after the wakers") {
    auto& target = *new Target(counts);
    {
      const Waker one(target);
      const Waker two(one);
    }
    CHECK_EQ(counts.destroyed, 0);
    target.release();
  }
  SUBCASE("a waker, after the owner") {
    auto& target = *new Target(counts);
    const Waker waker(target);
    target.release();
    CHECK_EQ(counts.destroyed, 0);
    waker.wake();
    CHECK_EQ(counts.scheduled, 1);
    CHECK_EQ(counts.destroyed, 0);
  }
  CHECK_EQ(counts.destroyed, 1);
}

TEST_CASE("copies count, moves do not, and assignment lets go of the old target") {
  Counts counts;
  Counts other_counts;
  {
    auto& target = *new Target(counts);
    auto& other = *new Target(other_counts);
    Waker waker(target);
    Waker other_waker(other);
    target.release();
    other.release();

    Waker copy = waker;
    Waker moved = std::move(copy);
    copy.wake();  // NOLINT(bugprone-use-after-move): a moved-from waker reaches nobody.
    CHECK_EQ(counts.scheduled, 0);
    CHECK(copy.will_wake(Waker::noop()));
    moved.wake();
    CHECK_EQ(counts.scheduled, 1);

    const Waker& same = waker;
    waker = same;
    CHECK_EQ(counts.destroyed, 0);
    waker = other_waker;
    CHECK_EQ(counts.destroyed, 0);
    moved = std::move(other_waker);
    CHECK_EQ(counts.destroyed, 1);
    CHECK(moved.will_wake(waker));
    copy = waker;
    CHECK(copy.will_wake(waker));
    CHECK_EQ(other_counts.destroyed, 0);
  }
  CHECK_EQ(counts.destroyed, 1);
  CHECK_EQ(other_counts.destroyed, 1);
}

TEST_CASE("a closed target is not scheduled any more, and says whether it still is to be") {
  Counts counts;
  auto& target = *new Target(counts);
  const Waker waker(target);
  target.release();
  SUBCASE("nobody has woken it: it is quiet from now on") {
    CHECK(target.close());
    waker.wake();
    CHECK_EQ(counts.scheduled, 0);
  }
  SUBCASE("somebody has woken it since the last poll: that one still comes, no other") {
    waker.wake();
    CHECK_FALSE(target.close());
    waker.wake();
    CHECK_EQ(counts.scheduled, 1);
  }
}

TEST_CASE("a lent waker is not counted, and its copies are") {
  Counts counts;
  auto& target = *new Target(counts);
  std::optional<Waker> kept;
  {
    const kettle::LentWaker lent(target);
    CHECK(target.is_forgotten());
    target.clear_notified();
    kept = lent.waker();
    CHECK(kept->will_wake(lent.waker()));
    CHECK_FALSE(target.is_forgotten());
  }
  CHECK_EQ(counts.destroyed, 0);
  target.clear_notified();
  target.release();
  kept->wake();
  CHECK_EQ(counts.scheduled, 1);
  CHECK_EQ(counts.destroyed, 0);
  kept.reset();
  CHECK_EQ(counts.destroyed, 1);
}

TEST_CASE("will_wake tells targets apart") {
  Counts counts;
  auto& one = *new Target(counts);
  auto& two = *new Target(counts);
  const Waker waker_one(one);
  const Waker waker_two(two);
  one.release();
  two.release();
  CHECK(waker_one.will_wake(waker_one));
  CHECK(waker_one.will_wake(Waker(one)));
  CHECK_FALSE(waker_one.will_wake(waker_two));
  CHECK_FALSE(waker_one.will_wake(Waker::noop()));
  CHECK(Waker::noop().will_wake(Waker::noop()));
}

TEST_CASE("a waker is one word, and nothing about it throws") {
  static_assert(sizeof(Waker) == sizeof(void*));
  static_assert(std::is_nothrow_copy_constructible_v<Waker> && std::is_nothrow_move_constructible_v<Waker>);
  static_assert(std::is_nothrow_copy_assignable_v<Waker> && std::is_nothrow_move_assignable_v<Waker>);
  static_assert(std::is_nothrow_destructible_v<Waker>);
  static_assert(noexcept(Waker::noop().wake()));
  static_assert(!std::is_default_constructible_v<Waker>);
}

TEST_CASE("a context lends its waker, and without one it lends that of nobody") {
  Counts counts;
  auto& target = *new Target(counts);
  const Waker waker(target);
  target.release();
  const Context context(waker);
  CHECK(context.waker().will_wake(waker));
  context.waker().wake();
  CHECK_EQ(counts.scheduled, 1);

  const Context nobody;
  CHECK(nobody.waker().will_wake(Waker::noop()));
  nobody.waker().wake();
  Waker copy = nobody.waker();
  copy.wake();
}

TEST_CASE("a target is forgotten when no waker is left") {
  Counts counts;
  auto& target = *new Target(counts);
  CHECK(target.is_forgotten());
  target.clear_notified();
  {
    const Waker waker(target);
    CHECK_FALSE(target.is_forgotten());
    target.clear_notified();
  }
  CHECK(target.is_forgotten());
  CHECK_EQ(counts.scheduled, 0);
  target.release();
  CHECK_EQ(counts.destroyed, 1);
}

TEST_CASE("the last waker to go wakes an owner that watches, and only then") {
  Counts counts;
  auto& target = *new Target(counts);
  SUBCASE("watched: it wakes") {
    {
      const Waker one(target);
      CHECK_FALSE(target.is_forgotten());
      const Waker two(one);
    }
    CHECK_EQ(counts.scheduled, 1);
    CHECK(target.is_notified());
    CHECK(target.is_forgotten());
  }
  SUBCASE("not the last: it goes quietly") {
    const Waker one(target);
    CHECK_FALSE(target.is_forgotten());
    {
      const Waker two(one);
    }
    CHECK_EQ(counts.scheduled, 0);
    target.clear_notified();
  }
  SUBCASE("woken already: it goes quietly") {
    {
      const Waker one(target);
      CHECK_FALSE(target.is_forgotten());
      one.wake();
      CHECK_EQ(counts.scheduled, 1);
    }
    CHECK_EQ(counts.scheduled, 1);
  }
  SUBCASE("not watched: it goes quietly") {
    {
      const Waker one(target);
    }
    CHECK_EQ(counts.scheduled, 0);
  }
  SUBCASE("not watched any more: it goes quietly") {
    {
      const Waker one(target);
      CHECK_FALSE(target.is_forgotten());
      target.clear_notified();
    }
    CHECK_EQ(counts.scheduled, 0);
  }
  target.release();
  CHECK_EQ(counts.destroyed, 1);
}

TEST_CASE("however many threads wake at once, it is scheduled once, and what they wrote is seen") {
  constexpr int threads = 3;
  Counts counts;
  auto& target = *new Target(counts);
  const Waker waker(target);
  target.release();
  std::array<int, threads> written{};  // Plain memory: only the wake-up passes it on.
  std::atomic<int> woken{0};
  int sum = 0;
  rounds::run(
      threads, 1000,
      [&](int) {
        target.clear_notified();
        counts.scheduled = 0;
        woken = 0;
      },
      [&](int thread, int round) {
        if (thread == 0) {  // The owner: waits for the others, without a lock, and reads.
          while (woken.load(std::memory_order_relaxed) != threads - 1) std::this_thread::yield();
          target.clear_notified();
          for (const int each : written) sum += each;
        } else {
          written[static_cast<std::size_t>(thread)] = round;
          waker.wake();
          woken.fetch_add(1, std::memory_order_relaxed);
        }
      },
      [&](int) { CHECK_EQ(counts.scheduled, 1); });
  CHECK_EQ(sum, (threads - 1) * 999 * 1000 / 2);
}

TEST_CASE("wakers are copied, used and dropped on many threads, and the target dies once, after the last") {
  constexpr int threads = 3;
  Counts counts;
  std::array<std::optional<Waker>, threads> wakers;
  std::array<std::mt19937, threads> random;
  for (unsigned thread = 0; thread < threads; ++thread) random[thread].seed(thread);
  rounds::run(
      threads, 1000,
      [&](int) {
        auto& target = *new Target(counts);
        for (auto& waker : wakers) waker.emplace(target);
        target.release();
      },
      [&](int thread, int) {
        const auto own = static_cast<std::size_t>(thread);
        Waker copy = *wakers[own];
        for (auto turns = random[own]() % 4; turns != 0; --turns) {
          Waker another = copy;
          another.wake();
          copy = std::move(another);
        }
        wakers[own].reset();
      },
      [&](int round) {
        CHECK_EQ(counts.destroyed, round + 1);
        CHECK_LE(counts.scheduled, round + 1);
      });
}

TEST_CASE("two threads drop the last two wakers: an owner that watches is woken, or sees that it is forgotten") {
  Counts counts;
  auto& target = *new Target(counts);
  std::array<std::optional<Waker>, 2> wakers;
  bool forgotten = false;
  rounds::run(
      3, 1000,
      [&](int) {
        target.clear_notified();
        counts.scheduled = 0;
        for (auto& waker : wakers) waker.emplace(target);
      },
      [&](int thread, int) {
        if (thread == 0) {
          forgotten = target.is_forgotten();
        } else {
          wakers[static_cast<std::size_t>(thread - 1)].reset();
        }
      },
      [&](int) {
        // Exactly one of the two: it slept and was called, or it saw and did not sleep.
        CHECK_EQ(counts.scheduled, forgotten ? 0 : 1);
        CHECK_EQ(target.is_notified(), !forgotten);
        CHECK(target.is_forgotten());
      });
  target.release();
  CHECK_EQ(counts.destroyed, 1);
}

}  // namespace
