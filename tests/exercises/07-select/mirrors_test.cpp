// Grades 07-select/mirrors: the first good answer of three, within a limit, and the others cancelled.
#include "mirrors.hpp"

#include <doctest/doctest.h>
#include <kettle/block_on.hpp>
#include <kettle/timeout.hpp>
#include <kettle/yield.hpp>

#include <memory>
#include <optional>
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
using story::show_now;
using story::show_time;

constexpr const char* join_section = "lessons/07-select/README.md#all-of-them";
constexpr const char* first_section = "lessons/07-select/README.md#the-first-that-is-ready";
constexpr const char* losers = "lessons/07-select/README.md#the-losers";
constexpr const char* limits = "lessons/07-select/README.md#no-longer-than-that";

Duration now() { return kettle::Clock::now().time_since_epoch(); }

// A mirror on the virtual clock, and what became of the question to it.
class Site {
 public:
  Site(std::string name, Duration answers_after, mine::Answer answer)
      : name_(std::move(name)), answers_after_(answers_after), answer_(std::move(answer)) {}

  mine::Mirror mirror() {
    return [this] { return ask(this); };
  }

  const std::string& name() const { return name_; }

  int asked = 0;
  std::optional<Duration> asked_at;
  std::optional<Duration> answered_at;
  std::optional<Duration> cancelled_at;

 private:
  // One question, from its first poll until its end, whichever that is.
  class Question {
   public:
    explicit Question(Site& site) : site_(site) {
      ++site_.asked;
      if (!site_.asked_at) site_.asked_at = now();
      story::step("{}: {} is asked", show_now(), site_.name_);
    }
    ~Question() {
      if (is_answered_) return;
      site_.cancelled_at = now();
      story::step("{}: {} is cancelled", show_now(), site_.name_);
    }
    Question(const Question&) = delete;
    Question& operator=(const Question&) = delete;
    void answer() {
      is_answered_ = true;
      site_.answered_at = now();
      if (site_.answer_.has_value()) {
        story::step("{}: {} sends {}", show_now(), site_.name_, *site_.answer_);
      } else {
        story::step("{}: {} says: {}", show_now(), site_.name_, site_.answer_.error());
      }
    }

   private:
    Site& site_;
    bool is_answered_ = false;
  };

  static Task<mine::Answer> ask(Site* site) {
    Question question(*site);
    co_await kettle::sleep(site->answers_after_);
    question.answer();
    co_return site->answer_;
  }

  std::string name_;
  Duration answers_after_;
  mine::Answer answer_;
};

Site good(const char* name, Duration after) { return Site(name, after, "the file from " + std::string(name)); }
Site bad(const char* name, Duration after, const char* why) { return Site(name, after, std::unexpected(why)); }

// One download, and a minute after it, in which nothing may happen any more.
class Trial {
 public:
  Trial(Site site_a, Site site_b, Site site_c, Duration limit = 1min)
      : a(std::move(site_a)), b(std::move(site_b)), c(std::move(site_c)) {
    try {
      const auto in_time = kettle::block_on(kettle::timeout(1h, run(limit)));
      expect(in_time.has_value(), "download comes to an end", "an hour later it is Pending");
    } catch (const kettle::Misuse& misuse) {
      const std::string text = misuse.what();
      story::teach("After Ready, a future is finished: let it go.", "lessons/01-future/README.md#after-ready");
      story::fail("download is Ready", text.substr(0, text.find('\n')));
    }
  }

  void expect_file(std::string_view from, Duration at) const {
    expect_result(fmt::format("the file from {}", from));
    expect_time(at);
  }
  void expect_result(std::string_view wanted) const { expect_equal(result, wanted, "the result of download"); }
  void expect_time(Duration at) const { expect_equal(show_time(ended), show_time(at), "download is Ready at"); }

  Site a;
  Site b;
  Site c;
  std::string result;  // "the file from a", "bad: ...", or "Elapsed".
  Duration ended{};

 private:
  Task<> run(Duration limit) {
    auto answer = co_await mine::download(a.mirror(), b.mirror(), c.mirror(), limit);
    ended = now();
    if (!answer.has_value()) {
      result = "Elapsed";
    } else if (!answer->has_value()) {
      result = "bad: " + answer->error();
    } else {
      result = **answer;
    }
    story::step("{}: download is Ready: {}", show_now(), result);
    // Whoever was aborted has its last turn.
    for (int turn = 0; turn < 3; ++turn) co_await kettle::yield_now();
    co_await kettle::sleep(1min);
  }

  kettle::VirtualTime time_;
};

TEST_CASE("all three mirrors are asked at once, and each is asked once") {
  story::teach("Futures are lazy: three of them are under way at the same time only if one poll polls all three.",
               join_section);
  Trial trial(bad("a", 1s, "busy"), good("b", 3s), bad("c", 2s, "busy"));
  for (const Site* site : {&trial.a, &trial.b, &trial.c}) {
    expect(site->asked_at.has_value(), fmt::format("{} is asked at 0 s", site->name()), "it is never asked");
    expect_equal(show_time(*site->asked_at), "0 s", fmt::format("{} is asked at", site->name()));
  }
  story::teach("A question that is under way stays under way: ask once, and keep the future until it is Ready.",
               losers);
  for (const Site* site : {&trial.a, &trial.b, &trial.c}) {
    expect_equal(site->asked, 1, fmt::format("times that {} is asked", site->name()));
  }
}

TEST_CASE("the first good answer wins, whoever it comes from") {
  story::teach("The first that is ready decides, whichever place it stands at.", first_section);
  Trial(good("a", 1s), good("b", 2s), good("c", 3s)).expect_file("a", 1s);
  Trial(good("a", 3s), good("b", 1s), good("c", 2s)).expect_file("b", 1s);
  Trial(good("a", 2s), good("b", 3s), good("c", 1s)).expect_file("c", 1s);
}

TEST_CASE("a bad answer does not win") {
  story::teach(
      "Ready is not success. A branch that must not win must not be Ready, or the wait begins again without it.",
      first_section);
  Trial(bad("a", 1s, "busy"), good("b", 3s), good("c", 2s)).expect_file("c", 2s);
  Trial(good("a", 2s), good("b", 3s), bad("c", 1s, "busy")).expect_file("a", 2s);
}

TEST_CASE("two bad answers do not win, either") {
  story::teach("A bad answer is kept, and the wait for the others goes on.", first_section);
  Trial(bad("a", 1s, "busy"), good("b", 3s), bad("c", 2s, "no such file")).expect_file("b", 3s);
  Trial(bad("a", 1s, "busy"), bad("b", 1s, "busy"), good("c", 1s)).expect_file("c", 1s);
}

TEST_CASE("three bad answers are one answer, in the order of the mirrors") {
  story::teach("When all have answered, nobody is left to wait for.", join_section);
  {
    const Trial trial(bad("a", 1s, "busy"), bad("b", 2s, "no such file"), bad("c", 3s, "busy"));
    trial.expect_result("bad: a: busy; b: no such file; c: busy");
    trial.expect_time(3s);
  }
  const Trial trial(bad("a", 3s, "busy"), bad("b", 1s, "on fire"), bad("c", 2s, "no such file"));
  trial.expect_result("bad: a: busy; b: on fire; c: no such file");
  trial.expect_time(3s);
}

TEST_CASE("when the limit is over, it is Elapsed") {
  story::teach("One limit around all of it: time is up for the whole, not for a part.", limits);
  {
    const Trial trial(good("a", 10s), good("b", 20s), good("c", 30s), 5s);
    trial.expect_result("Elapsed");
    trial.expect_time(5s);
  }
  const Trial trial(bad("a", 4s, "busy"), good("b", 7s), bad("c", 1s, "busy"), 5s);
  trial.expect_result("Elapsed");
  trial.expect_time(5s);
}

void expect_cancelled(const Site& site, Duration at) {
  expect(site.asked_at.has_value(), fmt::format("{} is asked", site.name()), "it is not");
  expect(!site.answered_at.has_value(), fmt::format("{} is cancelled at {}", site.name(), show_time(at)),
         fmt::format("it goes on, and answers at {}", show_time(site.answered_at.value_or(0s))));
  expect_equal(show_time(site.cancelled_at.value_or(0s)), show_time(at),
               fmt::format("{} is cancelled at", site.name()));
}

TEST_CASE("whoever is not needed any more is cancelled") {
  story::teach("To drop a future is to cancel it. To drop a JoinHandle is not: that task goes on, until you abort it.",
               losers);
  story::note("-- c wins");
  const Trial won(bad("a", 1s, "busy"), good("b", 10s), good("c", 2s));
  expect_cancelled(won.b, 2s);
  story::note("-- the limit of 5 s is over before anybody has won");
  const Trial elapsed(good("a", 10s), bad("b", 1s, "busy"), good("c", 20s), 5s);
  expect_cancelled(elapsed.a, 5s);
  expect_cancelled(elapsed.c, 5s);
}

}  // namespace
