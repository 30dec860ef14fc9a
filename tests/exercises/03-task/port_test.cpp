// Grades 03-task/port: a state machine that was written by hand becomes a coroutine.
#include "port.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <type_traits>
#include <vector>

#include "futures.hpp"

// Where mine::TeaService is looked for when it is no longer in the learner's file.
namespace no_longer_there {
struct TeaService;
}  // namespace no_longer_there
namespace mine {
using namespace no_longer_there;
}

namespace {

using story::CountingWaker;
using story::expect;
using story::expect_equal;
using story::TeaHouse;

constexpr auto section_recipe = "lessons/03-task/README.md#the-recipe-as-a-coroutine";
constexpr auto section_lazy = "lessons/03-task/README.md#nothing-runs-until-somebody-polls";
constexpr auto section_await = "lessons/03-task/README.md#what-co_await-does";
constexpr auto section_drop = "lessons/03-task/README.md#exceptions-and-letting-go";

constexpr auto same_rule =
    "The order of the lines is the order of the states; a loop in the code is a loop in the machine.";

std::string in_words(std::string_view answer, const std::vector<std::string>& log) {
  std::string text(answer);
  for (const std::string& line : log) text += fmt::format("\n- {}", line);
  if (log.empty()) text += "\n- (nothing is done)";
  return text;
}

// Polls once: the answer and everything that was done meanwhile have to be these.
template <class Service>
void expect_poll(Service& service, TeaHouse& house, CountingWaker& waker, int number, std::string_view answer,
                 const std::vector<std::string>& log) {
  auto got = story::poll(service, waker, "the service", number);
  const std::string happened = in_words(story::show_poll(got), house.take_log());
  const std::string wanted = in_words(answer, log);
  expect(happened == wanted, fmt::format("poll {}: {}", number, wanted), fmt::format("poll {}: {}", number, happened));
}

TEST_CASE("serve_tea returns a Task") {
  story::teach("A coroutine whose return type is kettle::Task<int> is a future of an int.", section_recipe);
  using Service = decltype(mine::serve_tea(std::declval<TeaHouse&>(), 1));
  expect(std::is_same_v<Service, kettle::Task<int>>, "serve_tea returns a kettle::Task<int>",
         "it returns another type: the machine that was written by hand?");
}

TEST_CASE("nothing happens before the first poll") {
  story::teach("A Task is lazy: all of its work belongs into the coroutine.", section_lazy);
  TeaHouse house(2, {98});
  story::step("call serve_tea for one cup");
  [[maybe_unused]] auto service = mine::serve_tea(house, 1);
  const auto log = house.take_log();
  expect(log.empty(), "the call does nothing", in_words("the call does this:", log));
}

TEST_CASE("two cups: the same work and the same answers, poll by poll") {
  story::teach(same_rule, section_recipe);
  CountingWaker waker;
  TeaHouse house(2, {98});
  story::step("serve two cups; all work takes two polls");
  auto service = mine::serve_tea(house, 2);
  expect_poll(service, house, waker, 1, "Pending", {"the pot is taken", "boiling begins"});
  expect_equal(house.polls(), 1, "polls of work by poll 1");
  expect_poll(service, house, waker, 2, "Pending", {"boiling is done: 98", "pouring cup 1 begins"});
  expect_equal(house.polls(), 3, "polls of work by polls 1 and 2");
  expect_poll(service, house, waker, 3, "Pending",
              {"pouring cup 1 is done: 1", "\"cup 1, please\"", "pouring cup 2 begins"});
  expect_poll(service, house, waker, 4, "Ready(2)",
              {"pouring cup 2 is done: 2", "\"cup 2, please\"", "the pot is put back"});
  expect_equal(house.polls(), 6, "polls of work by all four polls");
}

TEST_CASE("work that is done at once makes no poll Pending") {
  story::teach("co_await on a future that is Ready goes on in the same poll.", section_await);
  CountingWaker waker;
  TeaHouse house(1, {98});
  story::step("serve two cups; all work is done at its first poll");
  auto service = mine::serve_tea(house, 2);
  expect_poll(service, house, waker, 1, "Ready(2)",
              {"the pot is taken", "boiling begins", "boiling is done: 98", "pouring cup 1 begins",
               "pouring cup 1 is done: 1", "\"cup 1, please\"", "pouring cup 2 begins", "pouring cup 2 is done: 2",
               "\"cup 2, please\"", "the pot is put back"});
}

TEST_CASE("water that is too cold is boiled again, until it is hot") {
  story::teach(
      "A loop in the drawing is a loop in the code: it goes round as often as it takes, with new work each time.",
      section_recipe);
  CountingWaker waker;
  TeaHouse house(2, {60, 80, 95});
  story::step("serve one cup; the water reaches 60, then 80, then 95 degrees");
  auto service = mine::serve_tea(house, 1);
  expect_poll(service, house, waker, 1, "Pending", {"the pot is taken", "boiling begins"});
  expect_poll(service, house, waker, 2, "Pending",
              {"boiling is done: 60", "\"60 degrees: too cold\"", "boiling begins"});
  expect_poll(service, house, waker, 3, "Pending",
              {"boiling is done: 80", "\"80 degrees: too cold\"", "boiling begins"});
  expect_poll(service, house, waker, 4, "Pending", {"boiling is done: 95", "pouring cup 1 begins"});
  expect_poll(service, house, waker, 5, "Ready(1)",
              {"pouring cup 1 is done: 1", "\"cup 1, please\"", "the pot is put back"});
}

TEST_CASE("no cups: the water is boiled and the pot put back all the same") {
  story::teach(same_rule, section_recipe);
  CountingWaker waker;
  TeaHouse house(2, {98});
  story::step("serve no cup");
  auto service = mine::serve_tea(house, 0);
  expect_poll(service, house, waker, 1, "Pending", {"the pot is taken", "boiling begins"});
  expect_poll(service, house, waker, 2, "Ready(0)", {"boiling is done: 98", "the pot is put back"});
}

TEST_CASE("destroyed after any number of polls, the pot is put back once") {
  story::teach("Destroying a Task destroys its locals: what has to be undone belongs into a local's destructor.",
               section_drop);
  for (int polls = 0; polls <= 4; ++polls) {
    CountingWaker waker;
    TeaHouse house(2, {60, 98});
    {
      auto service = mine::serve_tea(house, 2);
      for (int number = 1; number <= polls; ++number) {
        const bool is_pending = story::poll(service, waker, "the service", number).is_pending();
        expect(is_pending, fmt::format("poll {} is Pending", number), "it is Ready");
      }
      story::step("destroy the service after {} {}", polls, polls == 1 ? "poll" : "polls");
    }
    const auto log = house.take_log();
    const auto times = std::count(log.begin(), log.end(), "the pot is put back");
    expect(!house.pot_is_out(), "the pot is back when the service is gone", "nobody put the pot back");
    expect_equal(times, polls == 0 ? 0 : 1, "times that the pot was put back");
    expect_equal(house.works_in_progress(), 0, "futures of the house that are left over");
  }
}

TEST_CASE("TeaService is gone") {
  story::teach("Code that nobody calls any more is deleted: one recipe, one place.", section_recipe);
  const bool is_gone = std::is_same_v<mine::TeaService, no_longer_there::TeaService>;
  expect(is_gone, "class mine::TeaService is deleted from port.hpp", "it is still there");
}

}  // namespace
