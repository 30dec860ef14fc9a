// Grades 07-select/lost_message: a waiter who forgets an order when a select drops the branch that holds it.
#include "lost_message.hpp"

#include <doctest/doctest.h>
#include <kettle/block_on.hpp>
#include <kettle/join.hpp>
#include <kettle/timeout.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "timeline.hpp"

namespace {

using namespace std::chrono_literals;
using kettle::Duration;
using kettle::Task;
using story::expect;
using story::expect_equal;
using story::show_time;

constexpr const char* pitfall = "lessons/07-select/README.md#what-can-go-wrong";
constexpr const char* losers = "lessons/07-select/README.md#the-losers";

struct Order {
  Order(Duration when, std::string what) : at(when), dish(std::move(what)) {}
  Duration at;
  std::string dish;
};

struct Event {
  Event(Duration when, std::string what) : at(when), text(std::move(what)) {}
  Duration at;
  std::string text;
};

// An evening on the virtual clock: guests who order when the plan says so, and then go; and what the waiter does.
class Evening {
 public:
  Evening(std::vector<Order> plan, Duration guests_go) : plan_(std::move(plan)), guests_go_(guests_go) {
    const kettle::VirtualTime time;
    try {
      went_home_ = kettle::block_on(run());
    } catch (const kettle::Misuse& misuse) {
      const std::string text = misuse.what();
      problem_ = text.substr(0, text.find('\n'));
    }
    ended_ = events_.empty() ? Duration::zero() : events_.back().at;
  }

  /// Fails if the evening did not come to its end.
  void expect_an_end() {
    if (!problem_.empty()) {
      story::teach("After Ready, a future is finished: the next select needs a new one.",
                   "lessons/01-future/README.md#after-ready");
      fail("the waiter serves on", problem_);
    }
    if (!went_home_) fail("the waiter goes home when the last guest has gone", "an hour later he is still there");
  }

  /// How often he did this, and when first.
  long count(std::string_view text) const {
    return std::count_if(events_.begin(), events_.end(), [text](const Event& event) { return event.text == text; });
  }
  Duration time_of(std::string_view text) {
    const auto event =
        std::find_if(events_.begin(), events_.end(), [text](const Event& each) { return each.text == text; });
    if (event == events_.end()) fail(fmt::format("he gets to \"{}\"", text), "he never did");
    return event->at;
  }

  /// What comes after `what` in his reports: "soup", "fish", for "cook: ".
  std::string all(std::string_view what) const {
    std::string list;
    for (const Event& event : events_) {
      if (event.text.starts_with(what)) list += (list.empty() ? "" : ", ") + event.text.substr(what.size());
    }
    return list;
  }

  std::vector<Duration> times_of(std::string_view text) const {
    std::vector<Duration> times;
    for (const Event& event : events_) {
      if (event.text == text) times.push_back(event.at);
    }
    return times;
  }

  /// Tells the evening, and fails.
  [[noreturn]] void fail(std::string_view expected, std::string_view happened) {
    for (const Event& event : events_) story::step("{}: {}", show_time(event.at), event.text);
    story::fail(expected, happened);
  }

 private:
  void note(std::string text) { events_.emplace_back(kettle::Clock::now().time_since_epoch(), std::move(text)); }

  Task<bool> run() {
    auto [sender, receiver] = kettle::mpsc::channel<std::string>(10);
    auto both = kettle::join(visit(std::move(sender)), mine::waiter(std::move(receiver), report_));
    const auto in_time = co_await kettle::timeout(1h, both);
    if (in_time.has_value()) note("the waiter has gone home");
    co_return in_time.has_value();
  }

  Task<> visit(kettle::mpsc::Sender<std::string> sender) {
    for (const Order& order : plan_) {
      co_await kettle::sleep_until(kettle::Instant(order.at));
      note("a guest orders " + order.dish);
      const auto sent = co_await sender.send(order.dish);
      if (!sent.has_value()) fail("the waiter is there as long as a guest is", "he has gone home");
    }
    co_await kettle::sleep_until(kettle::Instant(guests_go_));
    note("the last guest has gone");
  }

  std::vector<Order> plan_;
  Duration guests_go_;
  std::vector<Event> events_;
  std::string problem_;
  bool went_home_ = false;
  Duration ended_{};
  mine::Report report_ = [this](const std::string& what) {
    if (events_.size() > 500) fail("the waiter does one thing at a time, and waits between", "he does not stop");
    note(what);
  };

 public:
  Duration ended() const { return ended_; }
};

TEST_CASE("an order that has time enough is cooked, 20 s after it came") {
  story::teach("What works already has to work on.", pitfall);
  Evening evening({Order(10s, "soup")}, 50s);
  evening.expect_an_end();
  const Duration cooked = evening.time_of("cook: soup");
  if (cooked != 30s) evening.fail("soup is cooked at 30 s", fmt::format("it is cooked at {}", show_time(cooked)));
}

TEST_CASE("an order that is read back when it is time to wipe is cooked") {
  story::teach("A branch that loses is destroyed, and what it has received with it.", pitfall);
  Evening evening({Order(50s, "soup")}, 150s);
  evening.expect_an_end();
  if (evening.count("cook: soup") == 0) {
    evening.fail("soup is cooked", "the waiter has taken the order, and the kitchen has never heard of it");
  }
}

TEST_CASE("at whatever moment an order comes, it is cooked once") {
  story::teach("A branch that loses is destroyed, and what it has received with it.", pitfall);
  std::vector<Duration> moments;
  for (Duration at = 2s; at <= 130s; at += 5s) moments.push_back(at);
  for (Duration at = 0s; at <= 120s; at += 20s) moments.push_back(at);  // Two things at the same instant.
  for (const Duration at : moments) {
    Evening evening({Order(at, "soup")}, 200s);
    evening.expect_an_end();
    if (const long times = evening.count("cook: soup"); times != 1) {
      evening.fail(fmt::format("an order at {} is cooked once", show_time(at)),
                   fmt::format("it is cooked {} times", times));
    }
  }
}

TEST_CASE("orders are cooked in the order in which they came") {
  story::teach("What is under way stays under way: keep it, and hand the same one to the next select.", losers);
  for (Duration first = 2s; first <= 62s; first += 5s) {
    Evening evening(
        {Order(first, "soup"), Order(first + 7s, "fish"), Order(first + 14s, "cake"), Order(first + 95s, "coffee")},
        300s);
    evening.expect_an_end();
    const std::string cooked = evening.all("cook: ");
    const std::string_view wanted = "soup, fish, cake, coffee";
    if (cooked != wanted) {
      evening.fail(fmt::format("the kitchen cooks {}", wanted),
                   fmt::format("it cooks {}", cooked.empty() ? "nothing" : cooked));
    }
  }
}

TEST_CASE("each order is read back, once, before it is cooked") {
  story::teach("A branch that is made anew begins anew. One that is kept goes on where it was.", losers);
  for (Duration at = 2s; at <= 62s; at += 5s) {
    Evening evening({Order(at, "soup")}, 150s);
    evening.expect_an_end();
    if (const long times = evening.count("read back: soup"); times != 1) {
      evening.fail(fmt::format("an order at {} is read back once", show_time(at)),
                   fmt::format("it is read back {} times", times));
    }
    if (evening.count("cook: soup") != 0 && evening.time_of("cook: soup") < evening.time_of("read back: soup") + 20s) {
      evening.fail(fmt::format("an order at {} is cooked when it has been read back, which takes 20 s", show_time(at)),
                   fmt::format("it is cooked at {}", show_time(evening.time_of("cook: soup"))));
    }
  }
}

// Wiped at 0, 1, 2, 3 min, or up to 20 s later.
void expect_wiping(Evening& evening) {
  evening.expect_an_end();
  const std::vector<Duration> times = evening.times_of("wipe the tables");
  Duration due = 0s;
  for (const Duration time : times) {
    if (time < due || time > due + 20s) {
      evening.fail(fmt::format("the tables are wiped at {}, or up to 20 s later", show_time(due)),
                   fmt::format("they are wiped at {}", show_time(time)));
    }
    due += 1min;
  }
  if (due != 4min) {
    evening.fail("the tables are wiped 4 times, at 0, 1, 2 and 3 min",
                 fmt::format("they are wiped {} times", times.size()));
  }
}

TEST_CASE("the tables are wiped once for each minute, guests or not") {
  story::teach("A tick that loses is not lost: it is cancel-safe, and the next select finds it due.", losers);
  Evening quiet({}, 210s);
  expect_wiping(quiet);
  Evening busy({Order(30s, "soup"), Order(55s, "fish"), Order(110s, "cake")}, 210s);
  expect_wiping(busy);
}

TEST_CASE("when the last guest has gone, the waiter finishes what he has begun, and goes home") {
  story::teach("The end of the channel is a message like the others: it comes after them.", pitfall);
  Evening empty({}, 30s);
  empty.expect_an_end();
  if (empty.ended() != 30s) {
    empty.fail("he goes home at 30 s, when the guests do", fmt::format("he goes at {}", show_time(empty.ended())));
  }
  Evening late({Order(50s, "soup")}, 55s);
  late.expect_an_end();
  if (late.count("cook: soup") != 1) {
    late.fail("soup is cooked, although the guests have gone before it was read back",
              fmt::format("it is cooked {} times", late.count("cook: soup")));
  }
  if (late.ended() != 70s) {
    late.fail("he goes home at 70 s, when the soup has been read back",
              fmt::format("he goes at {}", show_time(late.ended())));
  }
}

}  // namespace
