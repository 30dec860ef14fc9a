// Grades 10-server/your_own_runtime: the capstone. Real connections, to a server on the learner's own pieces.
#include "your_own_runtime.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "loopback.hpp"

namespace {

using kettle::Clock;
using kettle::Instant;
using loopback::Actor;
using loopback::at;
using loopback::Connection;
using mine::Runtime;
using mine::Site;
using mine::Stop;
using sockets::Descriptor;
using story::expect;
using story::expect_equal;
using namespace std::chrono_literals;

constexpr const char* bed_section = "lessons/09-reactor/README.md#the-lowest-bed";
constexpr const char* try_section = "lessons/10-server/README.md#from-a-descriptor-to-a-connection";
constexpr const char* task_section = "lessons/10-server/README.md#a-task-for-each";
constexpr const char* slow_section = "lessons/10-server/README.md#slow-clients";
constexpr const char* limit_section = "lessons/10-server/README.md#at-the-limit";
constexpr const char* end_section = "lessons/10-server/README.md#coming-to-an-end";
constexpr const char* mutex_section = "lessons/08-mutex/README.md#the-value-is-inside";

const std::string request = "GET / HTTP/1.1\r\nHost: kettle\r\n\r\n";

// --- clients ------------------------------------------------------------------------------------------------------

// What a client has got so far: an answer when it is complete, and its visitor's number.
class Answer {
 public:
  bool is_complete() const {
    const auto end = text.find("\r\n\r\n");
    return end != std::string::npos && text.size() >= end + 4 + length();
  }
  bool says_close() const { return headers().find("\r\nconnection: close") != std::string::npos; }

  /// The visitor's number. Fails when it is not the page.
  int visitor() const {
    const std::string body = is_complete() ? text.substr(text.find("\r\n\r\n") + 4) : "";
    const std::string before = "Hello from async C++!\nYou are visitor ";
    if (text.substr(0, 7) != "HTTP/1." || text.substr(8, 5) != " 200 " || body.size() != length() ||
        body.substr(0, before.size()) != before) {
      story::fail("an answer is what page_for() makes", fmt::format("it is {:?}", text));
    }
    return std::atoi(body.c_str() + before.size());
  }

  std::string text;

 private:
  std::string headers() const {
    std::string all = text.substr(0, text.find("\r\n\r\n"));
    for (char& each : all) each = static_cast<char>(std::tolower(static_cast<unsigned char>(each)));
    return all;
  }
  std::size_t length() const {
    const std::string name = "\r\ncontent-length: ";
    const std::string all = headers();
    const auto found = all.find(name);
    return found == std::string::npos ? 0 : std::strtoul(all.c_str() + found + name.size(), nullptr, 10);
  }
};

class Evening;

// A client, or many that do the same at the same time.
class Clients : public Actor {
 public:
  Clients(Evening& evening, std::string called, std::size_t count = 1)
      : Actor(std::move(called)), evening_(evening), answers(count), connections_(count) {}

  Clients& connects();
  /// Both before the server sees any of it.
  Clients& connects_and_resets();
  Clients& are_let_in();
  Clients& says(const std::string& text);
  /// Like says, and the server has read it before the next step.
  Clients& says_and_is_heard(const std::string& text);
  Clients& says_no_more();
  /// Both before the server sees any of it.
  Clients& says_and_resets(const std::string& text);
  Clients& resets();
  Clients& closes();
  Clients& are_answered();
  /// The server closes, when time has passed.
  Clients& are_closed_at_last();
  /// The server closes, and it is not yet a matter of time.
  Clients& are_closed();

  bool is_heard() const {
    return std::all_of(connections_.begin(), connections_.end(),
                       [](const Connection* each) { return each->heard == each->said; });
  }

 private:
  Evening& evening_;

 public:
  std::vector<Answer> answers;
  Instant closed_at{};

 private:
  template <class Act>
  Clients& does_each(const std::string& what, Act act) {
    does(name + " " + what, [this, act] {
      for (std::size_t i = 0; i < connections_.size(); ++i) act(i);
    });
    return *this;
  }
  bool all_are_closed();
  bool is_many() const { return connections_.size() > 1; }

  std::vector<Connection*> connections_;
};

// --- the server, and the world around it ----------------------------------------------------------------------------

mine::Task<> until_stop(mine::Receiver<Stop> stop) { co_await stop; }

class Evening {
 public:
  Evening() : site(open_book()) {
    descriptors_before_ = loopback::open_descriptors();
    threads_before_ = loopback::threads();
    listener_ = sockets::listen_on(0);
    world.listener = listener_.fd();
    socklen_t size = sizeof address;
    getsockname(listener_.fd(), reinterpret_cast<sockaddr*>(&address), &size);
    auto [sender, receiver] = mine::oneshot<Stop>();
    sender_.emplace(std::move(sender));
    receiver_.emplace(std::move(receiver));
    world.when_all_is_done = [this] { stop(); };
    world.next_timer = [this] { return runtime.timers.next_deadline(); };
  }
  ~Evening() { world.leave(); }
  Evening(const Evening&) = delete;
  Evening& operator=(const Evening&) = delete;

  Clients& client(std::string name) { return world.adds<Clients>(*this, std::move(name)); }
  Clients& clients(std::size_t count) {
    return world.adds<Clients>(*this, fmt::format("the {} clients", count), count);
  }

  /// The stop comes, from another thread.
  void stop() {
    if (!sender_) return;
    story::note("another thread sends the stop");
    std::thread([this] { static_cast<void>(sender_->send(Stop{})); }).join();
    sender_.reset();
    world.is_called();
    world.when_all_is_done = nullptr;
  }

  /// Serves until the stop.
  void serve() {
    runs(mine::serve(runtime, site, std::move(listener_), std::move(*receiver_)));
    world.sees_the_end();
    expect(world.all_is_done(), world.what_is_missing(), "serve() is Ready already");
    expect_equal(loopback::threads(), threads_before_, "threads");
  }
  /// Runs the runtime's tasks until the stop.
  void runs_tasks() { runs(until_stop(std::move(*receiver_))); }

  /// All descriptors that were opened are closed.
  void expect_no_leak() const {
    expect_equal(loopback::open_descriptors() - descriptors_before_, 0, "descriptors that are left open in the end");
  }

  kettle::VirtualTime time;
  loopback::World world;  // Outlives the server, which may still close descriptors.
  sockaddr_in address{};

 private:
  Descriptor book_reader_;

 public:
  Site site;
  Runtime runtime;

 private:
  // The world keeps what is written there; a pipe, so that it is a descriptor.
  Descriptor open_book() {
    int ends[2];
    REQUIRE_EQ(pipe(ends), 0);
    book_reader_ = Descriptor(ends[0]);
    Descriptor writer(ends[1]);
    sockets::make_nonblocking(writer);
    world.book = writer.fd();
    return writer;
  }

  template <class F>
  void runs(F future) {
    std::string error;
    try {
      mine::run(runtime, future);
    } catch (const story::Failed&) {
      throw;
    } catch (const std::exception& exception) {
      error = exception.what();
    }
    if (story::has_failed()) story::fail("", "");
    if (!error.empty())
      story::fail(world.what_is_missing(), fmt::format("an exception has left the server: {}", error));
  }

  int descriptors_before_ = 0;
  int threads_before_ = 0;
  Descriptor listener_;
  std::optional<mine::Sender<Stop>> sender_;
  std::optional<mine::Receiver<Stop>> receiver_;
};

Clients& Clients::connects() {
  return does_each(is_many() ? "connect" : "connects",
                   [this](std::size_t i) { connections_[i] = &evening_.world.connects(evening_.address); });
}
Clients& Clients::connects_and_resets() {
  return does_each("connects, and vanishes (a reset)", [this](std::size_t i) {
    connections_[i] = &evening_.world.connects(evening_.address);
    evening_.world.resets(*connections_[i]);
  });
}
Clients& Clients::are_let_in() {
  waits(is_many() ? "are let in" : "is let in", [this] {
    return std::all_of(connections_.begin(), connections_.end(),
                       [](const Connection* each) { return each->is_inside; });
  });
  return *this;
}
Clients& Clients::says(const std::string& text) {
  const std::string shown = text.size() > 100 ? fmt::format("{} bytes", text.size()) : fmt::format("{:?}", text);
  return does_each((is_many() ? "say " : "says ") + shown,
                   [this, text](std::size_t i) { evening_.world.says(*connections_[i], text); });
}
Clients& Clients::says_and_is_heard(const std::string& text) {
  says(text);
  waits("is heard: the server reads what it says", [this] { return is_heard(); });
  return *this;
}
Clients& Clients::says_no_more() {
  return does_each("ends its direction", [this](std::size_t i) { evening_.world.says_no_more(*connections_[i]); });
}
Clients& Clients::resets() {
  return does_each("vanishes (a reset)", [this](std::size_t i) { evening_.world.resets(*connections_[i]); });
}
Clients& Clients::says_and_resets(const std::string& text) {
  return does_each(fmt::format("says {:?}, and vanishes (a reset)", text), [this, text](std::size_t i) {
    evening_.world.says(*connections_[i], text);
    evening_.world.resets(*connections_[i]);
  });
}
Clients& Clients::closes() {
  return does_each("closes", [this](std::size_t i) { evening_.world.close_client(*connections_[i]); });
}
Clients& Clients::are_answered() {
  waits(is_many() ? "are answered" : "is answered", [this] {
    std::size_t done = 0;
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      const bool is_open = evening_.world.receives(*connections_[i], answers[i].text);
      if (!is_open && !answers[i].is_complete()) {
        story::fail(name + (is_many() ? " are answered" : " is answered"),
                    answers[i].text.empty() ? "the server has closed the connection without a word"
                                            : fmt::format("the server has closed after {:?}", answers[i].text));
      }
      done += answers[i].is_complete() && (!is_open || !answers[i].says_close()) ? std::size_t{1} : 0;
    }
    if (done < connections_.size()) return false;
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      const int visitor = answers[i].visitor();
      if (!is_many()) story::step("{} is answered, as visitor {}", name, visitor);
      evening_.world.close_client(*connections_[i]);
    }
    if (is_many()) story::step("{} are answered", name);
    return true;
  });
  return *this;
}
bool Clients::all_are_closed() {
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    if (evening_.world.receives(*connections_[i], answers[i].text)) return false;
  }
  closed_at = Clock::now();
  story::step("{} {} closed by the server, at {}", name, is_many() ? "are" : "is", at(closed_at));
  for (const Answer& each : answers) {
    if (each.text.starts_with("HTTP/1.1 200") || each.text.starts_with("HTTP/1.0 200")) {
      story::fail(fmt::format("{}, of whom no whole request has come, does not get the page", name),
                  fmt::format("the server has sent {:?}", each.text));
    }
  }
  for (Connection* const each : connections_) evening_.world.close_client(*each);
  return true;
}
Clients& Clients::are_closed_at_last() {
  waits_long(is_many() ? "are closed by the server" : "is closed by the server", [this] { return all_are_closed(); });
  return *this;
}
Clients& Clients::are_closed() {
  waits("is closed by the server", [this] { return all_are_closed(); });
  return *this;
}

// --- the runtime ----------------------------------------------------------------------------------------------------

mine::Task<> reader(Runtime& runtime, int fd, std::function<void()> when_ready) {
  mine::Readiness readable(runtime.reactor, fd, mine::Direction::read);
  co_await readable;
  when_ready();
}

mine::Task<> sleeper(Runtime& runtime, kettle::Duration length, std::function<void()> when_awake) {
  mine::Sleep sleep(runtime.timers, kettle::later(Clock::now(), length));
  co_await sleep;
  when_awake();
}

class Pipe {
 public:
  Pipe() {
    int ends[2];
    REQUIRE_EQ(pipe(ends), 0);
    reading = Descriptor(ends[0]);
    writing = Descriptor(ends[1]);
  }
  void send() const { CHECK_EQ(::write(writing.fd(), "!", 1), 1); }
  Descriptor reading;
  Descriptor writing;
};

TEST_CASE("the thread sleeps in one place: a descriptor wakes it, a deadline, and another thread") {
  story::teach("One bed for all: reactor.wait(timers.next_deadline()), and unpark() rings the reactor's bell.",
               bed_section);
  Evening evening;
  const Pipe pipe;
  bool is_read = false;
  std::optional<Instant> awake_at;
  evening.runtime.executor.spawn(reader(evening.runtime, pipe.reading.fd(), [&] { is_read = true; }));
  evening.runtime.executor.spawn(sleeper(evening.runtime, 300s, [&] { awake_at = Clock::now(); }));
  evening.world.adds_actor("the task")
      .does("the thread sleeps; a byte comes through a pipe", [&] { pipe.send(); })
      .waits("that waits for the pipe is woken", [&] { return is_read; })
      .does("the thread sleeps; time passes", [] {})
      .waits_long("that sleeps for 300 s is woken", [&] { return awake_at.has_value(); });
  evening.runs_tasks();
  expect(is_read && awake_at, "run() is Ready after the stop", "it is Ready before it");
  expect_equal(at(*awake_at), "300 s", "the time at which the sleeping task is woken");
}

// Always ready: has a turn each time, and tells its number.
class Busy {
 public:
  using Output = void;
  Busy(int turns, std::function<void(int)> at_turn) : turns_(turns), at_turn_(std::move(at_turn)) {}
  kettle::Poll<> poll(kettle::Context& context) {
    if (turn_ == turns_) return kettle::Ready();
    at_turn_(++turn_);
    context.waker().wake();
    return kettle::pending;
  }

 private:
  int turns_;
  int turn_ = 0;
  std::function<void(int)> at_turn_;
};

TEST_CASE("a task that is always ready does not hold up the others, nor timers, descriptors and the main task") {
  story::teach(
      "One turn for those that are ready. Then look at the timers and the descriptors, and go back to block_on.",
      bed_section);
  Evening evening;
  const Pipe pipe;
  int turn = 0;
  int read_at = 0;
  int awake_at = 0;
  evening.runtime.executor.spawn(reader(evening.runtime, pipe.reading.fd(), [&] { read_at = turn; }));
  evening.runtime.executor.spawn(sleeper(evening.runtime, 5s, [&] { awake_at = turn; }));
  evening.world.adds_actor("the busy task").waits("has had 500 turns", [&] { return turn >= 500; });
  evening.runtime.executor.spawn(Busy(1000, [&](int number) {
    turn = number;
    if (turn == 100) {
      story::note("turn 100 of the busy task: a byte comes through a pipe");
      pipe.send();
    }
    if (turn == 200) {
      story::note("turn 200: 5 s are over");
      Clock::advance_to(Clock::now() + 5s);
    }
    if (turn == 500) {
      story::note("turn 500");
      evening.stop();
    }
  }));
  evening.runs_tasks();
  story::step("run() is Ready after turn {}", turn);
  constexpr int a_few = 20;
  expect(read_at != 0 && read_at < 100 + a_few, "the reader has its turn soon after the byte has come, at turn 100",
         read_at == 0 ? "it has had none" : fmt::format("it has its turn at turn {}", read_at));
  expect(awake_at != 0 && awake_at < 200 + a_few, "the sleeper has its turn soon after its time has come, at turn 200",
         awake_at == 0 ? "it has had none" : fmt::format("it has its turn at turn {}", awake_at));
  expect(turn < 500 + a_few, "the main task goes on soon after the stop, at turn 500",
         fmt::format("it goes on after turn {}", turn));
}

// --- the server -----------------------------------------------------------------------------------------------------

TEST_CASE("a client is answered, in however many pieces its request and its answer travel") {
  story::teach(
      "A read brings a part of what was said, a write takes a part: go on until the empty line, and to the end.",
      try_section);
  Evening evening;
  evening.world.most_a_read = 3;
  evening.world.most_a_write = 7;
  Clients& client = evening.client("the client");
  client.connects()
      .says_and_is_heard("GET / HT")
      .says_and_is_heard("TP/1.1\r\nHost: kettle\r")
      .says_and_is_heard("\n\r")
      .says("\n")
      .are_answered();
  evening.serve();
  expect_equal(client.answers[0].visitor(), 1, "the number on the page");
}

TEST_CASE("200 clients at once are answered, all of them inside before the first says a word, on one thread") {
  story::teach("A task for each connection. A task that waits holds no thread.", task_section);
  Evening evening;
  Clients& crowd = evening.clients(200);
  crowd.connects().are_let_in().says(request).are_answered();
  evening.serve();
  std::set<int> numbers;
  for (const Answer& each : crowd.answers) numbers.insert(each.visitor());
  expect(numbers.size() == 200 && *numbers.begin() == 1 && *numbers.rbegin() == 200, "the numbers 1 to 200, each once",
         fmt::format("{} different numbers, from {} to {}", numbers.size(), *numbers.begin(), *numbers.rbegin()));
}

TEST_CASE("while 200 clients are silent, the thread sleeps") {
  story::teach("Nothing to do means no system call: the thread sleeps until there is news, or until the next deadline.",
               bed_section);
  Evening evening;
  Clients& crowd = evening.clients(200);
  std::size_t before = 0;
  std::size_t calls = 0;
  crowd.connects()
      .are_let_in()
      .does("all is quiet, for 9 s", [&] { before = evening.world.calls; })
      .waits_until(Instant(9s))
      .does("9 s are over", [&] { calls = evening.world.calls - before; });
  crowd.says(request).are_answered();
  evening.serve();
  expect(calls <= 10, "hardly a system call in 9 s in which nothing happens: at most 10",
         fmt::format("{} system calls", calls));
}

TEST_CASE("a client that dawdles is closed after 10 s, whether it says nothing or a byte now and then") {
  story::teach("The limit is for the whole request. Begun anew with each byte, it would be no limit.", slow_section);
  Evening evening;
  Clients& silent = evening.client("the silent one");
  silent.connects().are_closed_at_last();
  Clients& dawdler = evening.client("the dawdler");
  dawdler.connects();
  for (int second = 1; second <= 9; ++second) {
    dawdler.waits_until(Instant(std::chrono::seconds(second)));
    dawdler.says_and_is_heard(std::string(1, request[static_cast<std::size_t>(second - 1)]));
  }
  dawdler.are_closed_at_last();
  Clients& quick = evening.client("the quick one");
  quick.waits_until(Instant(5s));
  quick.connects().says(request).are_answered();
  evening.serve();
  expect_equal(at(silent.closed_at), "10 s", "the time at which the silent one is closed");
  expect_equal(at(dawdler.closed_at), "10 s", "the time at which the dawdler is closed");
}

TEST_CASE("a slow client does not hold up the others") {
  story::teach("No connection waits for another: each has its task, and no call in it waits.", task_section);
  Evening evening;
  Clients& slow = evening.client("the slow one");
  Clients& quick = evening.client("the quick one");
  bool is_heard = false;
  slow.connects().says_and_is_heard("GET / ").does("", [&] { is_heard = true; });
  slow.waits_for([&] { return quick.steps.empty(); });
  slow.says("HTTP/1.1\r\n\r\n").are_answered();
  quick.waits_for([&] { return is_heard; });
  quick.connects().says(request).are_answered();
  evening.serve();
}

TEST_CASE("clients that vanish, at whatever moment, harm nobody else") {
  story::teach(
      "What goes wrong in a connection is caught in its task. The end of a stream is an answer of read: 0 bytes.",
      task_section);
  Evening evening;
  Clients& one = evening.client("number 1");
  one.connects_and_resets();
  Clients& two = evening.client("number 2");
  two.connects().are_let_in().resets();
  Clients& three = evening.client("number 3");
  three.connects().says_and_is_heard("GET / HTTP/1.1\r\n").resets();
  Clients& four = evening.client("number 4");
  four.connects().says_and_is_heard("GET /").closes();
  Clients& five = evening.client("number 5");
  five.connects().are_let_in().says_and_resets(request);
  Clients& six = evening.client("number 6");
  six.connects().says(request).says_no_more().are_answered();
  Clients& seven = evening.client("number 7");
  seven.waits_for([&] { return evening.world.are_done({&one, &two, &three, &four, &five, &six}); });
  seven.does("the book is full", [&] { evening.world.lets_the_book_take(0); });
  seven.connects().says_and_is_heard(request).resets();
  seven.does("there is room in the book", [&] { evening.world.lets_the_book_take(loopback::no_limit); });
  Clients& eight = evening.client("number 8");
  eight.waits_for([&] { return evening.world.are_done({&seven}); });
  eight.connects().says(request).are_answered();
  evening.serve();
  evening.expect_no_leak();
}

TEST_CASE("a request that has no end is refused") {
  story::teach("Everything has a size. Otherwise a client could fill your memory within its 10 s.", slow_section);
  Evening evening;
  evening.client("the talker").connects().says("GET /" + std::string(20'000, 'a')).are_closed();
  evening.serve();
}

TEST_CASE("half a request is none: who ends there does not get the page, and is not in the book") {
  story::teach("read says 0 at the end of the stream. Without the empty line, that is no request.", task_section);
  Evening evening;
  Clients& half = evening.client("the one who says half");
  half.connects().says_and_is_heard("GET / HTTP/1.1\r\n").says_no_more().are_closed();
  Clients& next = evening.client("the next one");
  next.waits_for([&] { return evening.world.are_done({&half}); });
  next.connects().says(request).are_answered();
  evening.serve();
  expect_equal(next.answers[0].visitor(), 1, "the number of the next visitor");
}

TEST_CASE("accept fails, and the server goes on, after a breath") {
  story::teach("An accept that fails is no reason to stop, nor to try again at once: it may fail for a while.",
               limit_section);
  Evening evening;
  std::size_t attempts = 0;
  evening.world.accept_error = [&] {
    if (++attempts == 1) {
      story::note("accept fails: that connection is gone (ECONNABORTED)");
      return ECONNABORTED;
    }
    if (Clock::now() >= Instant(1s)) return 0;
    if (attempts == 2) story::note("accept fails: no descriptor is left, for 1 s (EMFILE)");
    return EMFILE;
  };
  Clients& client = evening.client("the client");
  client.connects().says(request);
  client.waits_long("is let in when there are descriptors again", [&] { return evening.world.accepted == 1; });
  client.are_answered();
  evening.serve();
  expect(attempts <= 20, "with a breath of 100 ms, about 12 attempts in 1 s", fmt::format("{} attempts", attempts));
}

TEST_CASE("the visitors sign the book one after the other, though it takes a line by halves") {
  story::teach("The lock is held across the awaits of write_all: the next line begins when this one is whole.",
               mutex_section);
  Evening evening;
  story::note("the book takes 4 bytes at a time");
  evening.world.lets_the_book_take(4);
  Clients& crowd = evening.clients(5);
  crowd.connects().says(request).are_answered();
  evening.serve();
  expect_equal(evening.world.book_text, "visitor 1\nvisitor 2\nvisitor 3\nvisitor 4\nvisitor 5\n", "the book");
  std::set<int> numbers;
  for (const Answer& each : crowd.answers) numbers.insert(each.visitor());
  expect_equal(fmt::format("{}", fmt::join(numbers, " ")), "1 2 3 4 5", "the numbers on the pages");
}

TEST_CASE("after the stop nobody is let in, who is inside is answered, and then serve is Ready") {
  story::teach(
      "Close the door first. Then wait for those who are inside: each is answered, or closed when its time is up.",
      end_section);
  Evening evening;
  Clients& slow = evening.client("the slow one");
  slow.connects().says_and_is_heard("GET / ");
  Clients& silent = evening.client("the silent one");
  bool silent_is_inside = false;
  silent.connects().are_let_in().does("", [&] { silent_is_inside = true; });
  slow.waits_for([&] { return silent_is_inside; });
  slow.does("", [&] { evening.stop(); });
  slow.waits("sees that the listener is closed", [&] { return evening.world.listener < 0; });
  slow.does("the listener is closed", [] {});
  slow.says("HTTP/1.1\r\n\r\n").are_answered();
  silent.waits_for([&] { return slow.steps.empty(); });
  silent.are_closed_at_last();
  evening.serve();
  expect_equal(at(silent.closed_at), "10 s", "the time at which the silent one is closed");
  evening.expect_no_leak();
}

// --- for the browser ------------------------------------------------------------------------------------------------

TEST_CASE("serve the page at http://127.0.0.1:8080/ until Ctrl-C" * doctest::skip()) {
  Site site{Descriptor(dup(1))};
  Runtime runtime;
  auto [sender, receiver] = mine::oneshot<Stop>();
  fmt::print("http://127.0.0.1:8080/    Ctrl-C ends it. The book:\n");
  std::fflush(stdout);
  auto serving = mine::serve(runtime, site, sockets::listen_on(8080), std::move(receiver));
  mine::run(runtime, serving);
}

}  // namespace
