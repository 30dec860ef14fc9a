// Grades 04-sleep/timer_queue: a queue of deadlines and wakers, and a sleep on top of it.
#include "timer_queue.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "futures.hpp"

// Where the runtime's own queue is looked for when the learner's file does not bring it along.
namespace not_included {
class TimerQueue;
class Sleep;
}  // namespace not_included
namespace kettle {
using namespace not_included;
}

static_assert(kettle::Future<mine::Sleep>, "mine::Sleep is a Future: `using Output = void` and `poll(Context&)`");
static_assert(!std::is_copy_constructible_v<mine::Sleep>,
              "mine::Sleep cannot be copied: two of them would share one timer");

namespace {

using kettle::Clock;
using kettle::Instant;
using story::expect;
using story::expect_equal;

Instant minute(int number) { return Instant(std::chrono::minutes(number)); }

std::string show(std::optional<Instant> deadline) {
  if (!deadline) return "no deadline";
  return fmt::format("minute {}", deadline->time_since_epoch() / std::chrono::minutes(1));
}

// Whom the queue has woken, in order: "A B".
class Roll {
 public:
  void add(const std::string& name) { names_ += names_.empty() ? name : " " + name; }
  std::string take() { return names_.empty() ? "nobody" : std::exchange(names_, ""); }

 private:
  std::string names_;
};

// A task that writes itself on the roll each time it is woken, and may do something then.
class Sleeper {
 public:
  Sleeper(std::string name, Roll& roll) : header_(new Header(std::move(name), roll)), waker_(*header_) {
    header_->release();
  }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;

  const kettle::Waker& waker() const { return waker_; }
  const std::string& name() const { return header_->name; }
  void when_woken(std::function<void()> act) { header_->act = std::move(act); }
  bool is_held() const { return header_->is_held(); }

 private:
  struct Header final : kettle::Wakeable {
    Header(std::string n, Roll& r) : name(std::move(n)), roll(r) {}
    void schedule() noexcept override {
      clear_notified();  // So that a second wake shows.
      story::note(name + " is woken");
      roll.add(name);
      if (act) act();
    }
    std::string name;
    Roll& roll;
    std::function<void()> act;
  };
  Header* header_;
  kettle::Waker waker_;
};

constexpr const char* queue_section = "lessons/04-sleep/README.md#the-timer-queue";
constexpr const char* sleep_section = "lessons/04-sleep/README.md#a-deadline-and-a-waker";
constexpr const char* pitfall = "lessons/04-sleep/README.md#what-can-go-wrong";

// A queue that tells what is done to it.
class Told {
 public:
  std::uint64_t add(int deadline, Sleeper& sleeper) {
    const std::uint64_t number = queue.add(minute(deadline), sleeper.waker());
    story::step("add(minute {}, {}) -> {}", deadline, sleeper.name(), number);
    if (!numbers_.insert(number).second) given_twice_ = number;
    if (!fires_) expect_new_numbers();
    return number;
  }
  bool cancel(std::uint64_t number) {
    const bool was_there = queue.cancel(number);
    story::step("cancel({}) -> {}", number, was_there);
    return was_there;
  }
  /// Whom fire(now) has woken.
  std::string fire(int now) {
    story::step("fire(minute {})", now);
    fires_ = true;
    returned_ = queue.fire(minute(now));
    fires_ = false;
    expect_new_numbers();
    return roll.take();
  }
  /// fire(now) wakes these, and returns their number.
  void expect_woken(int now, const std::string& wanted, std::string_view when = "") {
    expect_equal(fire(now), wanted, fmt::format("woken at minute {}{}", now, when));
    const auto count = wanted == "nobody" ? 0 : 1 + std::count(wanted.begin(), wanted.end(), ' ');
    expect_equal(returned_, static_cast<std::size_t>(count), "what fire returns, the number of timers that it fired");
  }

  Roll roll;
  mine::TimerQueue queue;

 private:
  void expect_new_numbers() const {
    if (!given_twice_) return;
    story::teach("A number names one timer. Who kept an old one must not cancel a new timer with it.", queue_section);
    story::fail("add returns a number that it has not given before",
                fmt::format("it returned {} again", *given_twice_));
  }

  std::set<std::uint64_t> numbers_;
  std::optional<std::uint64_t> given_twice_;
  bool fires_ = false;  // What is woken must not throw: it is told afterwards.
  std::size_t returned_ = 0;
};

TEST_CASE("fire wakes what is due, earliest first, and leaves the rest") {
  story::teach("Write it once yourself, and you know what the other one does.", queue_section);
  expect(std::is_same_v<kettle::TimerQueue, not_included::TimerQueue> &&
             std::is_same_v<kettle::Sleep, not_included::Sleep>,
         "a queue of your own, without kettle/timer_queue.hpp and kettle/time.hpp", "one of them is included");
  story::teach("A timer is due when its deadline is not after now. It fires once.", queue_section);
  Told told;
  Sleeper a("A", told.roll);
  Sleeper b("B", told.roll);
  Sleeper c("C", told.roll);
  Sleeper d("D", told.roll);
  told.add(5, a);
  told.add(9, b);
  told.add(2, c);
  told.add(7, d);
  told.expect_woken(1, "nobody");
  told.expect_woken(5, "C A");
  told.expect_woken(5, "nobody", ", the second time");
  told.expect_woken(20, "D B");
}

TEST_CASE("timers of the same deadline fire in the order of adding") {
  story::teach("First come, first served: nobody who waits is overtaken by a later one.", queue_section);
  Told told;
  std::vector<std::unique_ptr<Sleeper>> sleepers;
  for (const char* name : {"A", "B", "C", "D", "E", "F"}) {
    sleepers.push_back(std::make_unique<Sleeper>(name, told.roll));
    told.add(5, *sleepers.back());
  }
  Sleeper early("early", told.roll);
  told.add(4, early);
  told.expect_woken(5, "early A B C D E F");
}

TEST_CASE("next_deadline is the earliest that is left") {
  story::teach("The thread sleeps until next_deadline: too early costs a poll, too late is late.", queue_section);
  Told told;
  const auto next_is = [&told](std::optional<Instant> wanted) {
    const std::optional<Instant> got = told.queue.next_deadline();
    expect(got == wanted, fmt::format("next_deadline: {}", show(wanted)), fmt::format("next_deadline: {}", show(got)));
  };
  next_is(std::nullopt);
  Sleeper a("A", told.roll);
  Sleeper b("B", told.roll);
  Sleeper c("C", told.roll);
  told.add(5, a);
  next_is(minute(5));
  told.add(9, b);
  next_is(minute(5));
  const std::uint64_t first = told.add(2, c);
  next_is(minute(2));
  told.cancel(first);
  next_is(minute(5));
  told.fire(5);
  next_is(minute(9));
  told.fire(9);
  next_is(std::nullopt);
}

TEST_CASE("cancel takes out one timer, wherever it stands") {
  story::teach("A number names one timer, as long as it is in the queue.", queue_section);
  for (int victim = 0; victim < 5; ++victim) {
    Told told;
    std::vector<std::unique_ptr<Sleeper>> sleepers;
    std::vector<std::uint64_t> numbers;
    std::string others;
    for (const auto& [name, deadline] :
         {std::pair("A", 1), std::pair("B", 3), std::pair("C", 3), std::pair("D", 3), std::pair("E", 8)}) {
      if (static_cast<int>(numbers.size()) != victim) others += others.empty() ? name : std::string(" ") + name;
      sleepers.push_back(std::make_unique<Sleeper>(name, told.roll));
      numbers.push_back(told.add(deadline, *sleepers.back()));
    }
    const std::uint64_t number = numbers[static_cast<std::size_t>(victim)];
    expect(told.cancel(number), "cancel says true: the timer was there", "it says false");
    expect(!told.cancel(number), "cancel says false: the timer is there no more", "it says true");
    told.expect_woken(10, others);
    const std::uint64_t fired = numbers[victim == 0 ? 1 : 0];
    expect(!told.cancel(fired), "cancel says false: that timer has fired", "it says true");
  }
}

TEST_CASE("a timer that fired or was cancelled lets go of its waker") {
  story::teach("A waker keeps its task's memory: whoever is done with it lets it go.", queue_section);
  Told told;
  Sleeper a("A", told.roll);
  Sleeper b("B", told.roll);
  const std::uint64_t number = told.add(5, a);
  told.add(6, b);
  expect(a.is_held(), "the queue keeps a copy of A's waker", "nobody has one");
  told.cancel(number);
  expect(!a.is_held(), "the waker of a cancelled timer is gone", "the queue still has it");
  expect(b.is_held(), "the queue keeps a copy of B's waker", "nobody has one");
  told.fire(6);
  expect(!b.is_held(), "the waker of a fired timer is gone", "the queue still has it");
}

TEST_CASE("a timer that is added while fire wakes is not lost") {
  story::teach("Take a timer out first, then wake: what is woken may come back to the queue.", queue_section);
  Told told;
  Sleeper a("A", told.roll);
  Sleeper b("B", told.roll);
  Sleeper due("due", told.roll);
  Sleeper later("later", told.roll);
  Sleeper gone("gone", told.roll);
  told.add(2, a);
  told.add(3, b);
  const std::uint64_t number = told.add(9, gone);
  a.when_woken([&] {
    told.add(1, due);
    told.add(7, later);
    told.cancel(number);
  });
  std::string woken = told.fire(5);
  if (woken == "A B") {  // The next round is early enough.
    const std::string next_round = told.fire(5);
    if (next_round != "nobody") woken += " " + next_round;
  }
  expect(woken == "A due B" || woken == "A B due", "woken at minute 5: A, B, and the one that A has added",
         "woken at minute 5: " + woken);
  told.expect_woken(20, "later");
}

TEST_CASE("a due timer that is cancelled while fire wakes does not fire") {
  story::teach("Take one timer out, wake it, and look again who is first: what is woken may cancel the next one.",
               queue_section);
  Told told;
  Sleeper a("A", told.roll);
  Sleeper b("B", told.roll);
  Sleeper c("C", told.roll);
  told.add(2, a);
  const std::uint64_t number = told.add(3, b);
  told.add(3, c);
  bool was_there = false;
  a.when_woken([&] { was_there = told.cancel(number); });
  told.expect_woken(5, "A C");
  expect(was_there, "cancel says true: B's timer had not fired", "it says false");

  story::step("another queue");
  Told other;
  Sleeper d("D", other.roll);
  const std::uint64_t own = other.add(2, d);
  bool was_its_own = false;
  d.when_woken([&] { was_its_own = other.cancel(own); });
  other.expect_woken(5, "D");
  story::teach("First take the timer out, wholly, then wake: who is woken may ask about it.", queue_section);
  expect(!was_its_own, "cancel says false for the timer that wakes just now: it has fired", "it says true");
}

// --- Sleep -------------------------------------------------------------------------------------------------------

kettle::Poll<> poll(mine::Sleep& sleep, Sleeper& task) {
  kettle::Context context(task.waker());
  const Instant before = Clock::now();
  auto answer = sleep.poll(context);
  story::step("{} polls the sleep at {}: {}", task.name(), show(before), story::show_poll(answer));
  if (Clock::now() != before) {
    story::step("it is {} by now", show(Clock::now()));
    story::teach("A poll never blocks: who has to wait says Pending.", pitfall);
    story::fail("a poll takes no time on the clock",
                fmt::format("the poll kept the thread for {} min", (Clock::now() - before) / std::chrono::minutes(1)));
  }
  return answer;
}

void clock_jumps_to(int number) {
  Clock::advance_to(minute(number));
  story::step("the clock jumps to minute {}", number);
}

TEST_CASE("a sleep is Pending with one timer in the queue, and Ready from its deadline on") {
  story::teach("Not before the deadline; and before Pending, leave the waker where the deadline will find it.",
               sleep_section);
  const kettle::VirtualTime time;
  Told told;
  Sleeper a("A", told.roll);
  mine::Sleep sleep(told.queue, minute(5));
  expect(!told.queue.next_deadline(), "a sleep that nobody has polled has no timer: futures are lazy", "it has one");
  expect(poll(sleep, a).is_pending(), "Pending: it is minute 0", "Ready");
  expect_equal(show(told.queue.next_deadline()), "minute 5", "next_deadline");
  clock_jumps_to(4);
  expect(poll(sleep, a).is_pending(), "Pending: it is minute 4", "Ready");
  clock_jumps_to(5);
  told.expect_woken(5, "A", ", by one timer");
  expect(poll(sleep, a).is_ready(), "Ready: it is minute 5", "Pending");
  expect_equal(show(told.queue.next_deadline()), "no deadline", "next_deadline after Ready");
  mine::Sleep past(told.queue, minute(3));
  expect(poll(past, a).is_ready(), "a sleep whose deadline has passed is Ready at its first poll", "it is Pending");
}

TEST_CASE("a sleep that is Ready before its timer fires takes the timer out") {
  story::teach("Who is done wants to be woken no more. Something else may have woken the task, before its timer fired.",
               sleep_section);
  const kettle::VirtualTime time;
  Told told;
  Sleeper a("A", told.roll);
  mine::Sleep sleep(told.queue, minute(5));
  expect(poll(sleep, a).is_pending(), "Pending: it is minute 0", "Ready");
  clock_jumps_to(5);
  expect(poll(sleep, a).is_ready(), "Ready: it is minute 5", "Pending");
  expect_equal(show(told.queue.next_deadline()), "no deadline", "next_deadline after Ready");
  told.expect_woken(5, "nobody");
}

TEST_CASE("a sleep wakes the task that polled it last") {
  story::teach("A future may change hands. Each poll brings a waker: the last one counts.", sleep_section);
  const kettle::VirtualTime time;
  Told told;
  Sleeper a("A", told.roll);
  Sleeper b("B", told.roll);
  mine::Sleep sleep(told.queue, minute(5));
  poll(sleep, a);
  poll(sleep, b);
  clock_jumps_to(5);
  told.expect_woken(5, "B");
}

TEST_CASE("dropping a sleep takes its timer out, and no other") {
  story::teach("Destroying a future cancels it: nothing may be left that points at it, or wakes for it.",
               sleep_section);
  const kettle::VirtualTime time;
  Told told;
  Sleeper a("A", told.roll);
  Sleeper other("other", told.roll);
  const std::uint64_t number = told.add(1, other);
  expect(number != 0, "add returns 1 or more: a sleep that has no timer cannot cancel number 0", "it returned 0");
  {
    mine::Sleep unpolled(told.queue, minute(5));
    mine::Sleep pending(told.queue, minute(5));
    poll(pending, a);
  }
  story::step("two sleeps are dropped: one that was never polled, and one that is Pending");
  expect(!a.is_held(), "the timer of the Pending sleep is gone, and its copy of A's waker", "the queue still has it");
  told.expect_woken(20, "other");
}

}  // namespace
