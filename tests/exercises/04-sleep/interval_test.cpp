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
constexpr const char* pitfall = "lessons/04-sleep/README.md#what-can-go-wrong";

// Says whether the one who polls is the timeline.
class WhoPolls {
 public:
  using Output = bool;
  explicit WhoPolls(const story::Timeline& timeline) : timeline_(timeline) {}
  kettle::Poll<bool> poll(kettle::Context& context) { return kettle::Ready(timeline_.polls_with(context.waker())); }

 private:
  const story::Timeline& timeline_;
};

// Goes along in a piece of work, and says so when that ends before it has begun.
class Begun {
 public:
  Begun(std::string name, int& dropped) : name_(std::move(name)), dropped_(dropped) {}
  Begun(Begun&& other) noexcept : name_(std::exchange(other.name_, "")), dropped_(other.dropped_) {}
  Begun& operator=(Begun&&) = delete;
  ~Begun() {
    if (name_.empty()) return;
    ++dropped_;
    story::step("{}: {} is dropped: nobody has awaited it", show_now(), name_);
  }
  void now() { name_.clear(); }

 private:
  std::string name_;
  int& dropped_;
};

// A task, and what one piece of its work is called.
struct Subject {
  kettle::Task<> (*make)(const mine::Work&, const Duration&, const int&);  // The arguments outlive the task.
  const char* name;
  const char* work;
};
constexpr Subject heartbeat{[](const mine::Work& work, const Duration& length, const int& times) {
                              return mine::heartbeat(work, length, times);
                            },
                            "the heartbeat", "beat"};
constexpr Subject meter{
    [](const mine::Work& work, const Duration& length, const int& times) { return mine::meter(work, length, times); },
    "the meter", "charge"};
constexpr Subject sampler{
    [](const mine::Work& work, const Duration& length, const int& times) { return mine::sampler(work, length, times); },
    "the sampler", "sample"};

// Runs one of them on the virtual clock. The n-th piece of work takes the n-th of `lengths`.
class Trial {
 public:
  Trial(const Subject& subject, std::vector<Duration> lengths)
      : subject_(subject), lengths_(std::move(lengths)), times_(static_cast<int>(lengths_.size())) {
    {
      kettle::Task<> task = subject_.make(work_, period, times_);
      timeline_.run(task, subject_.name);
    }
    end_ = show_now();
    story::step("{}: {} is Ready", end_, subject_.name);
    if (dropped_ != 0) {
      story::teach("Calling a coroutine runs nothing: co_await what it returns.",
                   "lessons/03-task/README.md#nothing-runs-until-somebody-polls");
      story::fail(fmt::format("every {} is awaited", subject_.work),
                  fmt::format("of {} {}s, {} were dropped before they began", asked_for_, subject_.work, dropped_));
    }
    const Duration kept = timeline_.longest_poll;
    if (kept == Duration::zero()) return;
    story::teach("A task never blocks its thread: whatever takes its time is awaited.", pitfall);
    story::fail("a poll takes no time on the clock",
                fmt::format("one poll kept the thread for {}, and every other task with it{}", show_time(kept),
                            was_polled_inside_ ? ": block_on inside a task" : ""));
  }
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  /// When each piece of work began: "0 s, 10 s".
  const std::string& begins() const { return begins_.empty() ? never_ : begins_; }
  /// The instants that it was told.
  const std::string& told() const { return told_.empty() ? never_ : told_; }
  /// When the task was Ready.
  const std::string& end() const { return end_; }

 private:
  kettle::Task<> work(Instant told) {
    const std::size_t number = asked_for_++;
    if (number >= lengths_.size()) {
      story::fail(fmt::format("{} as often as it was told to: {}", subject_.work, lengths_.size()), "once more");
    }
    return do_work(Begun(fmt::format("{} {}", subject_.work, number + 1), dropped_), number, told);
  }

  kettle::Task<> do_work(Begun begun, std::size_t number, Instant told) {
    begun.now();
    const Duration length = lengths_[number];
    const std::string stamp = show_time(told.time_since_epoch());
    story::step("{}: {} {} begins, is told {}, takes {}", show_now(), subject_.work, number + 1, stamp,
                show_time(length));
    append(begins_, show_now());
    append(told_, stamp);
    const bool is_polled_from_outside = co_await WhoPolls(timeline_);
    if (!is_polled_from_outside) was_polled_inside_ = true;
    if (length == Duration::zero()) co_return;
    co_await kettle::sleep(length);
    story::step("{}: the work is done", show_now());
  }

  static void append(std::string& list, const std::string& item) { list += list.empty() ? item : ", " + item; }

  const Subject& subject_;
  const std::vector<Duration> lengths_;
  const int times_;
  const mine::Work work_ = [this](Instant told) { return work(told); };
  const std::string never_ = "never";
  story::Timeline timeline_;
  bool was_polled_inside_ = false;
  std::size_t asked_for_ = 0;
  int dropped_ = 0;
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
      story::step("new run: {}, with two {}s", subject->name, subject->work);
      const Trial two(*subject, {0s, 4s});
      const char* const wanted = subject == &meter ? "24 s" : "14 s";
      expect_equal(two.end(), wanted, fmt::format("{} with two {}s is Ready at", subject->name, subject->work));
    }
    story::step("new run: {}, with no {}s", subject->name, subject->work);
    const Trial none(*subject, {});
    expect_equal(none.end(), "0 s", fmt::format("{} with no {}s is Ready at", subject->name, subject->work));
  }
}

}  // namespace
