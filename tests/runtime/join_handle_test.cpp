// The promises of kettle/join_handle.hpp: three outcomes, abort, detach, and spawn's ways of taking a task.
#include <kettle/join_handle.hpp>
#include <kettle/task.hpp>
#include <kettle/time.hpp>
#include <kettle/yield.hpp>

#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <barrier>
#include <cstdint>
#include <cstdio>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "futures.hpp"
#include "probe.hpp"

namespace {

using kettle::block_on;
using kettle::Cancelled;
using kettle::JoinHandle;
using kettle::spawn;
using kettle::Task;
using kettle::yield_now;
using probe::Life;
using probe::make_life;
using probe::Probe;
using story::CountingWaker;

constexpr int for_ever = 1'000'000'000;

template <class T>
kettle::Poll<T> poll(JoinHandle<T>& handle, CountingWaker& task) {
  task.clear();
  kettle::Context context(task.waker());
  return handle.poll(context);
}

// Runs other tasks for some rounds.
Task<> rounds(int count) {
  for (int round = 0; round < count; ++round) co_await yield_now();
}

// Keeps the errors that nobody joins, while it lives.
class Hook {
 public:
  Hook() : before_(kettle::on_detached_error(note)) { texts.clear(); }
  ~Hook() { kettle::on_detached_error(before_); }
  Hook(const Hook&) = delete;
  Hook& operator=(const Hook&) = delete;

  static inline std::vector<std::string> texts;

 private:
  static void note(const kettle::DetachedError& detached) {
    try {
      std::rethrow_exception(detached.error);
    } catch (const std::exception& error) {
      texts.push_back(std::string(detached.task.text) + ": " + error.what());
    } catch (int number) {
      texts.push_back(std::string(detached.task.text) + ": " + std::to_string(number));
    }
  }
  kettle::DetachedErrorHook before_;
};

template <class Error>
std::shared_ptr<Life> make_life_that_throws(Error error, int at) {
  auto life = make_life();
  life->during = [error, at](int number) {
    if (number == at) throw error;
  };
  return life;
}

// --- the value -----------------------------------------------------------------------------------------------------

Task<int> seven() { co_return 7; }
Task<std::unique_ptr<int>> move_only() { co_return std::make_unique<int>(8); }
Task<int&> reference(int& target) { co_return target; }
Task<> nothing() { co_return; }

Task<int> join_all_kinds(int& target) {
  auto a = spawn(seven());
  auto b = spawn(move_only());
  auto c = spawn(reference(target));
  auto d = spawn(nothing());
  const int number = co_await a;
  const std::unique_ptr<int> pointer = co_await b;
  int& same = co_await c;
  co_await d;
  same = 9;
  co_return number + *pointer;
}

// docs/pictures/05-bytes.svg draws these.
static_assert(sizeof(void*) != 8 || sizeof(kettle::TaskHeader) + sizeof(kettle::Waker) == 80);
static_assert(sizeof(void*) != 8 || sizeof(kettle::Spawned<Task<>>) == 96);
static_assert(sizeof(void*) != 8 || sizeof(Task<>::promise_type) == 40);
static_assert(sizeof(void*) != 8 || sizeof(kettle::Await<kettle::Sleep>) == 40);
static_assert(sizeof(void*) != 8 || sizeof(kettle::Sleep) == 40);

TEST_CASE("joining gives the value: of any kind") {
  int target = 0;
  CHECK_EQ(block_on(join_all_kinds(target)), 15);
  CHECK_EQ(target, 9);
}

Task<> join_late(const std::shared_ptr<Life>& life) {
  JoinHandle<int> handle = spawn("probe", Probe(life, 2));
  life->during = [&](int) { life->wake(); };
  CHECK_FALSE(handle.is_finished());
  co_await rounds(4);
  CHECK(handle.is_finished());
  CHECK_EQ(life->drops, 1);  // The future goes at its end, not when it is joined.
  const int value = co_await handle;
  CHECK_EQ(value, 2);
  CHECK(handle.is_finished());
}

TEST_CASE("an outcome waits for whoever joins") {
  const auto life = make_life();
  block_on(join_late(life));
  CHECK_EQ(life->polls, 2);
}

Task<> poll_by_hand() {
  CountingWaker first("first");
  CountingWaker second("second");
  const auto life = make_life();
  JoinHandle<int> handle = spawn("probe", Probe(life, 2));
  CHECK(poll(handle, first).is_pending());
  CHECK(poll(handle, first).is_pending());
  CHECK(first.is_held());
  CHECK(poll(handle, second).is_pending());
  CHECK_FALSE(first.is_held());  // The last waker counts.
  co_await rounds(1);
  CHECK_EQ(second.wakes(), 0);
  life->wake();
  co_await rounds(1);
  CHECK_EQ(first.wakes(), 0);
  CHECK_EQ(second.wakes(), 1);
  CHECK_EQ(poll(handle, second).take(), 2);
  second.clear();
  CHECK_FALSE(second.is_held());
}

TEST_CASE("a handle wakes whoever polled it last, once, and lets go") { block_on(poll_by_hand()); }

Task<> drop_handle_while_waiting() {
  CountingWaker task;
  const auto life = make_life();
  {
    JoinHandle<int> handle = spawn("probe", Probe(life, 1));
    CHECK(poll(handle, task).is_pending());
  }
  task.clear();
  CHECK_FALSE(task.is_held());
  co_await rounds(1);
  CHECK_EQ(task.wakes(), 0);
  CHECK_EQ(life->drops, 1);
}

TEST_CASE("a handle that is dropped while it waits wakes nobody") { block_on(drop_handle_while_waiting()); }

Task<> move_handles() {
  JoinHandle<int> a = spawn(seven());
  JoinHandle<int> b = std::move(a);
  CHECK(a.is_finished());  // Nothing is left to wait for.
  a.abort();               // And nothing to abort.
  CountingWaker task;
  CHECK_THROWS_AS(poll(a, task), kettle::Misuse);
  const int value = co_await b;
  CHECK_EQ(value, 7);
  CHECK_THROWS_AS(poll(b, task), kettle::Misuse);
}

TEST_CASE("Misuse: a handle that was joined, or moved from") { block_on(move_handles()); }

// --- exceptions ----------------------------------------------------------------------------------------------------

Task<> join_what_throws(std::string& caught) {
  auto life = make_life_that_throws(std::runtime_error("burnt"), 1);
  auto handle = spawn("toast", Probe(life, 2));
  try {
    co_await handle;
  } catch (const std::runtime_error& error) {
    caught = error.what();
  }
  CHECK_EQ(life->drops, 1);
  CHECK(handle.is_finished());
}

TEST_CASE("joining throws what the task threw, and nobody else is told") {
  const Hook hook;
  std::string caught;
  block_on(join_what_throws(caught));
  CHECK_EQ(caught, "burnt");
  CHECK(Hook::texts.empty());
}

Task<> detach_what_throws(const std::shared_ptr<Life>& neighbour) {
  spawn("toast", Probe(make_life_that_throws(std::runtime_error("burnt"), 1), 2));
  spawn("neighbour", Probe(neighbour, 1));
  co_await rounds(1);
  CHECK_EQ(neighbour->polls, 1);
  CHECK_EQ(Hook::texts.size(), 1);
}

TEST_CASE("the exception of a detached task goes to the hook, once, and its neighbours go on") {
  const Hook hook;
  const auto neighbour = make_life();
  block_on(detach_what_throws(neighbour));
  CHECK(Hook::texts == std::vector<std::string>{"toast: burnt"});
}

Task<> drop_the_handle_late() {
  {
    auto handle = spawn("toast", Probe(make_life_that_throws(42, 1), 2));
    co_await rounds(1);
    CHECK(handle.is_finished());
    CHECK(Hook::texts.empty());  // Somebody may still join.
  }
  CHECK_EQ(Hook::texts.size(), 1);
}

TEST_CASE("so does that of a task whose handle is dropped after the end") {
  const Hook hook;
  block_on(drop_the_handle_late());
  CHECK(Hook::texts == std::vector<std::string>{"toast: 42"});
}

Task<JoinHandle<int>> hand_out(std::shared_ptr<Life> life) {
  auto handle = spawn("toast", Probe(std::move(life), 2));
  co_await rounds(1);
  co_return handle;
}

TEST_CASE("also when the handle outlives its block_on") {
  const Hook hook;
  {
    const JoinHandle<int> handle = block_on(hand_out(make_life_that_throws(std::runtime_error("burnt"), 1)));
    CHECK(handle.is_finished());
    CHECK(Hook::texts.empty());
  }
  CHECK(Hook::texts == std::vector<std::string>{"toast: burnt"});
}

Task<> replace_a_handle() {
  auto handle = spawn("old", Probe(make_life_that_throws(std::runtime_error("burnt"), 1), 2));
  handle = spawn("new", Probe(make_life(), 1));
  co_await rounds(1);
  const int value = co_await handle;
  CHECK_EQ(value, 1);
}

TEST_CASE("assigning to a handle detaches the old task") {
  const Hook hook;
  block_on(replace_a_handle());
  CHECK(Hook::texts == std::vector<std::string>{"old: burnt"});
}

TEST_CASE("on_detached_error returns who was told before; nullptr brings back the default") {
  const kettle::DetachedErrorHook silent = [](const kettle::DetachedError&) {};
  const kettle::DetachedErrorHook standard = kettle::on_detached_error(silent);
  CHECK((kettle::on_detached_error(nullptr) == silent));
  CHECK((kettle::on_detached_error(standard) == standard));
}

// What is printed on standard error meanwhile.
template <class Action>
std::string standard_error_of(Action action) {
  std::FILE* const file = std::tmpfile();
  REQUIRE(file != nullptr);
  std::fflush(stderr);
  const int kept = dup(2);
  dup2(fileno(file), 2);
  action();
  std::fflush(stderr);
  dup2(kept, 2);
  close(kept);
  std::rewind(file);
  std::string text;
  for (int letter = std::fgetc(file); letter != EOF; letter = std::fgetc(file)) text += static_cast<char>(letter);
  std::fclose(file);
  return text;
}

unsigned line_of_spawn = 0;

Task<int> burn() {
  throw std::runtime_error("burnt");
  co_return 0;
}

Task<> fail_in_three_ways() {
  line_of_spawn = __LINE__ + 1;
  spawn("toast", burn());
  spawn("eggs", Probe(make_life_that_throws(42, 1), 1));
  spawn(burn);
  co_await rounds(1);
}

TEST_CASE("the default hook prints the task, where it was spawned if that is known, and the error") {
  const std::string text = standard_error_of([] { block_on(fail_in_three_ways()); });
  const std::string place = "tests/runtime/join_handle_test.cpp:";
  CHECK_EQ(text, "kettle: a task that nobody joins has failed.\n  task: toast, spawned at " + place +
                     std::to_string(line_of_spawn) +
                     "\n  error: burnt\n"
                     "kettle: a task that nobody joins has failed.\n  task: eggs, spawned at " +
                     place + std::to_string(line_of_spawn + 1) +
                     "\n  error: something that is not a std::exception\n"
                     "kettle: a task that nobody joins has failed.\n  task: task\n  error: burnt\n");
}

// --- abort ---------------------------------------------------------------------------------------------------------

Task<bool> is_cancelled(JoinHandle<int> handle) {
  try {
    co_await handle;
  } catch (const Cancelled& cancelled) {
    CHECK_EQ(std::string(cancelled.what()), "the task was cancelled");
    co_return true;
  }
  co_return false;
}

Task<> abort_before_the_first_poll(const std::shared_ptr<Life>& life) {
  auto handle = spawn("probe", Probe(life, 1));
  handle.abort();
  handle.abort();
  CHECK_FALSE(handle.is_finished());
  CHECK_EQ(life->drops, 0);
  const bool cancelled = co_await is_cancelled(std::move(handle));
  CHECK(cancelled);
  CHECK_EQ(life->polls, 0);
  CHECK_EQ(life->drops, 1);
}

TEST_CASE("abort before the first poll") { block_on(abort_before_the_first_poll(make_life())); }

Task<> abort_while_it_waits(const std::shared_ptr<Life>& life) {
  auto handle = spawn("probe", Probe(life, for_ever));
  co_await rounds(2);
  handle.abort();
  CHECK_EQ(life->drops, 0);  // Not in the middle of somebody else's turn.
  co_await rounds(1);
  CHECK_EQ(life->drops, 1);
  CHECK(handle.is_finished());
  const bool cancelled = co_await is_cancelled(std::move(handle));
  CHECK(cancelled);
  CHECK_EQ(life->polls, 1);
}

TEST_CASE("abort while the task waits: it is destroyed at its next turn") {
  block_on(abort_while_it_waits(make_life()));
}

Task<> abort_after_the_end() {
  auto handle = spawn(seven());
  co_await rounds(1);
  handle.abort();
  co_await rounds(1);
  const int value = co_await handle;
  CHECK_EQ(value, 7);
}

TEST_CASE("abort after the end changes nothing") { block_on(abort_after_the_end()); }

Task<> abort_by_itself(const std::shared_ptr<Life>& life, int last, bool wanted) {
  auto handle = spawn("probe", Probe(life, last));
  life->during = [&](int) { handle.abort(); };
  co_await rounds(3);
  CHECK(handle.is_finished());
  CHECK_EQ(life->polls, 1);
  CHECK_EQ(life->drops, 1);
  const bool cancelled = co_await is_cancelled(std::move(handle));
  CHECK_EQ(cancelled, wanted);
}

TEST_CASE("a task that aborts itself ends at its next turn, unless this is its last") {
  block_on(abort_by_itself(make_life(), for_ever, true));
  block_on(abort_by_itself(make_life(), 1, false));
}

Task<> abort_a_chain(const std::shared_ptr<Life>& life) {
  struct Chain {
    static Task<> wait(std::shared_ptr<Life> inner) {
      auto handle = spawn("inner", Probe(std::move(inner), for_ever));
      co_await handle;
    }
  };
  auto outer = spawn("outer", Chain::wait, life);
  co_await rounds(2);
  outer.abort();
  co_await rounds(2);
  CHECK(outer.is_finished());
  CHECK_EQ(life->drops, 0);  // Its handle was dropped: it is detached, not aborted.
}

TEST_CASE("aborting a task that joins another one detaches that") {
  const auto life = make_life();
  block_on(abort_a_chain(life));
  CHECK_EQ(life->drops, 1);
}

Task<> detach_what_is_aborted() {
  auto handle = spawn("probe", Probe(make_life(), for_ever));
  handle.abort();
  co_await rounds(1);
}

TEST_CASE("an aborted task that nobody joins is no error") {
  const Hook hook;
  block_on(detach_what_is_aborted());
  CHECK(Hook::texts.empty());
}

TEST_CASE("a handle that outlives its block_on says Cancelled, and may be aborted and dropped") {
  const auto life = make_life();
  JoinHandle<int> handle = block_on(hand_out(life));
  CHECK(handle.is_finished());
  handle.abort();
  CountingWaker task;
  CHECK_THROWS_AS(poll(handle, task), Cancelled);
  CHECK_EQ(life->drops, 1);
  const JoinHandle<int> dropped = block_on(hand_out(make_life()));
}

class JoinsItself {
 public:
  using Output = void;
  explicit JoinsItself(std::shared_ptr<std::optional<JoinHandle<void>>> self) : self_(std::move(self)) {}
  kettle::Poll<> poll(kettle::Context& context) { return (*self_)->poll(context); }

 private:
  std::shared_ptr<std::optional<JoinHandle<void>>> self_;
};

Task<> spawn_one_that_joins_itself() {
  auto self = std::make_shared<std::optional<JoinHandle<void>>>();
  self->emplace(spawn("narcissus", JoinsItself(self)));
  co_await rounds(1);
}

TEST_CASE("a task that joins itself leaks nothing") { block_on(spawn_one_that_joins_itself()); }

// --- spawn(function, arguments ...) ---------------------------------------------------------------------------------

Task<std::string> append(const std::string& first, std::string second, std::unique_ptr<int> third) {
  co_await yield_now();
  co_return first + second + std::to_string(*third);
}

Task<std::string> spawn_with_arguments() {
  auto handle = [] {
    std::string first = "a string that is too long to be kept within the string itself, ";
    return spawn("append", append, first, std::string("and "), std::make_unique<int>(3));
  }();  // Here all of that is gone, and the task has not begun.
  auto text = co_await handle;
  co_return text;
}

TEST_CASE("the arguments of spawn(function, ...) are kept as long as the task lives") {
  CHECK_EQ(block_on(spawn_with_arguments()), "a string that is too long to be kept within the string itself, and 3");
}

Task<> keep(const std::shared_ptr<int>& kept) {
  co_await yield_now();
  CHECK_EQ(*kept, 5);
}

Task<> count_references() {
  auto argument = std::make_shared<int>(5);
  auto handle = spawn("keep", keep, argument);
  CHECK_EQ(argument.use_count(), 2);
  co_await handle;
  CHECK_EQ(argument.use_count(), 1);  // Gone at the end, though the handle is still there.
}

TEST_CASE("and no longer") { block_on(count_references()); }

Task<int> throws_when_called() { throw std::runtime_error("refused"); }  // No coroutine: it throws in the call.

Task<bool> join_what_throws_when_called() {
  auto handle = spawn("call", throws_when_called);
  try {
    co_await handle;
  } catch (const std::runtime_error&) {
    co_return true;
  }
  co_return false;
}

TEST_CASE("a function that throws when it is called makes a task that threw") {
  CHECK(block_on(join_what_throws_when_called()));
}

Task<int> turns_then(int turns, int value) {
  co_await rounds(turns);
  co_return value;
}

Task<int> call_a_lambda() {
  auto handle = spawn([](int a, int b) { return turns_then(a, b + 5); }, 1, 2);
  const int value = co_await handle;
  co_return value;
}

TEST_CASE("anything callable that makes a future will do") { CHECK_EQ(block_on(call_a_lambda()), 7); }

// --- other threads -------------------------------------------------------------------------------------------------

Task<> hand_over(std::optional<JoinHandle<int>>& handle, std::barrier<>& barrier, std::atomic<bool>& over, int turns) {
  handle = spawn("turns", turns_then, turns, 7);
  barrier.arrive_and_wait();
  while (!over) co_await yield_now();
}

// Gives the handle of a task to another thread, and lets `act` have it there while the task ends here.
template <class Act>
void race(int turns, Act act) {
  std::optional<JoinHandle<int>> handle;
  std::barrier barrier(2);
  std::atomic<bool> over{false};
  std::thread other([&] {
    barrier.arrive_and_wait();
    act(*std::move(handle));
    over = true;
  });
  block_on(hand_over(handle, barrier, over, turns));
  other.join();
}

TEST_CASE("a handle is joined on another thread: 1000 rounds") {
  std::mt19937 random(1);
  for (int round = 0; round < 1000; ++round) {
    int value = 0;
    race(static_cast<int>(random() % 20), [&value](JoinHandle<int> handle) { value = block_on(handle); });
    CHECK_EQ(value, 7);
  }
}

TEST_CASE("abort on another thread while the task ends: 1000 rounds") {
  std::mt19937 random(2);
  for (int round = 0; round < 1000; ++round) {
    std::string outcome;
    race(static_cast<int>(random() % 20), [&outcome](JoinHandle<int> handle) {
      handle.abort();
      try {
        outcome = std::to_string(block_on(handle));
      } catch (const Cancelled&) {
        outcome = "cancelled";
      }
    });
    CHECK((outcome == "7" || outcome == "cancelled"));
  }
}

Task<> hand_over_what_throws(std::optional<JoinHandle<int>>& handle, std::barrier<>& barrier, std::atomic<bool>& over,
                             std::atomic<int>& dropped, int turns) {
  struct Scene {
    static Task<int> run(int count, std::atomic<int>& ended) {
      co_await rounds(count);
      ++ended;
      throw std::runtime_error("burnt");
    }
  };
  handle = spawn("turns", Scene::run(turns, dropped));
  barrier.arrive_and_wait();
  while (!over || dropped == 0) co_await yield_now();
}

std::atomic<int> reports{0};

TEST_CASE("a handle is dropped on another thread while the task throws: it is reported once, in 1000 rounds") {
  const kettle::DetachedErrorHook before = kettle::on_detached_error([](const kettle::DetachedError&) { ++reports; });
  std::mt19937 random(3);
  for (int round = 0; round < 1000; ++round) {
    reports = 0;
    std::optional<JoinHandle<int>> handle;
    std::barrier barrier(2);
    std::atomic<bool> over{false};
    std::atomic<int> dropped{0};
    std::thread other([&] {
      barrier.arrive_and_wait();
      handle.reset();
      over = true;
    });
    block_on(hand_over_what_throws(handle, barrier, over, dropped, static_cast<int>(random() % 20)));
    other.join();
    CHECK_EQ(reports, 1);
  }
  kettle::on_detached_error(before);
}

TEST_CASE("a runtime ends while another thread joins one of its tasks: 1000 rounds") {
  std::mt19937 random(4);
  for (int round = 0; round < 1000; ++round) {
    std::optional<JoinHandle<int>> handle;
    std::barrier barrier(2);
    bool cancelled = false;
    std::thread other([&] {
      barrier.arrive_and_wait();
      try {
        block_on(*handle);
      } catch (const Cancelled&) {
        cancelled = true;
      }
    });
    struct Scene {
      static Task<> run(std::optional<JoinHandle<int>>& out, std::barrier<>& ready, int turns) {
        out = spawn("sleeper", Probe(make_life(), for_ever));
        ready.arrive_and_wait();
        co_await rounds(turns);
      }
    };
    block_on(Scene::run(handle, barrier, static_cast<int>(random() % 10)));
    other.join();
    CHECK(cancelled);
  }
}

struct alignas(128) Wide {
  bool is_aligned() const { return reinterpret_cast<std::uintptr_t>(this) % 128 == 0; }
};

/// Ready at once: whether it stands where its type wants to stand.
class WideFuture {
 public:
  using Output = bool;
  kettle::Poll<bool> poll(kettle::Context&) { return kettle::Ready(wide_.is_aligned()); }

 private:
  Wide wide_;
};

TEST_CASE("a future with an alignment of its own keeps it as a task") {
  for (int attempt = 0; attempt < 20; ++attempt) {
    CHECK(block_on([]() -> Task<bool> {
      auto handle = spawn(WideFuture());
      const bool is_aligned = co_await handle;
      co_return is_aligned;
    }()));
  }
}

}  // namespace
