// Grades 01-future/interleave: one poller takes turns among several futures.
#include "interleave.hpp"

#include <doctest/doctest.h>

#include "futures.hpp"

namespace {

using story::expect;
using story::expect_equal;
using story::Record;
using story::Scripted;

constexpr auto who_polls = "lessons/01-future/README.md#who-polls";
constexpr auto after_ready = "lessons/01-future/README.md#after-ready";

// A Scripted future that also writes its name on a list, shared by all, whenever it is polled.
class Dish {
 public:
  using Output = std::string;

  Dish(std::string name, int pendings, std::vector<std::string>& polled)
      : name_(name), script_(name, pendings, name, record_), polled_(&polled) {}

  kettle::Poll<std::string> poll(kettle::Context& context) {
    polled_->push_back(name_);
    return script_.poll(context);
  }

  int polls() const { return record_->polls; }

 private:
  std::string name_;
  std::shared_ptr<Record> record_ = std::make_shared<Record>();
  Scripted<std::string> script_;
  std::vector<std::string>* polled_;
};

std::string listed(const std::vector<std::string>& names) {
  if (names.empty()) return "(nothing)";
  return fmt::format("{}", fmt::join(names, ", "));
}

void expect_list(const std::vector<std::string>& got, std::string_view wanted, std::string_view what) {
  expect(listed(got) == wanted, fmt::format("{}: {}", what, wanted), fmt::format("{}: {}", what, listed(got)));
}

TEST_CASE("two futures take turns, one poll each") {
  story::teach("A poll is short, and then it is the next one's turn: so one thread serves many.", who_polls);
  std::vector<std::string> polled;
  Dish egg("egg", 2, polled);
  Dish toast("toast", 2, polled);
  story::step("egg and toast are Ready at their third poll");
  mine::take_turns<Dish>({&egg, &toast});
  expect_list(polled, "egg, toast, egg, toast, egg, toast", "polled, in this order");
}

TEST_CASE("each round polls every future that is still Pending once, also when one finishes") {
  story::teach("Nobody loses a turn, and nobody gets two, because another one has finished.", who_polls);
  std::vector<std::string> polled;
  Dish egg("egg", 2, polled);
  Dish toast("toast", 0, polled);
  Dish juice("juice", 1, polled);
  story::step("egg is Ready at its third poll, toast at its first, juice at its second");
  mine::take_turns<Dish>({&egg, &toast, &juice});
  expect_list(polled, "egg, toast, juice, egg, juice, egg", "polled, in this order");
}

TEST_CASE("a future that was Ready is left alone") {
  story::teach("After Ready a future is finished: keep its answer, and do not poll it again.", after_ready);
  std::vector<std::string> polled;
  Dish egg("egg", 0, polled);
  Dish toast("toast", 3, polled);
  story::step("egg is Ready at its first poll, toast at its fourth");
  mine::take_turns<Dish>({&egg, &toast});
  expect_equal(egg.polls(), 1, "polls of the egg");
}

TEST_CASE("the answers stand in the order in which they came") {
  story::teach("Whoever is Ready first is served first, wherever it stands in the list.", who_polls);
  std::vector<std::string> polled;
  Dish egg("egg", 1, polled);
  Dish toast("toast", 2, polled);
  Dish juice("juice", 0, polled);
  story::step("egg is Ready at its second poll, toast at its third, juice at its first");
  const auto report = mine::take_turns<Dish>({&egg, &toast, &juice});
  expect_list(report.answers, "juice, egg, toast", "answers");
}

TEST_CASE("every poll is counted") {
  story::teach("What a poller costs is its polls: those that were answered Pending, too.", who_polls);
  std::vector<std::string> polled;
  Dish egg("egg", 0, polled);
  Dish toast("toast", 2, polled);
  story::step("egg is Ready at its first poll, toast at its third");
  const auto report = mine::take_turns<Dish>({&egg, &toast});
  expect(report.polls == 4, "polls is 4: 1 of the egg and 3 of the toast", fmt::format("polls is {}", report.polls));
}

TEST_CASE("an empty list takes no poll") {
  story::teach("With nothing to wait for, all is Ready at once.", who_polls);
  story::step("an empty list");
  const auto report = mine::take_turns<Dish>({});
  expect(report.polls == 0, "polls is 0", fmt::format("polls is {}", report.polls));
  expect_list(report.answers, "(nothing)", "answers");
}

TEST_CASE("an answer that cannot be copied is moved") {
  story::teach("A value is handed on by moving it: take() moves it out of the poll.", after_ready);
  using Box = Scripted<std::unique_ptr<int>>;
  Box box("box", 1, std::make_unique<int>(7));
  story::step("a list of one future, with a std::unique_ptr for an answer");
  auto report = mine::take_turns<Box>({&box});
  expect_equal(report.answers.size(), std::size_t{1}, "answers of one future");
  const std::unique_ptr<int> value = std::move(report.answers.front());
  expect(value != nullptr && *value == 7, "the very value of the future", "an empty or another one");
}

}  // namespace
