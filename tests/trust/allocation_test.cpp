// Memory that runs out: every allocation of the runtime fails once, one after the other. Each time the program ends in
// std::bad_alloc where it belongs, nothing is leaked, and the runtime works as before.
//
// This test's operator new counts, and can be told to fail. Coroutine frames come from it, too.
#include <kettle/barrier.hpp>
#include <kettle/channel.hpp>
#include <kettle/join.hpp>
#include <kettle/join_all.hpp>
#include <kettle/join_handle.hpp>
#include <kettle/mutex.hpp>
#include <kettle/notify.hpp>
#include <kettle/rw_lock.hpp>
#include <kettle/select.hpp>
#include <kettle/task.hpp>
#include <kettle/timeout.hpp>
#include <kettle/yield.hpp>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace memory {

namespace {
std::atomic<long> outstanding{0};
std::atomic<long> until_failure{0};  // The allocation that fails, counted down; 0: none does.
std::atomic<bool> stays_empty{false};
std::atomic<bool> has_failed{false};
}  // namespace

enum class Failing { once, from_then_on };

// Lets the allocation number `which` from now on fail, and all after it if so wanted.
void fail_at(long which, Failing failing = Failing::once) {
  has_failed = false;
  stays_empty = failing == Failing::from_then_on;
  until_failure = which;
}

// Ends that. True if one has failed.
bool recover() {
  until_failure = 0;
  stays_empty = false;
  return has_failed;
}

void* allocate(std::size_t size, std::size_t alignment) {
  const bool is_due = until_failure.load() > 0 && until_failure.fetch_sub(1) == 1;
  if (is_due) has_failed = true;
  if (is_due || (has_failed.load() && stays_empty.load())) throw std::bad_alloc();
  void* const block = alignment == 0 ? std::malloc(size != 0 ? size : 1)
                                     : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (block == nullptr) throw std::bad_alloc();
  ++outstanding;
  return block;
}

void release(void* block) noexcept {
  if (block != nullptr) --outstanding;
  std::free(block);
}

}  // namespace memory

// The forms for arrays, and those that do not throw, call these.
void* operator new(std::size_t size) { return memory::allocate(size, 0); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return memory::allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* block) noexcept { memory::release(block); }
void operator delete(void* block, std::size_t) noexcept { memory::release(block); }
void operator delete(void* block, std::align_val_t) noexcept { memory::release(block); }
void operator delete(void* block, std::size_t, std::align_val_t) noexcept { memory::release(block); }

namespace {

using kettle::block_on;
using kettle::Context;
using kettle::Poll;
using kettle::Ready;
using kettle::spawn;
using kettle::Task;
using memory::Failing;
using namespace std::chrono_literals;

// --- the programs -----------------------------------------------------------------------------------------------
//
// Each returns a number when all goes well. None of them catches std::bad_alloc.

Task<int> constant(int value) { co_return value; }

Task<int> chain(int depth) {
  if (depth == 0) co_return 0;
  const int below = co_await chain(depth - 1);
  co_return below + 1;
}

int awaits() { return block_on(chain(8)); }

Task<int> spawns_main() {
  auto one = spawn(constant(1));
  auto two = spawn("two", chain(2));
  const int a = co_await one;
  const int b = co_await two;
  co_return a + b;
}
int spawns() { return block_on(spawns_main()); }

Task<int> length_of(const std::string& text, std::vector<int> more) {
  co_await kettle::yield_now();
  co_return static_cast<int>(text.size() + more.size());
}
Task<int> calls_main() {
  const std::string text(100, 'x');
  auto named = spawn("named", length_of, text, std::vector<int>(3));
  auto nameless = spawn(length_of, text, std::vector<int>(4));
  const int a = co_await named;
  const int b = co_await nameless;
  co_return a + b;
}
int calls() { return block_on(calls_main()); }

Task<> adds(int& sum) {
  const int below = co_await chain(3);
  sum += below;
}
Task<int> detaches_main() {
  int sum = 0;
  for (int i = 0; i < 3; ++i) spawn(adds, std::ref(sum));
  co_await kettle::sleep(1s);
  co_return sum;
}
int detaches() { return block_on(detaches_main()); }

Task<int> leaves_tasks_main() {
  for (int i = 0; i < 3; ++i) spawn(chain, i);
  auto sleeper = spawn(kettle::sleep(1h));
  co_await kettle::yield_now();
  co_return 1;
}
int leaves_tasks() { return block_on(leaves_tasks_main()); }

Task<int> join_all_main() {
  std::vector<Task<int>> futures;
  for (int i = 0; i < 5; ++i) futures.push_back(chain(i));
  const std::vector<int> all = co_await kettle::join_all(std::move(futures));
  std::vector<kettle::Sleep> sleeps;
  for (int i = 0; i < 5; ++i) sleeps.push_back(kettle::sleep(1s * i));
  co_await kettle::join_all(std::move(sleeps));
  const auto [a, b] = co_await kettle::join(chain(2), chain(3));
  co_return a + b + static_cast<int>(all.size());
}
int join_alls() { return block_on(join_all_main()); }

// So large that a channel allocates for each.
struct Large {
  explicit Large(int n) : number(n) {}
  int number;
  std::array<char, 600> rest{};
};

Task<> sends(kettle::mpsc::Sender<Large> sender, int count) {
  for (int i = 1; i <= count; ++i) co_await sender.send(Large(i));
}
Task<int> channel_main() {
  auto [sender, receiver] = kettle::mpsc::channel<Large>(3);
  auto one = spawn(sends(sender, 6));
  auto two = spawn(sends(std::move(sender), 6));
  int sum = 0;
  while (auto value = co_await receiver.recv()) sum += value->number;
  co_await one;
  co_await two;
  co_return sum;
}
int channels() { return block_on(channel_main()); }

Task<int> unbounded_main() {
  auto [sender, receiver] = kettle::mpsc::unbounded<int>();
  for (int i = 0; i < 300; ++i) {
    auto permit = co_await sender.reserve();
    auto sent = permit->send(1);
    if (!sent.has_value()) co_return 0;
  }
  int sum = 0;
  while (auto value = receiver.try_recv()) sum += *value;
  co_return sum;
}
int unbounded() { return block_on(unbounded_main()); }

Task<int> slow(int value) {
  co_await kettle::sleep(2s);
  const int below = co_await constant(value);
  co_return below;
}
Task<int> select_main() {
  auto first = co_await kettle::select(slow(1), kettle::sleep(1s));
  auto second = co_await kettle::select(slow(4), kettle::sleep(3s));
  auto late = co_await kettle::timeout(1s, slow(1));
  auto timely = co_await kettle::timeout(3s, slow(2));
  co_return (first.index() == 1) + std::get<0>(second) + !late.has_value() + *timely;
}
int selects() { return block_on(select_main()); }

Task<int> interval_main() {
  kettle::Interval interval(1s);
  int ticks = 0;
  for (; ticks < 3; ++ticks) co_await interval.tick();
  co_return ticks;
}
int intervals() { return block_on(interval_main()); }

struct Shared {
  kettle::Mutex<int> mutex{0};
  kettle::RwLock<int> lock{0};
  kettle::Semaphore semaphore{1};
  kettle::Notify notify;
  kettle::Barrier barrier{2};
};
Task<> meets(Shared& shared) {
  co_await shared.barrier.wait();
  auto permit = co_await shared.semaphore.acquire();
  {
    auto guard = co_await shared.mutex.lock();
    ++*guard;
    co_await kettle::yield_now();
  }
  {
    auto guard = co_await shared.lock.write();
    ++*guard;
  }
  shared.notify.notify_one();
}
Task<int> sync_main(Shared& shared) {
  auto one = spawn("one", meets, std::ref(shared));
  auto two = spawn("two", meets, std::ref(shared));
  co_await kettle::join(one, two);  // If one fails, the other waits at the barrier for ever: join throws at once.
  co_await shared.notify.notified();
  auto guard = co_await shared.mutex.lock();
  auto reader = co_await shared.lock.read();
  co_return *guard + *reader;
}
int syncs() {
  Shared shared;
  return block_on(sync_main(shared));
}

Task<int> misuse_main() {
  auto task = constant(1);
  const int value = co_await task;
  try {
    co_await task;
  } catch (const kettle::Misuse&) {
    co_return value;
  }
  co_return 0;
}
int misuses() { return block_on(misuse_main()); }

Task<int> stuck_main(Shared& shared) {
  auto guard = co_await shared.mutex.lock();
  auto one = spawn("one", meets, std::ref(shared));
  auto two = spawn("two", meets, std::ref(shared));
  co_await one;
  co_return 0;
}
int sticks() {
  Shared shared;
  try {
    return block_on(stuck_main(shared));
  } catch (const kettle::Stuck&) {
    return 1;
  }
}

// --- the runs ---------------------------------------------------------------------------------------------------

struct Program {
  const char* name;
  int (*run)();
  int result;
};
constexpr std::array programs{
    Program{"awaits", awaits, 8},
    Program{"spawns", spawns, 3},
    Program{"calls", calls, 207},
    Program{"detaches", detaches, 9},
    Program{"leaves tasks", leaves_tasks, 1},
    Program{"join_all", join_alls, 10},
    Program{"channels", channels, 42},
    Program{"unbounded", unbounded, 300},
    Program{"select", selects, 8},
    Program{"intervals", intervals, 3},
    Program{"mutex and the like", syncs, 4},
    Program{"misuse", misuses, 1},
};

// One run, in which an allocation fails.
struct Outcome {
  bool has_failed = false;
  bool threw_bad_alloc = false;     // Out of block_on,
  bool reported_bad_alloc = false;  // ... or in a task that nobody joined.
  std::string threw_something_else;
  int result = 0;
  long leaked = 0;
  int afterwards = 0;
};

// Who is told of exceptions that nobody joins, for a scope.
class Hook {
 public:
  explicit Hook(kettle::DetachedErrorHook hook) : before_(kettle::on_detached_error(hook)) {}
  ~Hook() { kettle::on_detached_error(before_); }
  Hook(const Hook&) = delete;
  Hook& operator=(const Hook&) = delete;

 private:
  kettle::DetachedErrorHook before_;
};

std::atomic<bool> reported_bad_alloc{false};
void note_bad_alloc(const kettle::DetachedError& detached) {
  try {
    std::rethrow_exception(detached.error);
  } catch (const std::bad_alloc&) {
    reported_bad_alloc = true;
  }
}

Outcome run(int (*program)(), long which, Failing failing) {
  const kettle::VirtualTime time;
  Outcome outcome;
  const long before = memory::outstanding;
  reported_bad_alloc = false;
  memory::fail_at(which, failing);
  try {
    outcome.result = program();
  } catch (const std::bad_alloc&) {
    outcome.threw_bad_alloc = true;
  } catch (const std::exception& error) {
    memory::recover();
    outcome.threw_something_else = error.what();
  }
  outcome.has_failed = memory::recover();
  outcome.reported_bad_alloc = reported_bad_alloc;
  outcome.leaked = memory::outstanding - before;
  outcome.afterwards = spawns();
  return outcome;
}

template <class Run>
void let_each_allocation_fail(const Program& program, Run run_once) {
  const std::string name = program.name;
  CAPTURE(name);
  for (const Failing failing : {Failing::once, Failing::from_then_on}) {
    long which = 1;
    for (;; ++which) {
      CAPTURE(which);
      const Outcome outcome = run_once(program.run, which, failing);
      CHECK_EQ(outcome.leaked, 0);
      CHECK_EQ(outcome.afterwards, 3);
      CHECK_EQ(outcome.threw_bad_alloc || outcome.reported_bad_alloc, outcome.has_failed);
      CHECK_EQ(outcome.threw_something_else, "");
      if (outcome.has_failed) continue;
      CHECK_EQ(outcome.result, program.result);
      break;
    }
    CHECK_GT(which, 2);
  }
}

TEST_CASE("each allocation fails once, or stays without memory from then on") {
  const Hook hook(note_bad_alloc);
  for (const Program& program : programs) let_each_allocation_fail(program, run);
}

TEST_CASE("the same on a thread that has used nothing of the runtime before") {
  const Hook hook(note_bad_alloc);
  for (const Program& program : programs) {
    let_each_allocation_fail(program, [](int (*run_program)(), long which, Failing failing) {
      Outcome outcome;
      std::thread([&] { outcome = run(run_program, which, failing); }).join();
      return outcome;
    });
  }
}

TEST_CASE("the same while block_on finds out who waits for what") {
  const Hook hook(note_bad_alloc);
  let_each_allocation_fail({"stuck", sticks, 1}, run);
}

// Standard error goes nowhere.
class Silence {
 public:
  Silence() : before_(dup(2)) {
    const int nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, 2);
    close(nowhere);
  }
  ~Silence() {
    dup2(before_, 2);
    close(before_);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  int before_;
};

Task<> throws(bool a_text) {
  if (a_text) throw std::runtime_error("a text that is longer than what fits into a string without an allocation");
  throw 7;
  co_return;
}
Task<int> reports_main() {
  // The error is made before memory runs out, and reported after that.
  spawn("with a text", throws, true);
  spawn("without one", throws, false);
  co_await kettle::yield_now();
  co_return 1;
}

TEST_CASE("the report of an error that nobody joins needs no memory") {
  for (long which = 1; which < 30; ++which) {
    const Silence silence;
    const Outcome outcome = run([] { return block_on(reports_main()); }, which, Failing::from_then_on);
    CHECK_EQ(outcome.leaked, 0);
    CHECK_EQ(outcome.afterwards, 3);
  }
}

// --- where it comes out -----------------------------------------------------------------------------------------

Task<int> fails_in_task_main() {
  auto sibling = spawn("sibling", constant, 1);
  auto failing = spawn("failing", chain, 1);  // Its frame is made at its first turn, and one more inside.
  auto other = spawn("other", constant, 2);
  memory::fail_at(2);
  const int a = co_await sibling;
  int caught = 0;
  try {
    co_await failing;
  } catch (const std::bad_alloc&) {
    caught = 10;
  }
  const int b = co_await other;
  co_return a + b + caught;
}

TEST_CASE("what fails in a task comes out of its handle, and its neighbours go on") {
  CHECK_EQ(block_on(fails_in_task_main()), 13);
  CHECK(memory::recover());
}

Task<int> fails_in_send_main() {
  auto [sender, receiver] = kettle::mpsc::channel<Large>(2);
  auto first = co_await sender.send(Large(0));  // One value needs no memory of its own; there is always one inside.
  if (!first.has_value()) co_return 0;
  int caught = 0;
  int inside = 0;
  memory::fail_at(2);
  for (int i = 1; i <= 3; ++i) {
    try {
      auto sent = co_await sender.send(Large(i));
      if (!sent.has_value()) co_return 0;
    } catch (const std::bad_alloc&) {
      caught = i;
    }
    if (i == caught) continue;
    auto value = receiver.try_recv();
    if (!value.has_value() || value->number != std::exchange(inside, i)) co_return -1;
  }
  auto value = receiver.try_recv();
  if (!value.has_value() || value->number != 3) co_return -1;
  // The room of the value that failed is not lost.
  if (!sender.try_send(Large(4)).has_value() || !sender.try_send(Large(5)).has_value()) co_return -2;
  if (sender.try_send(Large(6)).has_value()) co_return -3;
  co_return caught;
}

TEST_CASE("a send that fails takes its value along, and no room") {
  const int caught = block_on(fails_in_send_main());
  CHECK(memory::recover());
  CHECK_EQ(caught, 2);
}

}  // namespace
