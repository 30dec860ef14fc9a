// Grades 08-mutex/mutex: a fair async mutex, for the tasks of one thread.
#include "mutex.hpp"

#include <kettle/join_handle.hpp>
#include <kettle/task.hpp>
#include <kettle/yield.hpp>

#include <doctest/doctest.h>

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "calling_waker.hpp"
#include "futures.hpp"

namespace {

using story::CountingWaker;
using story::expect;
using story::expect_equal;

using Mutex = mine::Mutex<int>;
using Lock = decltype(std::declval<Mutex&>().lock());
static_assert(kettle::Future<Lock>, "mine::Mutex<T>::lock() returns a Future: Output and poll(Context&)");
using Guard = Lock::Output;
static_assert(std::is_same_v<decltype(std::declval<Mutex&>().try_lock()), std::optional<Guard>>,
              "mine::Mutex<T>::try_lock() returns an optional of the same guard that lock() gives");

constexpr auto guard_section = "lessons/08-mutex/README.md#the-value-is-inside";
constexpr auto line_section = "lessons/08-mutex/README.md#the-line";
constexpr auto fair_section = "lessons/08-mutex/README.md#handed-over-not-put-down";

// A cook who wants the lock: his task, his lock future, and the guard while he has it.
class Cook {
 public:
  Cook(std::string name, Mutex& mutex) : name_(std::move(name)), task_(name_), lock_(new Lock(mutex.lock())) {}
  Cook(const Cook&) = delete;
  Cook& operator=(const Cook&) = delete;

  void asks_in_vain() { asks_in_vain(task_); }
  void asks_in_vain(CountingWaker& task) {
    expect(!is_ready(task), fmt::format("{}'s lock is Pending: somebody else has it, or was given it", name_),
           "it is Ready");
  }
  void gets_it() { expect(is_ready(task_), fmt::format("{}'s lock is Ready: it is his turn", name_), "it is Pending"); }
  void is_done() {
    story::step("{}'s guard ends", name_);
    guard_.reset();
  }
  void goes_away() {
    story::step("{}'s lock future is dropped", name_);
    lock_.reset();
  }
  void expect_wakes(int wakes) { expect_equal(task_.wakes(), wakes, fmt::format("wake-ups of {}", name_)); }

  Guard& guard() { return *guard_; }
  const CountingWaker& task() const { return task_; }

 private:
  bool is_ready(CountingWaker& task) {
    task.clear();
    kettle::Context context(task.waker());
    auto answer = lock_->poll(context);
    story::step("poll of {}'s lock: {}", name_, answer.is_ready() ? "Ready" : "Pending");
    if (answer.is_pending()) return false;
    guard_.emplace(answer.take());
    return true;
  }

  std::string name_;
  CountingWaker task_;
  std::unique_ptr<Lock> lock_;
  std::optional<Guard> guard_;
};

bool is_free(Mutex& mutex) {
  const bool got = mutex.try_lock().has_value();
  story::step("try_lock: {}", got ? "a guard" : "nothing");
  return got;
}

void expect_free(Mutex& mutex) { expect(is_free(mutex), "try_lock gets the lock: nobody has it", "it gets nothing"); }

void expect_locked(Mutex& mutex) {
  expect(!is_free(mutex), "try_lock gets nothing: somebody has the lock, or was given it", "it gets a guard");
}

TEST_CASE("a free mutex is locked by the first poll, and the guard is the way to the value") {
  story::teach("lock() is lazy, as every future; its first poll locks when it can. The end of the guard unlocks.",
               guard_section);
  Mutex mutex(7);
  {
    Cook ann("Ann", mutex);
    expect_free(mutex);
    ann.gets_it();
    expect_equal(*ann.guard(), 7, "the value behind the guard");
    *ann.guard() = 8;
    expect_locked(mutex);
    ann.is_done();
    expect_free(mutex);
  }
  auto guard = mutex.try_lock();
  expect(guard.has_value(), "try_lock gets the free lock", "it gets nothing");
  expect_equal(**guard, 8, "the value behind the next guard");
  expect_locked(mutex);

  mine::Mutex<std::unique_ptr<int>> other(std::make_unique<int>(3));
  expect_equal(*(*other.try_lock())->get(), 3, "a value that can only be moved");
}

TEST_CASE("who has to wait is woken once, when the guard ends") {
  story::teach("Before Pending the future is in the line with its waker; the end of the guard wakes the first in line.",
               line_section);
  Mutex mutex;
  Cook ann("Ann", mutex);
  Cook bob("Bob", mutex);
  ann.gets_it();
  bob.asks_in_vain();
  bob.expect_wakes(0);
  ann.is_done();
  bob.expect_wakes(1);
  bob.gets_it();
  bob.is_done();
  bob.expect_wakes(1);
  expect_free(mutex);
}

TEST_CASE("the lock goes round in the order of the first polls, and only the next one is woken") {
  story::teach("First come, first served; a wake-up for somebody whose turn it is not is a poll for nothing.",
               line_section);
  Mutex mutex;
  std::deque<Cook> cooks;
  for (const char* name : {"Ann", "Bob", "Cem", "Dora", "Eva"}) cooks.emplace_back(name, mutex);
  const std::size_t order[] = {2, 0, 4, 1, 3};
  cooks[order[0]].gets_it();
  for (std::size_t i = 1; i < 5; ++i) cooks[order[i]].asks_in_vain();
  for (std::size_t turn = 1; turn < 5; ++turn) {
    cooks[order[turn - 1]].is_done();
    for (std::size_t i = 1; i < 5; ++i) cooks[order[i]].expect_wakes(i <= turn ? 1 : 0);
    cooks[order[turn]].gets_it();
  }
}

TEST_CASE("nobody overtakes the one who was woken") {
  story::teach("The lock is handed over, not put down: from the wake-up on it belongs to the one who was woken.",
               fair_section);
  Mutex mutex;
  Cook ann("Ann", mutex);
  Cook bob("Bob", mutex);
  Cook cem("Cem", mutex);
  ann.gets_it();
  bob.asks_in_vain();
  ann.is_done();
  expect_locked(mutex);
  cem.asks_in_vain();
  bob.gets_it();
  cem.expect_wakes(0);
  bob.is_done();
  cem.gets_it();

  story::step("and in the very moment of the wake-up:");
  Mutex other;
  Cook dora("Dora", other);
  dora.gets_it();
  bool overtaken = false;
  story::CallingWaker task([&] { overtaken = is_free(other); }, {});
  const std::unique_ptr<Lock> lock(new Lock(other.lock()));
  expect(story::quiet_poll(*lock, task).is_pending(), "Eva's lock is Pending: Dora has it", "it is Ready");
  dora.is_done();
  expect(!overtaken, "try_lock gets nothing while Eva is being woken: the lock is hers", "it gets a guard");
}

TEST_CASE("a lock future that is dropped while it waits leaves the line") {
  story::teach("Dropping a future cancels it: its place in line goes with it, and its waker too.", line_section);
  Mutex mutex;
  Cook ann("Ann", mutex);
  Cook bob("Bob", mutex);
  Cook cem("Cem", mutex);
  Cook dora("Dora", mutex);
  ann.gets_it();
  bob.asks_in_vain();
  cem.asks_in_vain();
  dora.asks_in_vain();
  cem.goes_away();
  expect(!cem.task().is_held(), "nobody holds Cem's waker any more", "the mutex still holds it");
  bob.goes_away();
  ann.is_done();
  bob.expect_wakes(0);
  cem.expect_wakes(0);
  dora.expect_wakes(1);
  dora.gets_it();
  dora.is_done();
  expect_free(mutex);
}

TEST_CASE("a lock future that was given the lock and is dropped before its poll passes it on") {
  story::teach("Whoever has the lock must give it back, also the one who never learnt that he had it.", fair_section);
  Mutex mutex;
  Cook ann("Ann", mutex);
  Cook bob("Bob", mutex);
  Cook cem("Cem", mutex);
  ann.gets_it();
  bob.asks_in_vain();
  cem.asks_in_vain();
  ann.is_done();
  bob.expect_wakes(1);
  bob.goes_away();
  cem.expect_wakes(1);
  cem.gets_it();
  cem.is_done();
  story::step("once more, with nobody behind him");
  Cook dora("Dora", mutex);
  Cook eva("Eva", mutex);
  dora.gets_it();
  eva.asks_in_vain();
  dora.is_done();
  eva.goes_away();
  expect_free(mutex);
}

TEST_CASE("a lock future that is polled again keeps its place, and wakes the task that polled last") {
  story::teach("A place in line is taken once; the waker is replaced at each poll, because the last one counts.",
               line_section);
  Mutex mutex;
  Cook ann("Ann", mutex);
  Cook bob("Bob", mutex);
  Cook cem("Cem", mutex);
  CountingWaker other("another task, which has Bob's lock now");
  ann.gets_it();
  bob.asks_in_vain();
  cem.asks_in_vain();
  bob.asks_in_vain();
  bob.asks_in_vain(other);
  ann.is_done();
  expect_equal(other.wakes(), 1, "wake-ups of the task that polled Bob's lock last");
  bob.expect_wakes(0);
  cem.expect_wakes(0);
  bob.gets_it();
  bob.is_done();
  cem.expect_wakes(1);
  cem.gets_it();
  cem.is_done();
  expect_free(mutex);
}

TEST_CASE("a guard that is moved unlocks once, at the end of the last") {
  story::teach("After a move another guard has the lock; the one that was moved from has nothing to give back.",
               guard_section);
  Mutex mutex;
  Cook bob("Bob", mutex);
  Cook cem("Cem", mutex);
  auto guard = mutex.try_lock();
  expect(guard.has_value(), "try_lock gets the free lock", "it gets nothing");
  std::optional<Guard> moved(std::move(*guard));
  story::step("the guard is moved");
  bob.asks_in_vain();
  cem.asks_in_vain();
  guard.reset();
  story::step("the guard that was moved from ends");
  bob.expect_wakes(0);
  moved.reset();
  story::step("the guard that it was moved to ends");
  bob.expect_wakes(1);
  cem.expect_wakes(0);

  story::step("two other mutexes, and a guard of each");
  Mutex one;
  Mutex two;
  std::optional<Guard> first = one.try_lock();
  std::optional<Guard> second = two.try_lock();
  *first = std::move(*second);
  story::step("the second guard is assigned to the first");
  expect(one.try_lock().has_value(), "the first mutex is free: its guard has another lock now", "it is locked");
  expect(!two.try_lock().has_value(), "the second mutex is locked: its guard has only moved", "it is free");
}

kettle::Task<> add_one(Mutex& slate) {
  auto number = co_await slate.lock();
  const int read = *number;
  co_await kettle::yield_now();
  *number = read + 1;
}

kettle::Task<> ten_cooks(Mutex& slate) {
  std::vector<kettle::JoinHandle<void>> cooks;
  for (int i = 0; i < 10; ++i) cooks.push_back(kettle::spawn(add_one(slate)));
  for (auto& cook : cooks) co_await cook;
}

TEST_CASE("ten tasks that read, wait and write make ten") {
  story::teach("A lock that is held across an await keeps the others out until the work is whole.", guard_section);
  Mutex slate(0);
  try {
    kettle::block_on(ten_cooks(slate));
  } catch (const kettle::Stuck&) {
    story::fail("all ten have their turn", "nothing can move any more: somebody waits for the lock and is never woken");
  }
  const auto number = slate.try_lock();
  expect(number.has_value(), "the lock is free when all are done", "it is not");
  expect_equal(**number, 10, "the number on the slate");
}

}  // namespace
