// Grades 04-sleep/interval: three tasks that do something every period, and what each does about a missed tick.
#include "interval.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "timeline.hpp"

namespace {

using namespace std::chrono_literals;
using kettle::Duration;
using kettle::Instant;
using story::expect;
using story::expect_equal;
using story::show_now;
using story::show_time;

constexpr Duration period = 10s;
constexpr const char* ticks = "lessons/04-sleep/README.md#ticks";

kettle::Task<> take(Duration length) {
  if (length > Duration::zero()) {
    co_await kettle::sleep(length);
    story::step("{}: the work is done", show_now());
  }
}

// One of the tasks on the virtual clock. The n-th piece of work takes the n-th of `lengths`; later ones take none.
class Trial {
 public:
  using Maker = kettle::Task<> (*)(mine::Work, Duration, int);

  Trial(Maker maker, std::string what, std::vector<Duration> lengths)
      : what_(std::move(what)), lengths_(std::move(lengths)) {
    const auto times = static_cast<int>(lengths_.size());
    kettle::Task<> task = maker([this](Instant stamp) { return work(stamp); }, period, times);
    timeline_.run(task, "the " + what_);
    end_ = show_now();
  }
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  /// When each piece of work began: "0 s, 10 s".
  const std::string& begins() const { return begins_; }
  /// The instants that it was told.
  const std::string& stamps() const { return stamps_; }
  /// When the task was Ready.
  const std::string& end() const { return end_; }

 private:
  kettle::Task<> work(Instant stamp) {
    const std::size_t number = done_++;
    story::step("{}: {} {}, for {}", show_now(), what_, number + 1, show_time(stamp.time_since_epoch()));
    if (number > 50) story::fail("as many pieces of work as it was told to do", "more than 50");
    append(begins_, show_now());
    append(stamps_, show_time(stamp.time_since_epoch()));
    return take(number < lengths_.size() ? lengths_[number] : Duration::zero());
  }

  static void append(std::string& list, const std::string& item) { list += list.empty() ? item : ", " + item; }

  std::string what_;
  std::vector<Duration> lengths_;
  story::Timeline timeline_;
  std::size_t done_ = 0;
  std::string begins_;
  std::string stamps_;
  std::string end_;
};

TEST_CASE("the heartbeat beats at once, and then at every full period") {
  story::teach("An interval counts from one due instant to the next: what the work takes does not move its ticks.",
               ticks);
  const Trial trial(mine::heartbeat, "beat", {0s, 3s, 9s, 1s});
  expect_equal(trial.begins(), "0 s, 10 s, 20 s, 30 s", "beats");
  expect_equal(trial.stamps(), "0 s, 10 s, 20 s, 30 s", "the instants that they are for");
}

TEST_CASE("after a long beat the heartbeat beats once, late, and is back in step") {
  story::teach("Who must keep in step leaves out what it has missed.", ticks);
  const Trial trial(mine::heartbeat, "beat", {0s, 35s, 0s, 13s, 0s, 0s});
  expect_equal(trial.begins(), "0 s, 10 s, 45 s, 50 s, 63 s, 70 s",
               "beats, when the one at 10 s takes 35 s, and the one at 50 s takes 13 s");
  expect_equal(trial.stamps(), "0 s, 10 s, 20 s, 50 s, 60 s, 70 s", "the instants that they were due at");
}

TEST_CASE("the meter charges at the end of each period, so not at once") {
  story::teach("The first tick of an interval is due at once. Await it, where it is not wanted.", ticks);
  const Trial trial(mine::meter, "charge", {0s, 3s, 0s});
  expect_equal(trial.begins(), "10 s, 20 s, 30 s", "charges");
  expect_equal(trial.stamps(), "10 s, 20 s, 30 s", "the instants that they are for");
}

TEST_CASE("after a long charge the meter makes up for every period that it has missed") {
  story::teach("Where every tick counts, the missed ones are made up for.", ticks);
  const Trial trial(mine::meter, "charge", {35s, 0s, 0s, 0s, 0s});
  expect_equal(trial.begins(), "10 s, 45 s, 45 s, 45 s, 50 s", "charges, when the one at 10 s takes 35 s");
  expect_equal(trial.stamps(), "10 s, 20 s, 30 s, 40 s, 50 s", "the instants that they were due at");
}

TEST_CASE("the sampler begins one period after the last beginning, at least") {
  story::teach("Where rest counts, a late tick moves all that come after it.", ticks);
  const Trial trial(mine::sampler, "sample", {0s, 13s, 0s, 35s, 2s, 0s});
  expect_equal(trial.begins(), "0 s, 10 s, 23 s, 33 s, 68 s, 78 s",
               "samples, when the one at 10 s takes 13 s, and the one at 33 s takes 35 s");
  expect_equal(trial.stamps(), trial.begins(), "the instants that they are told, which are those at which they begin");
}

TEST_CASE("each is Ready as soon as its last piece of work is done") {
  story::teach("An await at the end of a loop is waited for, even if nobody needs what comes after it.", ticks);
  const std::pair<Trial::Maker, const char*> tasks[] = {
      {mine::heartbeat, "beat"}, {mine::meter, "charge"}, {mine::sampler, "sample"}};
  for (const auto& [maker, what] : tasks) {
    const bool is_meter = what == std::string_view("charge");
    const Trial twice(maker, what, {0s, 4s});
    expect_equal(twice.end(), is_meter ? "24 s" : "14 s",
                 fmt::format("Ready after two times, the second {} taking 4 s, at", what));
    const Trial never(maker, what, {});
    expect_equal(never.begins(), "", fmt::format("each {} of a task that is to do none", what));
    expect_equal(never.end(), "0 s", "a task that is to do nothing is Ready at");
  }
}

}  // namespace
