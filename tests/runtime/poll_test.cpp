// Poll, Future and Context: the contract, without anything that runs it.
#include <doctest/doctest.h>
#include <kettle/poll.hpp>
#include <kettle/waker.hpp>

#include <memory>
#include <string>
#include <type_traits>

namespace {

using kettle::Context;
using kettle::Future;
using kettle::Misuse;
using kettle::pending;
using kettle::Poll;
using kettle::Ready;

// --- what a Poll says ------------------------------------------------------------------------------------------

TEST_CASE("a Pending poll is pending and not ready") {
  const Poll<int> with_value = pending;
  const Poll<> without = pending;
  const Poll<int&> reference = pending;
  CHECK(with_value.is_pending());
  CHECK_FALSE(with_value.is_ready());
  CHECK(without.is_pending());
  CHECK_FALSE(without.is_ready());
  CHECK(reference.is_pending());
  CHECK_FALSE(reference.is_ready());
}

TEST_CASE("a Ready poll is ready and holds the value") {
  Poll<int> with_value = Ready(7);
  CHECK(with_value.is_ready());
  CHECK_FALSE(with_value.is_pending());
  CHECK(with_value.value() == 7);

  const Poll<> without = Ready();
  CHECK(without.is_ready());
  CHECK_FALSE(without.is_pending());
  CHECK_NOTHROW(without.value());
  CHECK_NOTHROW(without.take());
}

TEST_CASE("value() may be changed in place and asked for again") {
  Poll<std::string> answer = Ready(std::string("tea"));
  answer.value() += "pot";
  CHECK(answer.value() == "teapot");
  CHECK(answer.value() == "teapot");
}

TEST_CASE("take() moves the value out") {
  Poll<std::unique_ptr<int>> answer = Ready(std::make_unique<int>(7));
  const std::unique_ptr<int> value = answer.take();
  REQUIRE(value != nullptr);
  CHECK(*value == 7);
  CHECK(answer.value() == nullptr);
  CHECK(answer.is_ready());
}

TEST_CASE("asking a Pending poll for its value is misuse, for every kind of value") {
  Poll<int> with_value = pending;
  const Poll<> without = pending;
  const Poll<int&> reference = pending;
  CHECK_THROWS_AS(with_value.value(), Misuse);
  CHECK_THROWS_AS(with_value.take(), Misuse);
  CHECK_THROWS_AS(without.value(), Misuse);
  CHECK_THROWS_AS(without.take(), Misuse);
  CHECK_THROWS_AS(reference.value(), Misuse);
  CHECK_THROWS_AS(reference.take(), Misuse);
  CHECK_THROWS_WITH(with_value.value(),
                    "The value of a Pending poll was asked for.\n"
                    "  rule: ask is_ready() first.\n"
                    "  read: lessons/01-future");
}

TEST_CASE("a Ready reference refers to the object itself") {
  int cups = 1;
  const Poll<int&> answer = Ready<int&>(cups);
  CHECK(answer.is_ready());
  CHECK(&answer.value() == &cups);
  answer.take() = 2;
  CHECK(cups == 2);
  CHECK(&answer.take() == &cups);
}

TEST_CASE("Ready takes a value that the Poll's type can be made from") {
  Poll<std::string> text = Ready("tea");
  CHECK(text.value() == "tea");
  Poll<long> number = Ready(7);
  CHECK(number.value() == 7L);
  static_assert(!std::is_constructible_v<Poll<int>, Ready<std::string>>);
  static_assert(!std::is_constructible_v<Poll<int>, Ready<>>);
  static_assert(!std::is_constructible_v<Poll<>, Ready<int>>);
}

TEST_CASE("Ready names the type of what it is given") {
  static_assert(std::is_same_v<decltype(Ready(7)), Ready<int>>);
  static_assert(std::is_same_v<decltype(Ready()), Ready<void>>);
  const std::string text = "tea";
  static_assert(std::is_same_v<decltype(Ready(text)), Ready<std::string>>);
  static_assert(!std::is_convertible_v<int, Poll<int>>, "a bare value is no answer: say Ready");
}

TEST_CASE("a Poll moves as its value does") {
  Poll<std::unique_ptr<int>> from = Ready(std::make_unique<int>(7));
  Poll<std::unique_ptr<int>> to = std::move(from);
  CHECK(*to.value() == 7);
  Poll<std::unique_ptr<int>> later = pending;
  later = std::move(to);
  CHECK(*later.value() == 7);
  later = pending;
  CHECK(later.is_pending());
  static_assert(std::is_copy_constructible_v<Poll<int>>);
  static_assert(!std::is_copy_constructible_v<Poll<std::unique_ptr<int>>>);
}

TEST_CASE("a Poll destroys its value, once") {
  const auto value = std::make_shared<int>(7);
  {
    Poll<std::shared_ptr<int>> answer = Ready(value);
    CHECK(value.use_count() == 2);
    {
      const std::shared_ptr<int> taken = answer.take();
      CHECK(value.use_count() == 2);
    }
    CHECK(value.use_count() == 1);
  }
  CHECK(value.use_count() == 1);
}

TEST_CASE("a Poll needs no default constructor and no assignment of its value") {
  struct Strict {
    explicit Strict(int n) : number(n) {}
    Strict(const Strict&) = default;
    Strict& operator=(const Strict&) = delete;
    const int number;
  };
  Poll<Strict> answer = Ready(Strict(7));
  CHECK(answer.take().number == 7);
  const Poll<Strict> none = pending;
  CHECK(none.is_pending());
}

TEST_CASE("a Poll can be a constant") {
  static_assert(Poll<int>(pending).is_pending());
  static_assert(Poll<int>(Ready(7)).is_ready());
  static_assert(Poll<>(Ready()).is_ready());
  static_assert(sizeof(Poll<>) == 1 && sizeof(Poll<int&>) == sizeof(void*));
}

// --- what is a Future ----------------------------------------------------------------------------------------------

struct Sound {
  using Output = int;
  Poll<int> poll(Context&) { return Ready(++polls); }
  int polls = 0;
};
struct NoOutput {
  Poll<int> poll(Context&) { return pending; }
};
struct NoPoll {
  using Output = int;
};
struct AnotherAnswer {
  using Output = int;
  Poll<long> poll(Context&) { return pending; }
};
struct BareAnswer {
  using Output = int;
  int poll(Context&) { return 7; }
};
struct NoContext {
  using Output = int;
  Poll<int> poll() { return pending; }
};

TEST_CASE("a Future has an Output and a poll(Context&) that returns Poll<Output>") {
  static_assert(Future<Sound>);
  static_assert(!Future<NoOutput>);
  static_assert(!Future<NoPoll>);
  static_assert(!Future<AnotherAnswer>);
  static_assert(!Future<BareAnswer>);
  static_assert(!Future<NoContext>);
  static_assert(!Future<const Sound>, "a poll changes the future");
  static_assert(!Future<int>);
}

TEST_CASE("making a future polls nothing; each poll is one poll") {
  Sound sound;
  CHECK(sound.polls == 0);
  Context context;
  CHECK(sound.poll(context).value() == 1);
  CHECK(sound.poll(context).value() == 2);
}

// --- what a Context lends ------------------------------------------------------------------------------------------

struct Bell final : kettle::Wakeable {
  void schedule() noexcept override { ++rings; }
  void destroy() noexcept override { destroyed = true; }
  int rings = 0;
  bool destroyed = false;
};

TEST_CASE("a Context made by hand wakes nobody") {
  const Context context;
  CHECK(context.waker().will_wake(kettle::Waker::noop()));
  CHECK_NOTHROW(context.waker().wake());
}

TEST_CASE("a Context lends its waker, and a copy of that outlives it") {
  Bell bell;
  {
    kettle::Waker kept = kettle::Waker::noop();
    {
      const kettle::Waker waker(bell);
      const Context context(waker);
      CHECK(&context.waker() == &waker);
      kept = context.waker();
    }
    CHECK(bell.rings == 0);
    kept.wake();
    CHECK(bell.rings == 1);
  }
  CHECK_FALSE(bell.destroyed);
  bell.release();
  CHECK(bell.destroyed);
}

}  // namespace
