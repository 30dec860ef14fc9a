// Grades 03-task/dangling: a lazy task's parameters have to live as long as the task.
#include "dangling.hpp"

#include <doctest/doctest.h>
#include <kettle/block_on.hpp>

#include <memory>
#include <string>
#include <vector>

#include "futures.hpp"

namespace {

using story::CountingWaker;
using story::expect;
using story::expect_equal;
using story::Name;

constexpr auto section = "lessons/03-task/README.md#what-can-go-wrong";
constexpr auto rule = "A Task runs after the call that made it: what it needs must be in its frame.";

kettle::Poll<std::string> poll(kettle::Task<std::string>& tea, CountingWaker& waker, std::string_view name,
                               int number) {
  story::step("poll {} of {} begins", number, name);
  return story::poll(tea, waker, name, number);
}

// Polls tea until it is Ready, three times at most, and says what is on the cup.
std::string cup_of(kettle::Task<std::string>& tea, CountingWaker& waker, std::string_view name, int first_poll = 1) {
  for (int number = first_poll; number <= 3; ++number) {
    auto answer = poll(tea, waker, name, number);
    if (answer.is_ready()) return answer.take();
  }
  story::fail(fmt::format("{} is Ready after three polls", name), "it is still Pending");
}

// Other customers come and go where the first one stood.
[[gnu::noinline]] void somebody_else_passes() {
  const Name passer_by("Somebody Else");
  story::step("{} passes by", passer_by.text());
}

kettle::Task<std::string> on_the_spot() {
  std::string cup = co_await mine::tea_for(Name("Ada"));
  co_return cup;
}

TEST_CASE("tea that is awaited on the spot has the name on it") {
  story::teach("What is made in the line of a co_await lives until that line is done.", section);
  CountingWaker waker;
  auto tea = on_the_spot();
  expect_equal(cup_of(tea, waker, "tea"), std::string("tea for Ada"), "the cup");
}

TEST_CASE("the name may be gone before the first poll") {
  story::teach(rule, section);
  CountingWaker waker;
  story::step("call tea_for(Name(\"Ada\"))");
  auto tea = mine::tea_for(Name("Ada"));
  somebody_else_passes();
  expect_equal(cup_of(tea, waker, "tea"), std::string("tea for Ada"), "the cup");
}

TEST_CASE("the name may go between two polls") {
  story::teach(rule, section);
  CountingWaker waker;
  auto customer = std::make_unique<Name>("Ada");
  auto tea = mine::tea_for(std::move(*customer));
  const bool is_pending = poll(tea, waker, "tea", 1).is_pending();
  expect(is_pending, "poll 1 of tea is Pending: the water is cold", "it is Ready");
  story::step("the one who ordered goes");
  customer.reset();
  expect_equal(cup_of(tea, waker, "tea", 2), std::string("tea for Ada"), "the cup");
}

TEST_CASE("two teas at a time have two names") {
  story::teach("Each call has its own frame. What is shared by all calls is not a place for one call's data.", section);
  CountingWaker waker;
  story::step("order for Ada, then for Ben");
  auto for_ada = mine::tea_for(Name("Ada"));
  auto for_ben = mine::tea_for(Name("Ben"));
  expect_equal(cup_of(for_ada, waker, "Ada's tea"), std::string("tea for Ada"), "the first cup");
  expect_equal(cup_of(for_ben, waker, "Ben's tea"), std::string("tea for Ben"), "the second cup");
}

TEST_CASE("the counter serves everybody in order") {
  story::teach(rule, section);
  mine::Counter counter;
  for (const char* name : {"Ada", "Ben", "Cleo"}) {
    story::step("order for {}", name);
    counter.order(name);
  }
  const auto cups = kettle::block_on(counter.serve());
  expect_equal(cups.size(), std::size_t{3}, "cups served");
  expect_equal(cups[0], std::string("tea for Ada"), "the first cup");
  expect_equal(cups[1], std::string("tea for Ben"), "the second cup");
  expect_equal(cups[2], std::string("tea for Cleo"), "the third cup");
}

TEST_CASE("no name is left over when the teas are gone") {
  story::teach("What is in the frame goes with the frame: nobody has to clean up, whether the tea was drunk or not.",
               section);
  const auto before = static_cast<long>(Name::alive());
  CountingWaker waker;
  {
    auto never_polled = mine::tea_for(Name("Ada"));
    auto polled_once = mine::tea_for(Name("Ben"));
    poll(polled_once, waker, "Ben's tea", 1);
    story::step("drop both teas");
  }
  expect_equal(static_cast<long>(Name::alive()) - before, 0L, "names left over");
}

}  // namespace
