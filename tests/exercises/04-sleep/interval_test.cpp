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

// A task, and what one piece of its work is called.
struct Subject {
  kettle::Task<> (*make)(mine::Work, Duration, int);
  const char* name;
  const char* work;
};
constexpr Subject heartbeat{mine::heartbeat, "the heartbeat", "beat"};
constexpr Subject meter{mine::meter, "the meter", "charge"};
constexpr Subject sampler{mine::sampler, "the sampler", "sample"};

// Runs one of them on the virtual clock. The n-th piece of work takes the n-th of `lengths`.
class Trial {
 public:
  Trial(const Subject& subject, std::vector<Duration> lengths) : subject_(subject), lengths_(std::move(lengths)) {
    const auto times = static_cast<int>(lengths_.size());
    kettle::Task<> task = subject_.make([this](Instant told) { return work(told); }, period, times);
    timeline_.run(task, subject_.name);
    end_ = show_now();
    story::step("{}: {} is Ready", end_, subject_.name);
  }
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  /// When each piece of work began: "0 s, 10 s".
  const std::string& begins() const { return begins_; }
  /// The instants that it was told.
  const std::string& told() const { return told_; }
  /// When the task was Ready.
  const std::string& end() const { return end_; }

 private:
  kettle::Task<> work(Instant told) {
    const std::size_t number = done_++;
    if (number >= lengths_.size()) {
      story::fail(fmt::format("{} as often as it was told to: {}", subject_.work, lengths_.size()), "once more");
    }
    const std::string stamp = show_time(told.time_since_epoch());
    story::step("{}: {} {} begins, is told {}, takes {}", show_now(), subject_.work, number + 1, stamp,
                show_time(lengths_[number]));
    append(begins_, show_now());
    append(told_, stamp);
    return take(lengths_[number]);
  }

  static void append(std::string& list, const std::string& item) { list += list.empty() ? item : ", " + item; }

  const Subject& subject_;
  std::vector<Duration> lengths_;
  story::Timeline timeline_;
  std::size_t done_ = 0;
  std::string begins_;
  std::string told_;
  std::string end_;
};

void teach_what_is_told() {
  story::teach("A tick's value is the instant that it was due at. Clock::now() is the time that it is.", ticks);
}

TEST_CASE("the heartbeat beats at once, and then at every full period") {
  story::teach("An interval counts from one due instant to the next: what the work takes does not move its ticks.",
               ticks);
  const Trial trial(heartbeat, {0s, 3s, 9s, 1s});
  expect_equal(trial.begins(), "0 s, 10 s, 20 s, 30 s", "beats begin at");
  teach_what_is_told();
  expect_equal(trial.told(), "0 s, 10 s, 20 s, 30 s", "they are told");
}

TEST_CASE("after a long beat the heartbeat beats once, late, and is back in step") {
  story::teach("Who must keep in step leaves out what it has missed.", ticks);
  const Trial trial(heartbeat, {0s, 35s, 0s, 13s, 0s, 0s});
  expect_equal(trial.begins(), "0 s, 10 s, 45 s, 50 s, 63 s, 70 s", "beats begin at");
  teach_what_is_told();
  expect_equal(trial.told(), "0 s, 10 s, 20 s, 50 s, 60 s, 70 s", "they are told");
}

TEST_CASE("the meter charges at the end of each period, so not at once") {
  story::teach("The first tick of an interval is due at once. Where it is not wanted, await it and go on.", ticks);
  const Trial trial(meter, {0s, 3s, 0s});
  expect_equal(trial.begins(), "10 s, 20 s, 30 s", "charges begin at");
  teach_what_is_told();
  expect_equal(trial.told(), "10 s, 20 s, 30 s", "they are told");
}

TEST_CASE("after a long charge the meter makes up for every period that it has missed") {
  story::teach("Where every tick counts, the missed ones are made up for.", ticks);
  const Trial trial(meter, {35s, 0s, 0s, 0s, 0s});
  expect_equal(trial.begins(), "10 s, 45 s, 45 s, 45 s, 50 s", "charges begin at");
  teach_what_is_told();
  expect_equal(trial.told(), "10 s, 20 s, 30 s, 40 s, 50 s", "they are told");
}

TEST_CASE("the sampler begins one period after the last beginning, at least") {
  story::teach("Where rest counts, a late tick moves all that come after it.", ticks);
  const Trial trial(sampler, {0s, 13s, 0s, 35s, 2s, 0s});
  expect_equal(trial.begins(), "0 s, 10 s, 23 s, 33 s, 68 s, 78 s", "samples begin at");
  teach_what_is_told();
  expect_equal(trial.told(), trial.begins(), "they are told");
}

TEST_CASE("each is Ready as soon as its last piece of work is done") {
  story::teach("An await at the end of a loop is waited for, even if nobody needs what comes after it.", ticks);
  for (const Subject* subject : {&heartbeat, &meter, &sampler}) {
    {
      const Trial two(*subject, {0s, 4s});
      const char* const wanted = subject == &meter ? "24 s" : "14 s";
      expect_equal(two.end(), wanted, fmt::format("{} with two {}s is Ready at", subject->name, subject->work));
    }
    const Trial none(*subject, {});
    expect_equal(none.end(), "0 s", fmt::format("{} with no {}s is Ready at", subject->name, subject->work));
  }
}

}  // namespace
