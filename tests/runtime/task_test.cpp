// Task: lazy, polls from the root, hands everything through, destroys everything once.
#include <doctest/doctest.h>
#include <kettle/task.hpp>
#include <kettle/waker.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <source_location>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "futures.hpp"

// --- what the tests measure with ---------------------------------------------------------------------------------

namespace {

// What the latest `new` asked for, and what the latest sized `delete` of this thread gave back.
constinit thread_local std::size_t size_asked = 0;
constinit thread_local void* memory_given = nullptr;
constinit thread_local std::size_t size_returned = 0;
constinit thread_local void* memory_returned = nullptr;

}  // namespace

// Weak: where a sanitizer brings its own `new`, that one is used, and the sizes stay zero.
[[gnu::weak]] void* operator new(std::size_t size) {
  void* const memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  size_asked = size;
  memory_given = memory;
  return memory;
}
[[gnu::weak]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::weak]] void operator delete(void* memory, std::size_t size) noexcept {
  size_returned = size;
  memory_returned = memory;
  std::free(memory);
}

namespace {

using kettle::Context;
using kettle::Future;
using kettle::Misuse;
using kettle::pending;
using kettle::Poll;
using kettle::Ready;
using kettle::Task;
using story::CountingWaker;
using story::Record;
using story::Scripted;
using Log = std::vector<std::string>;

static_assert(Future<Task<>> && Future<Task<int>> && Future<Task<int&>> && Future<Task<std::unique_ptr<int>>>);
static_assert(std::is_nothrow_move_constructible_v<Task<int>> && std::is_nothrow_move_assignable_v<Task<int>>);
static_assert(!std::is_copy_constructible_v<Task<int>>);

/// Polls once, with a waker that reaches nobody.
template <class F>
Poll<typename F::Output> poll(F& future) {
  Context context;
  return future.poll(context);
}

/// Writes into a log when it is made and when it is destroyed.
class Guard {
 public:
  Guard(Log& log, std::string name) : log_(log), name_(std::move(name)) { log_.push_back("+" + name_); }
  ~Guard() { log_.push_back("-" + name_); }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

 private:
  Log& log_;
  std::string name_;
};

/// The same for a parameter: it can be moved into a frame, and only the one that was not moved from writes.
class Parameter {
 public:
  Parameter(Log& log, std::string name) : log_(&log), name_(std::move(name)) {}
  Parameter(Parameter&& other) noexcept : log_(std::exchange(other.log_, nullptr)), name_(std::move(other.name_)) {}
  ~Parameter() {
    if (log_ != nullptr) log_->push_back("-" + name_);
  }
  Parameter& operator=(Parameter&&) = delete;

 private:
  Log* log_;
  std::string name_;
};

/// Pending `pendings` times, then Ready with 7. It cannot be moved, and notices a poll at another address.
class Pinned {
 public:
  using Output = int;
  Pinned(Log& log, std::string name, int pendings) : log_(log), name_(std::move(name)), left_(pendings), here_(this) {}
  ~Pinned() { log_.push_back("-" + name_); }
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;

  Poll<int> poll(Context&) {
    CHECK(here_ == this);
    if (left_-- > 0) return pending;
    return Ready(7);
  }

 private:
  Log& log_;
  std::string name_;
  int left_;
  const void* here_;
};

/// Throws at its poll number `throws_at`; Pending before.
class Throws {
 public:
  using Output = int;
  explicit Throws(int throws_at) : left_(throws_at) {}
  Poll<int> poll(Context&) {
    if (--left_ > 0) return pending;
    throw std::runtime_error("boiled over");
  }

 private:
  int left_;
};

/// Pending for ever.
class Never {
 public:
  using Output = void;
  Never() {}
  Poll<> poll(Context&) { return pending; }
};

/// Ready at its first poll.
class AtOnce {
 public:
  using Output = int;
  AtOnce() {}
  Poll<int> poll(Context&) { return Ready(1); }
};

template <class T>
std::string thrown_by_poll(Task<T>& task) {
  try {
    poll(task);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "nothing";
}

// --- lazy ----------------------------------------------------------------------------------------------------------

Task<> sets(bool& flag) {
  flag = true;
  co_return;
}

TEST_CASE("calling a coroutine runs nothing of it; the first poll does") {
  bool flag = false;
  auto task = sets(flag);
  CHECK_FALSE(flag);
  CHECK(poll(task).is_ready());
  CHECK(flag);
}

// --- values --------------------------------------------------------------------------------------------------------

Task<int> seven() { co_return 7; }
Task<std::string> text() { co_return "tea"; }
Task<std::unique_ptr<int>> only_movable() { co_return std::make_unique<int>(7); }
Task<std::unique_ptr<int>> local_only_movable() {
  auto value = std::make_unique<int>(8);
  co_return value;
}
Task<int&> refers_to(int& target) { co_return target; }
Task<const std::string&> refers_to(const std::string& target) { co_return target; }
Task<std::pair<int, std::string>> braces() { co_return {1, "one"}; }
Task<> falls_off_the_end(int& runs) {
  ++runs;
  co_await AtOnce();
}

TEST_CASE("a Task is Ready with the value of co_return") {
  auto with_int = seven();
  CHECK(poll(with_int).take() == 7);
  auto converted = text();
  CHECK(poll(converted).take() == "tea");
  auto moved = only_movable();
  CHECK(*poll(moved).take() == 7);
  auto moved_local = local_only_movable();
  CHECK(*poll(moved_local).take() == 8);
  auto from_braces = braces();
  CHECK(poll(from_braces).take() == std::pair(1, std::string("one")));
  int runs = 0;
  auto without = falls_off_the_end(runs);
  CHECK(poll(without).is_ready());
  CHECK(runs == 1);
}

TEST_CASE("a Task of a reference is Ready with the very object") {
  int target = 1;
  auto task = refers_to(target);
  CHECK(&poll(task).take() == &target);
  const std::string name = "tea";
  auto constant = refers_to(name);
  CHECK(&poll(constant).take() == &name);
}

Task<int> awaits_every_kind(int& target) {
  int& reference = co_await refers_to(target);
  reference += 1;
  const std::unique_ptr<int> movable = co_await only_movable();
  int runs = 0;
  co_await falls_off_the_end(runs);
  const std::string word = co_await text();
  co_return target + *movable + runs + static_cast<int>(word.size());
}

TEST_CASE("co_await gives references, move-only values and nothing as they are") {
  int target = 1;
  auto task = awaits_every_kind(target);
  CHECK(poll(task).take() == 2 + 7 + 1 + 3);
  CHECK(target == 2);
}

// --- what is awaited -----------------------------------------------------------------------------------------------

Task<int> awaits_by_name(Log& log) {
  Pinned pinned(log, "pinned", 1);
  const int value = co_await pinned;
  log.push_back("after");
  co_return value;
}

Task<int> awaits_on_the_spot(Log& log) {
  const int value = co_await Pinned(log, "pinned", 1);
  log.push_back("after");
  co_return value;
}

Task<int> awaits_outside(Pinned& pinned) {
  const int value = co_await pinned;
  co_return value;
}

Task<int> awaits_a_parameter(Task<int> inner) {
  const int first = co_await inner;
  const int second = co_await seven();
  Task<int> named = seven();
  const int third = co_await std::move(named);
  co_return first + second + third;
}

TEST_CASE("an awaited future stays where it was made, and lives as long as it would without co_await") {
  Log log;
  auto by_name = awaits_by_name(log);
  CHECK(poll(by_name).is_pending());
  CHECK(poll(by_name).take() == 7);
  CHECK(log == Log{"after", "-pinned"});

  log.clear();
  auto on_the_spot = awaits_on_the_spot(log);
  CHECK(poll(on_the_spot).is_pending());
  CHECK(poll(on_the_spot).take() == 7);
  CHECK(log == Log{"-pinned", "after"});

  log.clear();
  {
    Pinned outside(log, "outside", 1);
    {
      auto task = awaits_outside(outside);
      CHECK(poll(task).is_pending());
      CHECK(poll(task).take() == 7);
    }
    CHECK(log.empty());
  }
  CHECK(log == Log{"-outside"});
}

TEST_CASE("Tasks are awaited by name, on the spot and moved") {
  auto task = awaits_a_parameter(seven());
  CHECK(poll(task).take() == 21);
}

TEST_CASE("a future that is awaited by name and dropped half-way can be polled on by its owner") {
  Log log;
  Pinned outside(log, "outside", 2);
  {
    auto task = awaits_outside(outside);
    CHECK(poll(task).is_pending());
  }
  CHECK(poll(outside).is_pending());
  CHECK(poll(outside).take() == 7);
}

// --- polls ---------------------------------------------------------------------------------------------------------

TEST_CASE("each poll of a Task is one poll at every level below, and no poll once that level is Ready") {
  const auto first = std::make_shared<Record>();
  const auto second = std::make_shared<Record>();
  struct Counted {
    static Task<int> inner(int& resumed, std::shared_ptr<Record> a, std::shared_ptr<Record> b) {
      ++resumed;
      Scripted<int> one("one", 2, 1, a);
      const int x = co_await one;
      ++resumed;
      Scripted<int> two("two", 1, 2, b);
      const int y = co_await two;
      ++resumed;
      co_return x + y;
    }
    static Task<int> outer(int& resumed, std::shared_ptr<Record> a, std::shared_ptr<Record> b) {
      const int sum = co_await inner(resumed, a, b);
      co_return sum;
    }
  };
  int resumed = 0;
  auto task = Counted::outer(resumed, first, second);
  const int resumed_after[] = {1, 1, 2, 3};
  const int polls_of_first[] = {1, 2, 3, 3};
  const int polls_of_second[] = {0, 0, 1, 2};
  for (int number = 0; number < 4; ++number) {
    auto answer = poll(task);
    CHECK(answer.is_ready() == (number == 3));
    if (answer.is_ready()) CHECK(answer.value() == 3);
    CHECK(resumed == resumed_after[number]);
    CHECK(first->polls == polls_of_first[number]);
    CHECK(second->polls == polls_of_second[number]);
  }
}

Task<> waits_through(int levels, std::shared_ptr<Record> record) {
  if (levels == 0) {
    Scripted<int> leaf("leaf", 2, 1, std::move(record));
    co_await leaf;
  } else {
    co_await waits_through(levels - 1, std::move(record));
  }
}

TEST_CASE("the waker of each poll reaches the innermost future") {
  CountingWaker first("first");
  CountingWaker second("second");
  const auto record = std::make_shared<Record>();
  auto task = waits_through(3, record);
  CHECK(story::poll(task, first, "the task").is_pending());
  CHECK(record->waker->will_wake(first.waker()));
  CHECK(story::poll(task, second, "the task").is_pending());
  CHECK(record->waker->will_wake(second.waker()));
  record->wake();
  CHECK(first.wakes() == 0);
  CHECK(second.wakes() == 1);
  CHECK(story::poll(task, first, "the task").is_ready());
}

TEST_CASE("a chain of a thousand Tasks is polled, answered and destroyed") {
  const auto record = std::make_shared<Record>();
  {
    auto task = waits_through(1000, record);
    for (int number = 0; number < 2; ++number) CHECK(poll(task).is_pending());
    CHECK(poll(task).is_ready());
    CHECK(record->polls == 3);
    CHECK(record->destroyed == 1);
  }
  const auto dropped = std::make_shared<Record>();
  {
    auto task = waits_through(1000, dropped);
    CHECK(poll(task).is_pending());
  }
  CHECK(dropped->destroyed == 1);
  CHECK(dropped.use_count() == 1);
}

// --- ready at once -------------------------------------------------------------------------------------------------

/// Ready at once; notes how deep the stack is where it is polled.
class Depth {
 public:
  using Output = int;
  Depth(std::uintptr_t& lowest, std::uintptr_t& highest) : lowest_(lowest), highest_(highest) {}
  Poll<int> poll(Context&) {
    // Not the address of a local: the address sanitizer keeps locals elsewhere.
    const auto address = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    lowest_ = std::min(lowest_, address);
    highest_ = std::max(highest_, address);
    return Ready(1);
  }

 private:
  std::uintptr_t& lowest_;
  std::uintptr_t& highest_;
};

Task<int> one_from(Depth depth) {
  const int one = co_await depth;
  co_return one;
}

Task<int> sum_of(int count, std::uintptr_t& lowest, std::uintptr_t& highest) {
  int sum = 0;
  for (int i = 0; i < count; ++i) {
    const int one = co_await Depth(lowest, highest);
    sum += one;
  }
  co_return sum;
}

Task<int> sum_of_tasks(int count, std::uintptr_t& lowest, std::uintptr_t& highest) {
  int sum = 0;
  for (int i = 0; i < count; ++i) {
    const int one = co_await one_from(Depth(lowest, highest));
    sum += one;
  }
  co_return sum;
}

TEST_CASE("a million futures that are Ready at once are awaited in one poll and in constant stack") {
  std::uintptr_t lowest = UINTPTR_MAX;
  std::uintptr_t highest = 0;
  auto task = sum_of(1'000'000, lowest, highest);
  CHECK(poll(task).take() == 1'000'000);
  CHECK(highest - lowest < 10'000);
}

TEST_CASE("a hundred thousand Tasks that are Ready at once are awaited in one poll and in constant stack") {
  std::uintptr_t lowest = UINTPTR_MAX;
  std::uintptr_t highest = 0;
  auto task = sum_of_tasks(100'000, lowest, highest);
  CHECK(poll(task).take() == 100'000);
  CHECK(highest - lowest < 10'000);
}

// --- dropping ------------------------------------------------------------------------------------------------------

Task<int> inner_steps(Log& log, Parameter) {
  const Guard local(log, "inner local");
  const int value = co_await Pinned(log, "inner leaf", 1);
  co_return value;
}

Task<int> outer_steps(Log& log, Parameter) {
  const Guard first(log, "first");
  co_await Pinned(log, "leaf 1", 1);
  const Guard second(log, "second");
  const int value = co_await inner_steps(log, Parameter(log, "inner parameter"));
  const Guard third(log, "third");
  Pinned named(log, "leaf 2", 1);
  co_await named;
  co_return value;
}

TEST_CASE("a Task that is dropped after any poll destroys what is there, once, last made first") {
  const Log dropped_after[] = {
      {"-parameter"},
      {"+first", "-leaf 1", "-first", "-parameter"},
      {"+first", "-leaf 1", "+second", "+inner local",  //
       "-inner leaf", "-inner local", "-inner parameter", "-second", "-first", "-parameter"},
      {"+first", "-leaf 1", "+second", "+inner local", "-inner leaf", "-inner local", "-inner parameter", "+third",  //
       "-leaf 2", "-third", "-second", "-first", "-parameter"},
      {"+first", "-leaf 1", "+second", "+inner local", "-inner leaf", "-inner local", "-inner parameter", "+third",
       "-leaf 2", "-third", "-second", "-first", "-parameter"},
  };
  for (int polls = 0; polls <= 4; ++polls) {
    CAPTURE(polls);
    Log log;
    {
      auto task = outer_steps(log, Parameter(log, "parameter"));
      for (int number = 1; number <= polls; ++number) {
        CHECK(poll(task).is_ready() == (number == 4));
      }
    }
    CHECK(log == dropped_after[polls]);
  }
}

TEST_CASE("locals go when the coroutine ends; parameters go with the Task") {
  Log log;
  struct Steps {
    static Task<> run(Log& l, Parameter) {
      const Guard local(l, "local");
      co_return;
    }
  };
  {
    auto task = Steps::run(log, Parameter(log, "parameter"));
    CHECK(poll(task).is_ready());
    CHECK(log == Log{"+local", "-local"});
  }
  CHECK(log == Log{"+local", "-local", "-parameter"});
}

// --- exceptions ----------------------------------------------------------------------------------------------------

Task<int> awaits_throwing(Log& log, int throws_at) {
  const Guard local(log, "inner");
  const int value = co_await Throws(throws_at);
  co_return value;
}

Task<int> passes_on(Log& log, int throws_at) {
  const Guard local(log, "middle");
  const int value = co_await awaits_throwing(log, throws_at);
  co_return value;
}

Task<std::string> catches(Log& log, int throws_at) {
  std::string caught;
  try {
    co_await passes_on(log, throws_at);
  } catch (const std::runtime_error& error) {
    caught = error.what();
  }
  const int one = co_await AtOnce();
  co_return caught + " " + std::to_string(one);
}

TEST_CASE("what an awaited future throws, at its first poll or later, crosses every co_await on the way") {
  for (int throws_at = 1; throws_at <= 3; ++throws_at) {
    CAPTURE(throws_at);
    Log log;
    auto task = catches(log, throws_at);
    for (int number = 1; number < throws_at; ++number) CHECK(poll(task).is_pending());
    CHECK(poll(task).take() == "boiled over 1");
    CHECK(log == Log{"+middle", "+inner", "-inner", "-middle"});
  }
}

TEST_CASE("what nobody catches, poll throws, and every local is gone by then") {
  for (int throws_at = 1; throws_at <= 3; ++throws_at) {
    CAPTURE(throws_at);
    Log log;
    auto task = passes_on(log, throws_at);
    for (int number = 1; number < throws_at; ++number) CHECK(poll(task).is_pending());
    CHECK(thrown_by_poll(task) == "boiled over");
    CHECK(log == Log{"+middle", "+inner", "-inner", "-middle"});
  }
}

Task<> catches_twice(int& caught) {
  for (int throws_at = 1; throws_at <= 2; ++throws_at) {
    try {
      co_await Throws(throws_at);
    } catch (const std::runtime_error&) {
      ++caught;
    }
  }
  throw std::runtime_error("enough");
}

TEST_CASE("an exception that was caught is not met again") {
  int caught = 0;
  auto task = catches_twice(caught);
  CHECK(poll(task).is_pending());
  CHECK(thrown_by_poll(task) == "enough");
  CHECK(caught == 2);
}

// --- misuse --------------------------------------------------------------------------------------------------------

Task<> throws_at_once() {
  throw std::runtime_error("no water");
  co_return;
}

TEST_CASE("a Task that is polled after its end says so, whether it was Ready or threw") {
  auto ready = seven();
  CHECK(poll(ready).is_ready());
  CHECK_THROWS_WITH_AS(poll(ready), doctest::Contains("after it was Ready"), Misuse);
  CHECK_THROWS_AS(poll(ready), Misuse);
  auto thrown = throws_at_once();
  CHECK(thrown_by_poll(thrown) == "no water");
  CHECK_THROWS_AS(poll(thrown), Misuse);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wreturn-type"
Task<int> forgets_a_way(bool is_given) {
  if (is_given) co_return 7;
}
#pragma GCC diagnostic pop

TEST_CASE("a coroutine that ends without a value says so, and is not Pending for ever") {
  auto given = forgets_a_way(true);
  CHECK(poll(given).take() == 7);
  auto forgotten = forgets_a_way(false);
  CHECK_THROWS_WITH_AS(poll(forgotten), doctest::Contains("without a co_return"), Misuse);
}

Task<> awaits_twice(Task<int>& inner) {
  co_await inner;
  co_await inner;
}

TEST_CASE("a Task that is awaited twice is polled after its end, and the co_await throws") {
  auto inner = seven();
  auto task = awaits_twice(inner);
  CHECK_THROWS_WITH_AS(poll(task), doctest::Contains("after it was Ready"), Misuse);
}

TEST_CASE("a Task that is polled after it was moved from says so; the one it was moved to goes on") {
  Log log;
  auto task = awaits_by_name(log);
  CHECK(poll(task).is_pending());
  auto target = std::move(task);
  CHECK_THROWS_WITH_AS(poll(task), doctest::Contains("moved from"), Misuse);  // NOLINT: that is the test
  CHECK(poll(target).take() == 7);
}

TEST_CASE("assigning to a Task destroys what it held") {
  Log log;
  auto task = awaits_by_name(log);
  CHECK(poll(task).is_pending());
  task = seven();
  CHECK(log == Log{"-pinned"});
  CHECK(poll(task).take() == 7);
}

TEST_CASE("a Task may be polled on one thread and then on another") {
  Log log;
  auto task = awaits_by_name(log);
  std::thread([&] { CHECK(poll(task).is_pending()); }).join();
  CHECK(poll(task).take() == 7);
}

// --- the frame -----------------------------------------------------------------------------------------------------

/// Pending for ever, and writes where it was told to: the optimizer cannot do without that memory.
class Writes {
 public:
  using Output = void;
  explicit Writes(volatile char* where) : where_(where) {}
  Poll<> poll(Context&) {
    *where_ = 'x';
    return pending;
  }

 private:
  volatile char* where_;
};

[[gnu::noinline]] Task<char> remembers_much() {
  std::array<volatile char, 4000> notes{};
  co_await Writes(&notes.back());
  co_return notes.back();
}

TEST_CASE("making a Task allocates its frame and nothing else, and gives it back with the same size") {
  std::size_t frame_size = 0;
  void* frame = nullptr;
  {
    size_asked = 0;
    auto task = remembers_much();
    if (size_asked == 0) return;  // A sanitizer's own `new` was used.
    frame_size = size_asked;
    frame = memory_given;
    CHECK(frame_size > 4000);
    CHECK(frame_size < 5000);
    size_asked = 0;
    CHECK(poll(task).is_pending());
    CHECK(poll(task).is_pending());
    CHECK(size_asked == 0);
  }
#if defined(__cpp_sized_deallocation)
  CHECK(size_returned == frame_size);
  CHECK(memory_returned == frame);
#else
  CHECK(frame != nullptr);
#endif
}

// --- the trace -----------------------------------------------------------------------------------------------------

/// Switches tracing on, and forgets every fact.
class Tracing final : public kettle::trace::Sink {
 public:
  Tracing() : before_(std::exchange(kettle::trace::sink, this)) { kettle::trace::waiting() = {}; }
  ~Tracing() {
    kettle::trace::waiting() = {};
    kettle::trace::sink = before_;
  }
  Tracing(const Tracing&) = delete;
  Tracing& operator=(const Tracing&) = delete;
  void record(std::string_view, std::initializer_list<kettle::trace::Arg>) override {}

 private:
  kettle::trace::Sink* before_;
};

Task<> waits_here(unsigned& line) {
  line = std::source_location::current().line() + 1;
  co_await Never();
}

Task<> waits_by_name(unsigned& line) {
  Never never;
  line = std::source_location::current().line() + 1;
  co_await never;
}

Task<> waits_in_two_lines(unsigned& first_line) {
  first_line = std::source_location::current().line() + 1;
  co_await  //
      Never();
}

Task<> waits_further_in(unsigned& line) {
  Task<> inner = waits_here(line);
  co_await inner;
}

TEST_CASE("while tracing, a Pending poll leaves the place of the innermost co_await") {
  const Tracing tracing;
  unsigned line = 0;
  const auto noted_after_polling = [](Task<> task) {
    kettle::trace::waiting() = {};
    CHECK(poll(task).is_pending());
    CHECK(kettle::trace::waiting().has_at);
    CHECK(std::string(kettle::trace::waiting().at.file_name()) == std::source_location::current().file_name());
    return kettle::trace::waiting().at.line();
  };
  const unsigned here = noted_after_polling(waits_here(line));
  CHECK(here == line);
  const unsigned by_name = noted_after_polling(waits_by_name(line));
  CHECK(by_name == line);
  const unsigned further_in = noted_after_polling(waits_further_in(line));
  CHECK(further_in == line);
  const unsigned of_two_lines = noted_after_polling(waits_in_two_lines(line));  // GCC names the last, Clang the first.
  CHECK(of_two_lines >= line);
  CHECK(of_two_lines <= line + 1);
}

TEST_CASE("a later poll that is Pending again leaves the place again") {
  const Tracing tracing;
  unsigned line = 0;
  auto task = waits_further_in(line);
  CHECK(poll(task).is_pending());
  kettle::trace::waiting() = {};
  CHECK(poll(task).is_pending());
  CHECK(kettle::trace::waiting().at.line() == line);
}

TEST_CASE("without tracing nothing is noted") {
  kettle::trace::Sink* const before = std::exchange(kettle::trace::sink, nullptr);
  kettle::trace::waiting() = {};
  unsigned line = 0;
  auto task = waits_here(line);
  CHECK(poll(task).is_pending());
  CHECK_FALSE(kettle::trace::waiting().has_at);
  kettle::trace::sink = before;
}

}  // namespace
