// Grades 06-channel/pipeline: a kitchen on the virtual clock, which notes what is done in it, and when.
#include "pipeline.hpp"

#include <kettle/block_on.hpp>
#include <kettle/time.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "story.hpp"

namespace {

using namespace std::chrono_literals;
using kettle::Duration;
using kettle::Task;
using story::expect;
using story::expect_equal;

constexpr auto flat_section = "lessons/06-channel/README.md#the-problem";
constexpr auto room_section = "lessons/06-channel/README.md#both-sides-wait";
constexpr auto end_section = "lessons/06-channel/README.md#the-end";
constexpr auto pitfall = "lessons/06-channel/README.md#what-can-go-wrong";

std::string now() { return fmt::format("{} ms", kettle::Clock::now().time_since_epoch() / 1ms); }

class Accident : public std::exception {
 public:
  explicit Accident(std::string what) : what_(std::move(what)) {}
  const char* what() const noexcept override { return what_.c_str(); }

 private:
  std::string what_;
};

// How an evening goes.
struct Plan {
  int vegetables = 9;
  Duration buy = 10ms;
  Duration wash = 30ms;
  Duration chop = 50ms;
  Duration serve = 20ms;
  int enough_after = 1000;    // Plates.
  std::string accident = "";  // The step that fails: "chop 5".
};

class Kitchen {
 public:
  explicit Kitchen(Plan plan) : plan_(std::move(plan)) {}

  Task<std::optional<std::string>> buy() {
    const AtWork work(*this, fmt::format("buy {}", bought + 1));
    co_await kettle::sleep(plan_.buy);
    if (bought == plan_.vegetables) co_return std::nullopt;
    work.done();
    ++bought;
    co_return fmt::format("{}", bought);
  }

  Task<std::string> wash(std::string vegetable) {
    const AtWork work(*this, "wash " + vegetable);
    co_await kettle::sleep(plan_.wash);
    work.done();
    ++washed;
    most_washed = std::max(most_washed, washed - chopping);
    co_return "washed " + vegetable;
  }

  Task<std::string> chop(std::string vegetable) {
    const std::string wanted = "washed ";
    expect(vegetable.starts_with(wanted), "what is chopped has been washed",
           fmt::format("\"{}\" is chopped", vegetable));
    vegetable.erase(0, wanted.size());
    ++chopping;
    const AtWork work(*this, "chop " + vegetable);
    co_await kettle::sleep(plan_.chop);
    work.done();
    ++chopped;
    most_chopped = std::max(most_chopped, chopped - serving);
    co_return "chopped " + vegetable;
  }

  Task<bool> serve(std::vector<std::string> plate) {
    serving += static_cast<int>(plate.size());
    std::string names;
    for (const std::string& vegetable : plate) {
      const std::string wanted = "chopped ";
      expect(vegetable.starts_with(wanted), "what is served has been chopped",
             fmt::format("\"{}\" is served", vegetable));
      names += (names.empty() ? "" : " ") + vegetable.substr(wanted.size());
    }
    const AtWork work(*this, fmt::format("serve [{}]", names));
    co_await kettle::sleep(plan_.serve);
    work.done();
    plates.push_back(names);
    co_return static_cast<int>(plates.size()) < plan_.enough_after;
  }

  int bought = 0;
  int washed = 0;
  int chopping = 0;
  int chopped = 0;
  int serving = 0;
  int most_washed = 0;   // That waited to be chopped.
  int most_chopped = 0;  // That waited to be served.
  int at_work = 0;
  int begun = 0;
  std::vector<std::string> plates;

 private:
  // A step from its begin to its end, also when it is dropped.
  class AtWork {
   public:
    AtWork(Kitchen& kitchen, std::string step) : kitchen_(kitchen), step_(std::move(step)) {
      ++kitchen_.at_work;
      if (++kitchen_.begun <= 20) story::step("{}: {}", now(), step_);
    }
    ~AtWork() { --kitchen_.at_work; }
    AtWork(const AtWork&) = delete;
    AtWork& operator=(const AtWork&) = delete;
    void done() const {
      if (step_ != kitchen_.plan_.accident) return;
      story::step("{}: {} goes wrong", now(), step_);
      throw Accident(step_);
    }

   private:
    Kitchen& kitchen_;
    std::string step_;
  };
  Plan plan_;
};

// One evening on the virtual clock, and what it looks like when the pipeline is over.
class Evening {
 public:
  explicit Evening(Plan plan, std::size_t room = 2) : kitchen(plan), vegetables_(plan.vegetables), room_(room) {
    kettle::on_detached_error([](const kettle::DetachedError& failed) {
      story::step("{}: the task \"{}\" has failed, and nobody waits for it", now(), failed.task.text);
    });
    story::step("{} vegetables, room for {} between two stages", vegetables_, room_);
    try {
      kettle::block_on(run());
    } catch (const kettle::Stuck&) {
      story::fail("the pipeline ends",
                  fmt::format("{} of {} vegetables bought, {} plates served, and then everybody waits for somebody "
                              "else, for ever",
                              kitchen.bought, vegetables_, kitchen.plates.size()));
    }
  }

  /// All plates: "[1 2 3] [4]".
  std::string served() const {
    std::string text;
    for (const std::string& plate : kitchen.plates) text += (text.empty() ? "[" : " [") + plate + "]";
    return text.empty() ? "nothing" : text;
  }

  kettle::VirtualTime time;
  Kitchen kitchen;
  int returned = -1;  ///< -1: it threw.
  std::string thrown = "nothing";
  Duration took{};
  int at_work_at_the_end = 0;
  int begun_at_the_end = 0;
  int begun_later = 0;  ///< What was begun after the end.

 private:
  Task<> run() {
    try {
      returned = co_await mine::pipeline(kitchen, room_);
      story::step("{}: the pipeline is over: {} plates", now(), returned);
    } catch (const Accident& accident) {
      thrown = accident.what();
      story::step("{}: the pipeline is over: it throws", now());
    }
    took = kettle::Clock::now().time_since_epoch();
    at_work_at_the_end = kitchen.at_work;
    begun_at_the_end = kitchen.begun;
    co_await kettle::sleep(10s);  // Whatever still goes on, does.
    begun_later = kitchen.begun - begun_at_the_end;
  }

  int vegetables_;
  std::size_t room_;
};

Plan vegetables(int count) {
  Plan plan;
  plan.vegetables = count;
  return plan;
}

TEST_CASE("every vegetable is washed, chopped and served, in order, in plates of three") {
  story::teach("A channel keeps the order: stages in a line need nothing else for it.", room_section);
  for (const Duration chop : {50ms, 300ms}) {
    Plan plan = vegetables(9);
    plan.chop = chop;
    story::step("chopping takes {} ms for each", chop / 1ms);
    const Evening evening(plan);
    expect_equal(evening.served(), std::string("[1 2 3] [4 5 6] [7 8 9]"), "what is served");
    expect_equal(evening.returned, 3, "the number of plates that it returns");
  }
}

TEST_CASE("the last plate is served when it holds one or two, and an empty one is not") {
  story::teach("When recv has nothing more, what a stage has gathered so far is still in its hands.", end_section);
  const Evening seven(vegetables(7));
  expect_equal(seven.served(), std::string("[1 2 3] [4 5 6] [7]"), "what is served");
  expect_equal(seven.returned, 3, "the number of plates that it returns");
  const Evening two(vegetables(2));
  expect_equal(two.served(), std::string("[1 2]"), "what is served");
  expect_equal(two.returned, 1, "the number of plates that it returns");
  const Evening three(vegetables(3));
  expect_equal(three.served(), std::string("[1 2 3]"), "what is served");
  expect_equal(three.returned, 1, "the number of plates that it returns");
}

TEST_CASE("it ends when the market has no more, also when it never had any") {
  story::teach("A stage ends when its channel does, and its own sender goes with it: so the end travels down.",
               end_section);
  const Evening evening(vegetables(0));
  expect_equal(evening.served(), std::string("nothing"), "what is served");
  expect_equal(evening.returned, 0, "the number of plates that it returns");
}

TEST_CASE("the three stages work at the same time") {
  story::teach("A pipeline takes as long as its slowest stage. The others work meanwhile.", room_section);
  const Evening evening(vegetables(30));
  expect_equal(evening.kitchen.plates.size(), std::size_t{10}, "plates that are served");
  const auto most = 1600;
  expect(evening.took <= most * 1ms,
         fmt::format("about 1560 ms for 30 vegetables: the slowest stage, chopping, takes 50 ms for each"),
         fmt::format("{} ms", evening.took / 1ms));
}

TEST_CASE("no more vegetables wait between two stages than there is room for") {
  story::teach("Every channel of a pipeline is bounded, or the slowest stage decides how much memory it takes.",
               flat_section);
  for (const std::size_t room : {std::size_t{1}, std::size_t{4}}) {
    Plan slow_chop = vegetables(40);
    slow_chop.chop = 200ms;
    Plan slow_serve = vegetables(40);
    slow_serve.serve = 2000ms;
    // One more is in the hand of the stage before, and up to two wait for the plate to be full.
    const int most = static_cast<int>(room) + 3;
    const Evening chopping(slow_chop, room);
    expect(
        chopping.kitchen.most_washed <= most,
        fmt::format("with room for {}, at most {} washed vegetables wait to be chopped (hands included)", room, most),
        fmt::format("{} wait", chopping.kitchen.most_washed));
    const Evening serving(slow_serve, room);
    expect(
        serving.kitchen.most_chopped <= most,
        fmt::format("with room for {}, at most {} chopped vegetables wait to be served (hands included)", room, most),
        fmt::format("{} wait", serving.kitchen.most_chopped));
  }
}

TEST_CASE("when the guests have had enough, the whole pipeline ends") {
  story::teach("A receiver that goes tells its senders: send gives the value back. So the end travels up, too.",
               end_section);
  Plan plan = vegetables(1000);
  plan.enough_after = 2;
  const Evening evening(plan);
  expect_equal(evening.served(), std::string("[1 2 3] [4 5 6]"), "what is served");
  expect_equal(evening.returned, 2, "the number of plates that it returns");
  const int most = 6 + 2 * 2 + 6;
  expect(evening.kitchen.bought <= most, fmt::format("at most {} vegetables are bought for these two plates", most),
         fmt::format("{} are bought", evening.kitchen.bought));
}

TEST_CASE("when a step throws, what is further down is still served, and the pipeline throws the same") {
  story::teach("A stage that fails ends like one that is done: its channels close, and its handle keeps the error.",
               pitfall);
  for (const auto& [step, served] : {std::pair("buy 6", "[1 2 3] [4 5]"), std::pair("wash 5", "[1 2 3] [4]"),
                                     std::pair("chop 6", "[1 2 3] [4 5]"), std::pair("serve [4 5 6]", "[1 2 3]")}) {
    Plan plan = vegetables(30);
    plan.accident = step;
    const Evening evening(plan);
    expect_equal(evening.thrown, std::string(step), "the step whose exception leaves the pipeline");
    expect_equal(evening.served(), std::string(served), "what is served");
  }
}

TEST_CASE("when the pipeline is over, no stage is still at work") {
  story::teach("Whoever begins tasks waits for the end of all of them, also when one of them fails.", pitfall);
  const auto expect_quiet = [](const Evening& evening) {
    expect_equal(evening.at_work_at_the_end, 0, "steps that are still at work when the pipeline is over");
    expect_equal(evening.begun_later, 0, "steps that are begun when the pipeline is over");
  };
  expect_quiet(Evening(vegetables(6)));
  for (const char* const step : {"wash 5", "chop 1", "serve [1 2 3]"}) {
    Plan plan = vegetables(30);
    plan.buy = 400ms;  // The first stage is slow to hear of it.
    plan.accident = step;
    const Evening evening(plan);
    expect_equal(evening.thrown, std::string(step), "the step whose exception leaves the pipeline");
    expect_quiet(evening);
  }
}

}  // namespace
