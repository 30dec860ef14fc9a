// The promises of kettle/executor.hpp: who is polled, when, in which order, and what happens at the end.
#include <kettle/executor.hpp>
#include <kettle/join_handle.hpp>
#include <kettle/task.hpp>
#include <kettle/time.hpp>
#include <kettle/yield.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <numeric>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "probe.hpp"

namespace {

using kettle::block_on;
using kettle::Executor;
using kettle::JoinHandle;
using kettle::Parker;
using kettle::spawn;
using kettle::Spawned;
using kettle::Task;
using kettle::TaskName;
using kettle::yield_now;
using probe::Life;
using probe::make_life;
using probe::Probe;
using namespace std::chrono_literals;

constexpr int for_ever = 1'000'000'000;

// --- the ready queue -----------------------------------------------------------------------------------------------

Task<> wake_five_times(const std::shared_ptr<Life>& life) {
  spawn("probe", Probe(life, for_ever));
  CHECK_EQ(life->polls, 0);  // spawn polls nothing.
  co_await yield_now();
  CHECK_EQ(life->polls, 1);
  co_await yield_now();
  CHECK_EQ(life->polls, 1);  // Nobody has woken it.
  for (int time = 0; time < 5; ++time) life->wake();
  co_await yield_now();
  CHECK_EQ(life->polls, 2);
  co_await yield_now();
  CHECK_EQ(life->polls, 2);
}

TEST_CASE("a task is queued once, however often it is woken") {
  const auto life = make_life();
  block_on(wake_five_times(life));
  CHECK_EQ(life->polls, 2);
  CHECK_EQ(life->drops, 1);
}

Task<> let_it_wake_itself(const std::shared_ptr<Life>& life) {
  life->during = [&](int number) {
    if (number <= 3) life->wake();
  };
  spawn("probe", Probe(life, for_ever));
  for (int polls = 1; polls <= 4; ++polls) {
    co_await yield_now();
    CHECK_EQ(life->polls, polls);  // Once a round, not more.
  }
  co_await yield_now();
  CHECK_EQ(life->polls, 4);
}

TEST_CASE("a wake during a task's own poll puts it back into the queue, for the next round") {
  const auto life = make_life();
  block_on(let_it_wake_itself(life));
}

Task<> write_order(std::string& order) {
  std::array<std::shared_ptr<Life>, 4> lives;
  for (std::size_t place = 0; place < lives.size(); ++place) {
    lives[place] = make_life();
    lives[place]->during = [&order, place](int) { order += static_cast<char>('A' + place); };
    spawn("probe", Probe(lives[place], for_ever));
  }
  co_await yield_now();
  order += ' ';
  for (const std::size_t place : {2U, 0U, 3U, 0U, 2U}) lives[place]->wake();
  co_await yield_now();
  order += ' ';
  lives[1]->during = [&](int) {
    order += 'B';
    lives[3]->wake();
    lives[0]->wake();
  };
  lives[0]->wake();
  lives[1]->wake();
  co_await yield_now();
  order += ' ';
  co_await yield_now();
}

TEST_CASE("first in, first out, and one turn each a round") {
  std::string order;
  block_on(write_order(order));
  CHECK_EQ(order, "ABCD CAD AB DA");
}

Task<> busy(int& turns) {
  for (;;) {
    ++turns;
    co_await yield_now();
  }
}

Task<> take_turns_with_busy(int& busy_turns) {
  spawn("busy", busy(busy_turns));
  for (int turn = 0; turn < 500; ++turn) {
    CHECK_EQ(busy_turns, turn);
    co_await yield_now();
  }
}

TEST_CASE("a task that always yields takes turns with main") {
  int busy_turns = 0;
  block_on(take_turns_with_busy(busy_turns));
  CHECK_EQ(busy_turns, 500);
}

Task<> busy_while_time_passes(int& turns) {
  for (;;) {
    ++turns;
    kettle::Clock::advance_to(kettle::later(kettle::Clock::now(), 1ms));
    co_await yield_now();
  }
}

Task<> sleep_next_to_busy(int& turns) {
  spawn("busy", busy_while_time_passes(turns));
  co_await kettle::sleep(100ms);
}

TEST_CASE("a task that always yields does not starve the timers: they are looked at every 61 rounds") {
  const kettle::VirtualTime time;
  int turns = 0;
  block_on(sleep_next_to_busy(turns));
  CHECK_GE(turns, 100);
  CHECK_LE(turns, 100 + 61 + 1);
}

// --- other threads -------------------------------------------------------------------------------------------------

Task<> wake_from_a_thread(std::vector<std::size_t> wanted, std::vector<std::size_t>& polled) {
  std::vector<std::shared_ptr<Life>> lives(wanted.size());
  for (std::size_t place = 0; place < lives.size(); ++place) {
    lives[place] = make_life();
    lives[place]->during = [&polled, place](int number) {
      if (number > 1) polled.push_back(place);
    };
    spawn("probe", Probe(lives[place], for_ever));
  }
  co_await yield_now();
  std::thread other([&] {
    for (const std::size_t place : wanted) {
      lives[place]->wake();
      lives[place]->wake();
    }
  });
  other.join();
  lives[0]->wake();  // Also from here: it is in the inbox already.
  co_await yield_now();
  co_await yield_now();
}

TEST_CASE("wakes from another thread keep their order") {
  std::vector<std::size_t> wanted(100);
  std::iota(wanted.begin(), wanted.end(), std::size_t{0});
  std::mt19937 random(5);
  std::shuffle(wanted.begin(), wanted.end(), random);
  std::vector<std::size_t> polled;
  block_on(wake_from_a_thread(wanted, polled));
  CHECK_EQ(polled.size(), wanted.size());
  CHECK(polled == wanted);
}

TEST_CASE("announcing sleep, and what comes before and after it") {
  const auto parker = std::make_shared<Parker>();
  Executor executor(parker);  // No thread's current one: every wake-up comes through the inbox.
  CHECK_FALSE(executor.run_ready());
  CHECK(executor.announce_sleep());
  executor.end_sleep();
  const auto life = make_life();
  auto* const task = new Spawned<Probe>(TaskName("probe"), life, for_ever);
  const kettle::JoinHandle<Probe::Output> handle(*task);
  executor.add(*task);
  CHECK_FALSE(executor.announce_sleep());  // There is work.
  CHECK(executor.run_ready());
  CHECK_EQ(life->polls, 1);
  CHECK(executor.announce_sleep());
  life->wake();    // Calls the parker ...
  parker->park();  // ... so that this returns.
  executor.end_sleep();
  CHECK(executor.run_ready());
  CHECK_EQ(life->polls, 2);
  CHECK_FALSE(executor.run_ready());
}

// Ready when `wanted` messages have come. A message is a number, and a wake-up after it.
struct Mailbox {
  std::atomic<int> messages{0};
  kettle::sync::Mutex mutex;
  std::optional<kettle::Waker> waker;
};

class Mail {
 public:
  using Output = void;
  Mail(Mailbox& box, int wanted) : box_(box), wanted_(wanted) {}
  kettle::Poll<> poll(kettle::Context& context) {
    {
      const kettle::sync::Lock lock(box_.mutex);
      box_.waker = context.waker();
    }
    if (box_.messages.load() == wanted_) return kettle::Ready();
    return kettle::pending;
  }

 private:
  Mailbox& box_;
  int wanted_;
};

void send(Mailbox& box) {
  box.messages.fetch_add(1);
  std::optional<kettle::Waker> waker;
  {
    const kettle::sync::Lock lock(box.mutex);
    waker = box.waker;
  }
  if (waker) waker->wake();
}

Task<> receive_all(std::array<Mailbox, 8>& boxes, int wanted) {
  std::vector<JoinHandle<void>> handles;
  for (Mailbox& box : boxes) handles.push_back(spawn("mail", Mail(box, wanted)));
  for (JoinHandle<void>& handle : handles) co_await handle;
}

TEST_CASE("a storm of wake-ups from four threads loses none") {
  constexpr int threads = 4;
  constexpr int messages = 1000;
  std::array<Mailbox, 8> boxes;
  std::barrier start(threads + 1);
  std::vector<std::thread> senders;
  for (unsigned seed = 0; seed < threads; ++seed) {
    senders.emplace_back([&, seed] {
      std::vector<std::size_t> whom;
      for (std::size_t message = 0; message < messages * boxes.size(); ++message)
        whom.push_back(message % boxes.size());
      std::shuffle(whom.begin(), whom.end(), std::mt19937(seed));
      start.arrive_and_wait();
      for (const std::size_t box : whom) send(boxes[box]);
    });
  }
  start.arrive_and_wait();
  block_on(receive_all(boxes, threads * messages));
  for (std::thread& sender : senders) sender.join();
  for (const Mailbox& box : boxes) CHECK_EQ(box.messages.load(), threads * messages);
}

// One message at a time, so that the executor goes to sleep before nearly each of them.
Task<> ping_pong(Mailbox& there, Mailbox& back, int rounds) {
  for (int round = 1; round <= rounds; ++round) {
    auto answer = spawn("answer", Mail(back, round));
    send(there);
    co_await answer;
  }
}

Task<> echo(Mailbox& there, Mailbox& back, int rounds) {
  for (int round = 1; round <= rounds; ++round) {
    auto question = spawn("question", Mail(there, round));
    co_await question;
    send(back);
  }
}

TEST_CASE("a wake-up just when the executor falls asleep is not lost: 1000 rounds of ping-pong") {
  constexpr int rounds = 1000;
  Mailbox there;
  Mailbox back;
  std::thread other([&] { block_on(echo(there, back, rounds)); });
  block_on(ping_pong(there, back, rounds));
  other.join();
  CHECK_EQ(there.messages.load(), rounds);
  CHECK_EQ(back.messages.load(), rounds);
}

// --- the end -------------------------------------------------------------------------------------------------------

Task<> leave_tasks_behind(std::string& order, std::vector<std::shared_ptr<Life>>& lives,
                          std::vector<JoinHandle<int>>& handles) {
  for (char name = 'A'; name <= 'E'; ++name) {
    lives.push_back(make_life());
    lives.back()->at_the_end = [&order, name] { order += name; };
    handles.push_back(spawn("probe", Probe(lives.back(), name == 'B' ? 1 : for_ever)));
  }
  co_await yield_now();
  lives[3]->wake();  // D is ready, all others sleep, and B has ended.
}

TEST_CASE("what remains is cancelled, in the order of spawning") {
  std::string order;
  std::vector<std::shared_ptr<Life>> lives;
  std::vector<JoinHandle<int>> handles;
  block_on(leave_tasks_behind(order, lives, handles));
  CHECK_EQ(order, "BACDE");
  for (const JoinHandle<int>& handle : handles) CHECK(handle.is_finished());
  for (const auto& life : lives) CHECK_EQ(life->drops, 1);
  for (const auto& life : lives) life->wake();  // Reaches nobody.
  for (const auto& life : lives) CHECK_EQ(life->polls, 1);
}

Task<> leave_troublemakers_behind(std::vector<std::shared_ptr<Life>>& lives, std::optional<JoinHandle<int>>& handle) {
  for (int number = 0; number < 3; ++number) lives.push_back(make_life());
  const auto late = make_life();
  lives.push_back(late);
  lives[0]->at_the_end = [&lives, &handle, late] {
    spawn("late", Probe(late, for_ever));
    for (const auto& life : lives) {
      if (life->waker) life->wake();  // Also its own.
    }
    handle.reset();
  };
  spawn("first", Probe(lives[0], for_ever));
  spawn("second", Probe(lives[1], for_ever));
  handle = spawn("third", Probe(lives[2], for_ever));
  co_await yield_now();
}

TEST_CASE("a future that is destroyed at the end may spawn, wake, and drop handles") {
  std::vector<std::shared_ptr<Life>> lives;
  std::optional<JoinHandle<int>> handle;
  block_on(leave_troublemakers_behind(lives, handle));
  for (const auto& life : lives) CHECK_EQ(life->drops, 1);
  CHECK_EQ(lives[3]->polls, 0);
}

// A value whose destructor spawns.
struct Heir {
  explicit Heir(std::shared_ptr<Life> l) : life(std::move(l)) {}
  Heir(Heir&&) noexcept = default;
  Heir& operator=(Heir&&) noexcept = default;
  ~Heir() {
    if (life != nullptr) spawn("heir", Probe(life, for_ever));
  }
  std::shared_ptr<Life> life;
};

class ReadyAndWoken {
 public:
  using Output = Heir;
  explicit ReadyAndWoken(std::shared_ptr<Life> life) : life_(std::move(life)) {}
  kettle::Poll<Heir> poll(kettle::Context& context) {
    context.waker().wake();  // So that the queue still refers to the task after its end.
    return kettle::Ready(Heir(std::move(life_)));
  }

 private:
  std::shared_ptr<Life> life_;
};

Task<> leave_an_heir(std::shared_ptr<Life> life) {
  spawn("testator", ReadyAndWoken(std::move(life)));
  co_await yield_now();
}

TEST_CASE("also a value that is destroyed at the end may spawn") {
  const auto life = make_life();
  block_on(leave_an_heir(life));
  CHECK_EQ(life->polls, 0);
  CHECK_EQ(life->drops, 1);
}

TEST_CASE("a waker may outlive its task and its executor") {
  const auto life = make_life();
  block_on(wake_five_times(life));
  const kettle::Waker copy = *life->waker;
  copy.wake();
  CHECK_EQ(life->polls, 2);
  std::thread([&] { life->waker->wake(); }).join();
}

Task<> leave_while_being_woken(const std::shared_ptr<Life>& life, std::barrier<>& barrier, unsigned turns) {
  spawn("probe", Probe(life, for_ever));
  co_await yield_now();
  barrier.arrive_and_wait();  // There is a waker ...
  barrier.arrive_and_wait();  // ... and the other thread has a copy.
  for (unsigned turn = 0; turn < turns; ++turn) co_await yield_now();
}

TEST_CASE("a task that another thread wakes while its executor ends: 1000 rounds") {
  std::mt19937 random(7);
  for (int round = 0; round < 1000; ++round) {
    const auto life = make_life();
    std::barrier barrier(2);
    const unsigned wakes = static_cast<unsigned>(random() % 8);
    const unsigned turns = static_cast<unsigned>(random() % 3);
    std::thread other([&] {
      barrier.arrive_and_wait();
      const kettle::Waker waker = *life->waker;
      barrier.arrive_and_wait();
      for (unsigned wake = 0; wake <= wakes; ++wake) waker.wake();
    });
    block_on(leave_while_being_woken(life, barrier, turns));
    other.join();
    CHECK_EQ(life->drops, 1);
  }
}

// --- many ----------------------------------------------------------------------------------------------------------

class Quick {
 public:
  using Output = void;
  explicit Quick(int& done) : done_(&done) {}
  kettle::Poll<> poll(kettle::Context&) {
    ++*done_;
    return kettle::Ready();
  }

 private:
  int* done_;
};

Task<> spawn_a_million(int& done, int& left_behind) {
  for (int number = 0; number < 1'000'000; ++number) spawn("quick", Quick(done));
  CHECK_EQ(done, 0);
  co_await yield_now();
  CHECK_EQ(done, 1'000'000);
  for (int number = 0; number < 100'000; ++number) spawn("left behind", Quick(left_behind));
}

TEST_CASE("a million tasks at once") {
  int done = 0;
  int left_behind = 0;
  block_on(spawn_a_million(done, left_behind));
  CHECK_EQ(done, 1'000'000);
  CHECK_EQ(left_behind, 0);
}

// --- misuse and reports --------------------------------------------------------------------------------------------

TEST_CASE("Misuse: spawn outside block_on") {
  const auto life = make_life();
  CHECK_THROWS_WITH_AS(spawn("probe", Probe(life, 1)),
                       "A task was spawned where no runtime runs.\n  rule: call spawn from inside block_on.\n  read: "
                       "lessons/05-spawn",
                       kettle::Misuse);
  CHECK_EQ(life->drops, 1);
  CHECK_THROWS_AS(Executor::current(), kettle::Misuse);
}

TEST_CASE("another thread is outside this one's block_on") {
  const auto life = make_life();
  const auto inner = make_life();
  life->during = [&](int) {
    std::thread([&] { CHECK_THROWS_AS(spawn("probe", Probe(inner, 1)), kettle::Misuse); }).join();
  };
  Probe future(life, 1);
  CHECK_EQ(block_on(future), 1);
}

class Silent {
 public:
  using Output = void;
  kettle::Poll<> poll(kettle::Context& context) {
    waker_ = context.waker();
    return kettle::pending;
  }

 private:
  kettle::Waker waker_ = kettle::Waker::noop();
};

int line_of_await = 0;

Task<> wait_for_silent() {
  auto silent = spawn("silent", Silent());
  line_of_await = __LINE__ + 1;
  co_await silent;
}

Task<> wait_for_a_waiter(std::string& order) {
  for (int number = 0; number < 3; ++number) {
    auto quick = spawn("quick", yield_now());
    co_await quick;
  }
  const auto life = make_life();
  life->at_the_end = [&order] { order += 'a'; };
  spawn("a", Probe(life, for_ever));
  const auto another = make_life();
  another->at_the_end = [&order] { order += 'b'; };
  spawn("b", Probe(another, for_ever));
  auto waiter = spawn("waiter", wait_for_silent);
  co_await waiter;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST_CASE("the Stuck report names who waits for what, and where, each once") {
  const kettle::VirtualTime time;
  std::string order;
  std::string report;
  try {
    block_on(wait_for_a_waiter(order));
  } catch (const kettle::Stuck& stuck) {
    report = stuck.what();
  }
  CAPTURE(report);
  CHECK_EQ(count(report, "waits for"), 5);
  CHECK_EQ(count(report, "\n  task 1 (main) waits for task 7 at tests/runtime/executor_test.cpp:"), 1);
  const std::string line = std::to_string(line_of_await);
  CHECK_EQ(count(report, "\n  task 7 (waiter) waits for task 8 at tests/runtime/executor_test.cpp:" + line), 1);
  CHECK_EQ(count(report, "\n  task 8 (silent) waits for something that it did not name"), 1);
  CHECK_EQ(order, "ab");  // Asking around has not changed the order in which they are cancelled.
}

// Ready at its second poll, and wakes nobody for it: a lost wake-up. Then it wakes another task.
TEST_CASE("a task that the report brings to life ends all the same in Stuck, with whom it wakes") {
  const auto other = make_life();
  const auto forgetful = make_life();
  forgetful->during = [&](int number) {
    if (number == 2) other->wake();
  };
  struct Scene {
    static Task<> run(std::shared_ptr<Life> first, std::shared_ptr<Life> second) {
      auto a = spawn("forgetful", Probe(std::move(first), 2));
      auto b = spawn("other", Probe(std::move(second), 2));
      co_await b;
      co_await a;
    }
  };
  std::string report;
  try {
    block_on(Scene::run(forgetful, other));
  } catch (const kettle::Stuck& stuck) {
    report = stuck.what();
  }
  CHECK_EQ(count(report, "task 2 (forgetful) could go on, but nobody has woken it"), 1);
  CHECK_EQ(count(report, "task 3"), 1);
  CHECK_EQ(other->drops, 1);
  CHECK_EQ(forgetful->drops, 1);
}

class Facts final : public kettle::trace::Sink {
 public:
  Facts() { kettle::trace::sink = this; }
  ~Facts() { kettle::trace::sink = nullptr; }
  void record(std::string_view fact, std::initializer_list<kettle::trace::Arg> args) override {
    text.append(fact);
    for (const kettle::trace::Arg& arg : args) {
      if (arg.key == "at") {
        text.append(" at");
      } else {
        text.append(" ").append(arg.text);
        if (arg.has_number) text.append(arg.between).append(std::to_string(arg.number));
      }
    }
    text += '\n';
  }
  std::string text;
};

Task<> for_the_trace() {
  auto yields = spawn("yields", yield_now());
  co_await yields;
}

TEST_CASE("the trace is told of spawn, wake, poll, pending and done") {
  Facts facts;
  block_on(for_the_trace());
  CHECK_EQ(facts.text,
           "poll 1\n"
           "spawn 2 yields task 1 at\n"
           "wake 2 task 1\n"
           "pending 1 task 2 at\n"
           "poll 2\n"
           "wake 2 task 2\n"
           "pending 2 \n"
           "poll 2\n"
           "done 2 ready\n"
           "wake 1 task 2\n"
           "poll 1\n"
           "done 1 ready\n");
}

}  // namespace
