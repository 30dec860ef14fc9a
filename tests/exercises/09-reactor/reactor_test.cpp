// Grades 09-reactor/reactor: interests, one poll(2), and a bell.
//
// The descriptors are real, and the sleep is a script: poll(2), read(2) and write(2) of the answer end up here. What
// happens "during the sleep" is done by the test, in between, and time is virtual. So nothing waits, and nothing is luck.
#include "reactor.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <algorithm>
#include <climits>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "futures.hpp"

// Where the runtime's own is looked for when the learner's file does not bring it along.
namespace not_included {
class Poller;
class Reactor;
}  // namespace not_included
namespace kettle {
using namespace not_included;
}

static_assert(kettle::Future<mine::Readiness>,
              "mine::Readiness is a Future: `using Output = void` and `poll(Context&)`");
static_assert(!std::is_copy_constructible_v<mine::Reactor>,
              "mine::Reactor cannot be copied: two of them would close one bell");

namespace {

using kettle::Clock;
using kettle::Duration;
using kettle::Instant;
using mine::Direction;
using story::expect;
using story::expect_equal;
using namespace std::chrono_literals;

constexpr const char* layer_section = "lessons/09-reactor/README.md#the-lowest-bed";
constexpr const char* edge_section = "lessons/09-reactor/README.md#news-is-told-once";
constexpr const char* once_section = "lessons/09-reactor/README.md#registered-once";
constexpr const char* try_section = "lessons/09-reactor/README.md#would-block";

// --- the system, as far as an answer sees it ----------------------------------------------------------------------

class Kernel {
 public:
  Kernel() { here = this; }
  ~Kernel() { here = nullptr; }
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  static inline Kernel* here = nullptr;

  bool is_watching = false;                  // While wait() runs.
  std::deque<std::function<void()>> asleep;  // What happens during the sleep, in order.
  int signals = 0;                           // So many calls are interrupted.
  int calls = 0;
  int sleeps = 0;
  std::vector<int> timeouts;
  std::vector<pollfd> watched;  // What the last call was asked.
  std::string blocked;          // What would have blocked.

  static int really_poll(pollfd* fds, nfds_t count) {
    const timespec none{};
    return static_cast<int>(syscall(SYS_ppoll, fds, count, &none, nullptr, 0));
  }

  int poll(pollfd* fds, nfds_t count, int timeout) {
    watched.assign(fds, fds + count);
    timeouts.push_back(timeout);
    if (++calls > 100) story::fail("wait sleeps in poll(2)", "it has called poll(2) 100 times, and does not come back");
    if (signals > 0) {
      --signals;
      story::note("poll(2) says -1: interrupted by a signal");
      errno = EINTR;
      return -1;
    }
    for (;;) {
      const int result = really_poll(fds, count);
      if (result != 0 || timeout == 0) return result;
      if (asleep.empty()) break;
      ++sleeps;
      story::note("the thread sleeps in poll(2)");
      const auto event = std::move(asleep.front());
      asleep.pop_front();
      event();
    }
    if (timeout < 0) {
      story::fail("somebody ends the sleep", "the thread sleeps in poll(2) without a deadline, and nothing wakes it");
    }
    ++sleeps;
    story::note(fmt::format("the thread sleeps in poll(2), for {} ms", timeout));
    Clock::advance_to(Clock::now() + std::chrono::milliseconds(timeout));
    return 0;
  }

  // Whether a call would block for ever: no other thread is there.
  bool would_block(const char* call, int fd, short events) {
    pollfd now = {fd, events, 0};
    if ((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0 || really_poll(&now, 1) != 0) return false;
    blocked = call;
    errno = EAGAIN;
    return true;
  }
};

}  // namespace

extern "C" int poll(pollfd* fds, nfds_t count, int timeout) {
  if (Kernel::here != nullptr && Kernel::here->is_watching) return Kernel::here->poll(fds, count, timeout);
  return Kernel::really_poll(fds, count);
}

extern "C" ssize_t read(int fd, void* buffer, size_t size) {
  if (Kernel::here != nullptr && Kernel::here->would_block("read(2)", fd, POLLIN)) return -1;
  return syscall(SYS_read, fd, buffer, size);
}

extern "C" ssize_t write(int fd, const void* buffer, size_t size) {
  if (Kernel::here != nullptr && Kernel::here->would_block("write(2)", fd, POLLOUT)) return -1;
  return syscall(SYS_write, fd, buffer, size);
}

namespace {

// --- descriptors and tasks ----------------------------------------------------------------------------------------

// Two connected descriptors. Of a pipe, `first` is the reading end.
class Ends {
 public:
  enum Kind { pipe, sockets };
  explicit Ends(Kind kind = pipe) {
    int both[2];
    REQUIRE_EQ(kind == pipe ? ::pipe(both) : socketpair(AF_UNIX, SOCK_STREAM, 0, both), 0);
    first = both[0];
    second = both[1];
    for (const int end : both) fcntl(end, F_SETFL, O_NONBLOCK);
  }
  ~Ends() {
    close_one(first);
    close_one(second);
  }
  Ends(const Ends&) = delete;
  Ends& operator=(const Ends&) = delete;

  void send() const { CHECK_EQ(::write(second, "!", 1), 1); }
  void take() const {
    char byte = 0;
    CHECK_EQ(::read(first, &byte, 1), 1);
  }
  void fill() const {
    const std::string much(4096, '!');
    while (::write(second, much.data(), much.size()) > 0) {
    }
  }
  static void close_one(int& end) {
    if (end >= 0) close(std::exchange(end, -1));
  }

  int first = -1;
  int second = -1;
};

// Whom the reactor has woken: "A B", in the order of the alphabet, because the order is nobody's promise.
class Roll {
 public:
  void add(const std::string& name) { names_.push_back(name); }
  std::string take() {
    std::sort(names_.begin(), names_.end());
    std::string all;
    for (const std::string& name : std::exchange(names_, {})) all += all.empty() ? name : " " + name;
    return all.empty() ? "nobody" : all;
  }

 private:
  std::vector<std::string> names_;
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
      if (act) std::exchange(act, nullptr)();
    }
    std::string name;
    Roll& roll;
    std::function<void()> act;
  };
  Header* header_;
  kettle::Waker waker_;
};

// A reactor on the scripted system, which tells what is done to it.
class Told {
 public:
  std::uint64_t want(int fd, const char* called, Direction direction, Sleeper& sleeper) {
    const std::uint64_t number = reactor.want(fd, direction, sleeper.waker());
    story::step("want({}, {}, {}) -> {}", called, direction == Direction::read ? "read" : "write", sleeper.name(),
                number);
    if (number == 0 || !numbers_.insert(number).second) odd_number_ = number;
    if (!kernel.is_watching) expect_good_numbers();
    return number;
  }
  bool forget(std::uint64_t number) {
    const bool was_there = reactor.forget(number);
    story::step("forget({}) -> {}", number, was_there);
    return was_there;
  }
  void interrupt() {
    story::note("interrupt()");
    reactor.interrupt();
    if (!kernel.is_watching) expect_no_block();
  }

  /// Whom wait(until) has woken.
  std::string wait(std::optional<Instant> until, const char* how) {
    story::step("wait({})", how);
    kernel.calls = 0;
    kernel.sleeps = 0;
    kernel.timeouts.clear();
    kernel.watched.clear();
    kernel.is_watching = true;
    try {
      returned_ = reactor.wait(until);
    } catch (...) {
      kernel.is_watching = false;
      throw;
    }
    kernel.is_watching = false;
    expect_good_numbers();
    expect_no_block();
    return roll.take();
  }
  /// Who is ready now?
  std::string look() { return wait(Clock::now(), "until now"); }

  /// wait wakes these, and returns their number.
  void expect_woken(const std::string& got, const std::string& wanted, std::string_view when = "") {
    expect_equal(got, wanted, fmt::format("woken{}", when));
    const auto count = wanted == "nobody" ? 0 : 1 + std::count(wanted.begin(), wanted.end(), ' ');
    expect_equal(returned_, static_cast<std::size_t>(count), "what wait returns, the number of tasks that it woke");
  }

  /// How many interests in `fd` the last wait handed to poll(2).
  long watches(int fd) const {
    return std::count_if(kernel.watched.begin(), kernel.watched.end(),
                         [fd](const pollfd& each) { return each.fd == fd; });
  }

  kettle::VirtualTime time;
  Kernel kernel;
  Roll roll;
  mine::Reactor reactor;

 private:
  void expect_good_numbers() const {
    if (!odd_number_) return;
    story::teach("A number names one interest. Who kept an old one must not take out a new interest with it.",
                 once_section);
    story::fail("want returns a number that is not 0, and that it has not given before",
                fmt::format("it returned {}", *odd_number_));
  }
  void expect_no_block() const {
    if (kernel.blocked.empty()) return;
    story::teach(
        "The bell is a pipe that never blocks: a full one is ringing already, an empty one has nothing to say.",
        layer_section);
    story::fail("the bell's pipe never blocks the thread, full or empty",
                fmt::format("{} blocks for ever: the pipe is not O_NONBLOCK", kernel.blocked));
  }

  std::set<std::uint64_t> numbers_;
  std::optional<std::uint64_t> odd_number_;
  std::size_t returned_ = 0;
};

// --- the promises -------------------------------------------------------------------------------------------------

TEST_CASE("wait wakes whose descriptor is ready in their direction, and nobody else") {
  story::teach("Write it once yourself, and you know what the other one does.", layer_section);
  expect(std::is_same_v<kettle::Poller, not_included::Poller> && std::is_same_v<kettle::Reactor, not_included::Reactor>,
         "a reactor of your own, without kettle/poller.hpp and kettle/reactor.hpp", "one of them is included");
  story::teach("Each descriptor is read and written independently: POLLIN is news for readers, POLLOUT for writers.",
               once_section);
  Told told;
  const Ends pipe;
  const Ends other_pipe;
  const Ends sockets(Ends::sockets);
  Sleeper a("A", told.roll);
  Sleeper b("B", told.roll);
  Sleeper c("C", told.roll);
  Sleeper d("D", told.roll);
  Sleeper e("E", told.roll);
  told.want(pipe.first, "pipe 1", Direction::read, a);
  told.want(other_pipe.first, "pipe 2", Direction::read, b);
  told.want(sockets.first, "the socket", Direction::read, c);
  told.want(sockets.first, "the socket", Direction::write, d);
  told.expect_woken(told.look(), "D", ", when a socket has room to write, and nothing to read");
  told.expect_woken(told.look(), "nobody", ", the second time");
  story::note("a byte comes through pipe 2");
  other_pipe.send();
  told.expect_woken(told.look(), "B");
  story::note("a byte comes through pipe 1, and one to the socket");
  pipe.send();
  sockets.send();
  told.want(pipe.first, "pipe 1", Direction::read, e);
  told.expect_woken(told.look(), "A C E", ", two of them for the same pipe");
}

TEST_CASE("who was woken is forgotten, and asks again for more") {
  story::teach(
      "poll(2) is level-triggered: what is still there is told again each time. So interest is for once, or the thread "
      "never sleeps until the task has read.",
      edge_section);
  Told told;
  const Ends pipe;
  Sleeper a("A", told.roll);
  told.want(pipe.first, "the pipe", Direction::read, a);
  story::note("a byte comes through the pipe");
  pipe.send();
  told.expect_woken(told.look(), "A");
  told.expect_woken(told.look(), "nobody", ", the second time");
  expect_equal(told.watches(pipe.first), 0, "how often the pipe is handed to poll(2) then");
  expect(!a.is_held(), "the reactor has let go of A's waker", "it still has a copy");
  told.want(pipe.first, "the pipe", Direction::read, a);
  told.expect_woken(told.look(), "A", ", who asked again, and the byte is still there");
}

TEST_CASE("the sleep lasts until the deadline, and not a moment less") {
  story::teach(
      "poll(2) takes whole milliseconds in an int. Rounded down, the thread wakes up too early, again and again.",
      layer_section);
  const auto expect_timeout = [](std::optional<Instant> until, const char* how, int wanted, int or_else) {
    Told told;
    Clock::advance_to(Instant(1h));
    if (wanted < 0) {
      story::teach("Without a deadline the timeout is -1: then only news or interrupt() ends the sleep.",
                   layer_section);
      told.kernel.asleep.push_back([&told] { told.interrupt(); });
    }
    told.wait(until, how);
    expect(!told.kernel.timeouts.empty(), "wait calls poll(2)", "it does not");
    const int got = told.kernel.timeouts.front();
    expect(got == wanted || got == or_else, fmt::format("the timeout that wait({}) hands to poll(2): {}", how, wanted),
           fmt::format("the timeout: {}", got));
  };
  const auto in = [](Duration length) { return Instant(1h) + length; };
  expect_timeout(in(7ms), "in 7 ms", 7, 7);
  expect_timeout(in(1500us), "in 1.5 ms", 2, 2);
  expect_timeout(in(1ns), "in 1 ns", 1, 1);
  expect_timeout(in(0s), "until now", 0, 0);
  expect_timeout(Instant(0s), "until an hour ago", 0, 0);
  expect_timeout(kettle::no_wait, "kettle::no_wait", 0, 0);
  expect_timeout(in(24h * 100), "in 100 days", INT_MAX, INT_MAX);
  expect_timeout(std::nullopt, "no deadline", -1, -1);
  expect_timeout(kettle::never, "kettle::never", -1, INT_MAX);
}

TEST_CASE("interrupt ends the sleep, and one that came before it counts, for one wait") {
  story::teach("A call between \"nothing to do\" and \"asleep\" must not be lost. In a pipe it waits until it is read.",
               layer_section);
  Told told;
  const Ends pipe;
  Sleeper a("A", told.roll);
  told.want(pipe.first, "the pipe", Direction::read, a);
  told.kernel.asleep.push_back([&told] { told.interrupt(); });
  told.expect_woken(told.wait(std::nullopt, "no deadline"), "nobody", " by an interrupt");
  told.interrupt();
  told.interrupt();
  told.wait(std::nullopt, "no deadline");
  expect_equal(told.kernel.sleeps, 0, "sleeps in the wait after two interrupts");
  story::teach(
      "Who has heard the bell empties it, all of it. Else it rings for ever, and the thread never sleeps again.",
      layer_section);
  told.wait(Clock::now() + 1s, "in 1 s");
  expect_equal(told.kernel.sleeps, 1, "sleeps in the wait after that: nobody has called since");
  story::note("interrupt(), 100,000 times");
  for (int i = 0; i < 100'000; ++i) told.reactor.interrupt();
  told.wait(std::nullopt, "no deadline");
  told.wait(Clock::now() + 1s, "in 1 s");
  expect_equal(told.kernel.sleeps, 1, "sleeps in the second wait after many interrupts");
  story::note("a byte comes through the pipe");
  pipe.send();
  told.interrupt();
  told.expect_woken(told.look(), "A", ": a ringing bell does not hide the others");
}

TEST_CASE("a closed other end, and what is no descriptor, wake in either direction") {
  story::teach(
      "POLLHUP, POLLERR and POLLNVAL come unasked, and they stay. Who waits there has to try, and hear what is wrong.",
      edge_section);
  Told told;
  Ends ended;
  Ends full;
  Ends gone;
  Sleeper a("A", told.roll);
  Sleeper b("B", told.roll);
  Sleeper c("C", told.roll);
  Sleeper d("D", told.roll);
  Sleeper e("E", told.roll);
  full.fill();
  told.want(ended.first, "pipe 1", Direction::read, a);
  told.want(ended.first, "pipe 1", Direction::write, b);
  told.want(full.second, "pipe 2, which is full", Direction::write, c);
  told.expect_woken(told.look(), "nobody");
  story::note("the writer of pipe 1 is closed");
  Ends::close_one(ended.second);
  told.expect_woken(told.look(), "A B", ", when the other end is closed");
  story::note("the reader of pipe 2 is closed");
  Ends::close_one(full.first);
  told.expect_woken(told.look(), "C", ", when nobody can read any more what C writes");
  const int number = gone.first;
  story::note("pipe 3 is closed");
  Ends::close_one(gone.first);
  told.want(number, "pipe 3", Direction::read, d);
  told.want(number, "pipe 3", Direction::write, e);
  told.expect_woken(told.look(), "D E", ", when the descriptor is closed");
}

TEST_CASE("forget takes out one interest, and no other") {
  story::teach("A number names one interest, as long as the reactor has it.", once_section);
  Told told;
  const Ends pipe;
  const Ends sockets(Ends::sockets);
  Sleeper a("A", told.roll);
  Sleeper b("B", told.roll);
  Sleeper c("C", told.roll);
  const auto first = told.want(sockets.first, "the socket", Direction::read, a);
  const auto second = told.want(sockets.first, "the socket", Direction::write, b);
  const auto third = told.want(pipe.first, "the pipe", Direction::read, c);
  expect(told.forget(second), "forget says true: the interest was there", "it says false");
  expect(!told.forget(second), "forget says false: the interest is there no more", "it says true");
  expect(!told.forget(0), "forget(0) says false: 0 is nobody's number", "it says true");
  expect(!b.is_held(), "the reactor has let go of B's waker", "it still has a copy");
  story::note("a byte comes through the pipe, and one to the socket");
  pipe.send();
  sockets.send();
  told.expect_woken(told.look(), "A C");
  expect(!told.forget(first) && !told.forget(third), "forget says false for who was woken", "it says true");
}

TEST_CASE("what is woken may call want, forget and interrupt, and nothing is lost") {
  story::teach("Take out all that are ready, put your own things in order, then wake: whoever is woken may come back.",
               layer_section);
  Told told;
  const Ends pipes[4];
  Sleeper a("A", told.roll);
  Sleeper b("B", told.roll);
  Sleeper c("C", told.roll);
  Sleeper d("D", told.roll);
  Sleeper e("E", told.roll);
  const auto quiet = told.want(pipes[3].first, "pipe 4", Direction::read, d);
  told.want(pipes[0].first, "pipe 1", Direction::read, a);
  told.want(pipes[1].first, "pipe 2", Direction::read, b);
  told.want(pipes[2].first, "pipe 3", Direction::read, c);
  a.when_woken([&] {
    told.forget(quiet);
    told.want(pipes[0].first, "pipe 1", Direction::read, a);
    told.want(pipes[0].first, "pipe 1", Direction::read, e);
    told.interrupt();
  });
  story::note("a byte comes through pipe 1, 2 and 3");
  for (int i = 0; i < 3; ++i) pipes[i].send();
  told.expect_woken(told.look(), "A B C");
  story::note("a byte comes through pipe 4");
  pipes[3].send();
  told.expect_woken(told.wait(std::nullopt, "no deadline"), "A E", ": they have asked again, and D was forgotten");
  expect_equal(told.kernel.sleeps, 0, "sleeps in this wait");
}

TEST_CASE("a signal wakes nobody, and breaks nothing") {
  story::teach(
      "Any signal may end poll(2) early: -1, and errno is EINTR. That is no error, and says nothing of anybody.",
      layer_section);
  Told told;
  const Ends pipe;
  Sleeper a("A", told.roll);
  told.want(pipe.first, "the pipe", Direction::read, a);
  told.kernel.signals = 1;
  try {
    told.expect_woken(told.wait(Clock::now() + 1s, "in 1 s"), "nobody", " by the signal");
  } catch (const std::system_error& error) {
    story::fail("wait returns, or sleeps on", fmt::format("it throws: {}", error.what()));
  }
  story::note("a byte comes through the pipe");
  pipe.send();
  told.expect_woken(told.look(), "A");
}

TEST_CASE("Readiness is Ready when its descriptor is, and has one interest before") {
  story::teach("A future that is Pending has left its waker in one place: where the descriptor's news will find it.",
               try_section);
  Told told;
  const Ends pipe;
  story::CountingWaker first("task 1");
  story::CountingWaker second("task 2");
  {
    mine::Readiness readable(told.reactor, pipe.first, Direction::read);
    expect(poll(readable, first, "Readiness").is_pending(), "Pending: the pipe is empty", "Ready");
    expect(poll(readable, second, "Readiness").is_pending(), "Pending: the pipe is empty", "Ready");
    told.look();
    expect_equal(told.watches(pipe.first), 1, "interests in the pipe after two polls");
    expect(!first.is_held(), "the reactor has let go of task 1's waker", "it still has a copy");
    story::note("a byte comes through the pipe");
    pipe.send();
    told.look();
    expect_equal(second.wakes(), 1, "wake-ups of task 2");
    story::note("somebody else reads the byte");
    pipe.take();
    expect(poll(readable, second, "Readiness").is_pending(), "Pending: the pipe is empty again", "Ready");
    told.look();
    expect_equal(told.watches(pipe.first), 1, "interests in the pipe then");
    story::note("a byte comes through the pipe");
    pipe.send();
    expect(poll(readable, second, "Readiness").is_ready(), "Ready: there is something to read", "Pending");
    told.look();
    expect_equal(told.watches(pipe.first), 0, "interests in the pipe after Ready");
  }
  mine::Readiness writable(told.reactor, pipe.second, Direction::write);
  expect(poll(writable, first, "Readiness to write").is_ready(), "Ready: there is room", "Pending");
  pipe.fill();
  mine::Readiness full(told.reactor, pipe.second, Direction::write);
  expect(poll(full, first, "Readiness to write").is_pending(), "Pending: the pipe is full", "Ready");
}

TEST_CASE("dropping a Readiness takes its interest out, and no other; the reactor closes its bell") {
  story::teach("Dropping a future cancels it: nothing of it stays behind.", once_section);
  const auto open_descriptors = [] {
    int count = 0;
    for (int fd = 0; fd < 256; ++fd) count += fcntl(fd, F_GETFD) >= 0;
    return count;
  };
  const int before = open_descriptors();
  {
    Told told;
    const Ends pipe;
    story::CountingWaker first("task 1");
    story::CountingWaker second("task 2");
    const auto number = told.reactor.want(pipe.first, Direction::read, first.waker());
    { const mine::Readiness unpolled(told.reactor, pipe.first, Direction::read); }
    expect(told.reactor.forget(number), "a Readiness that nobody has polled has no interest, and takes none along",
           "the interest of task 1, the reactor's first one, is gone");
    auto dropped = std::make_unique<mine::Readiness>(told.reactor, pipe.first, Direction::read);
    mine::Readiness kept(told.reactor, pipe.first, Direction::read);
    poll(*dropped, first, "the first Readiness");
    poll(kept, second, "the second Readiness");
    dropped.reset();
    story::note("the first Readiness is dropped");
    expect(!first.is_held(), "the reactor has let go of task 1's waker", "it still has a copy");
    story::note("a byte comes through the pipe");
    pipe.send();
    told.look();
    expect_equal(first.wakes(), 0, "wake-ups of task 1");
    expect_equal(second.wakes(), 1, "wake-ups of task 2");
    // One that was woken has nothing left to take out.
    pipe.take();
    auto woken = std::make_unique<mine::Readiness>(told.reactor, pipe.first, Direction::read);
    poll(*woken, first, "the third Readiness");
    pipe.send();
    told.look();
    pipe.take();
    poll(kept, second, "the second Readiness");
    woken.reset();
    story::note("the third Readiness was woken, and is dropped before it could look");
    pipe.send();
    told.look();
    expect_equal(second.wakes(), 2, "wake-ups of task 2");
  }
  expect_equal(open_descriptors() - before, 0, "descriptors that are still open when the reactor is gone");
}

}  // namespace
