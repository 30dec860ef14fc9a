// Grades 03-task/task: a coroutine that is a future.
#include "task.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "futures.hpp"

// Where kettle::Task is looked for when the learner's file does not bring it along.
namespace not_included {
template <class T>
class Task;
}  // namespace not_included
namespace kettle {
using namespace not_included;
}

static_assert(kettle::Future<mine::Task<int>>, "mine::Task<int> is a Future: Output is int, poll(Context&) is there");
static_assert(kettle::Future<mine::Task<>>, "mine::Task<> is a Future: Output is void, poll(Context&) is there");

namespace {

using story::CountingWaker;
using story::expect;
using story::expect_equal;
using story::Record;
using story::Scripted;

constexpr auto section_lazy = "lessons/03-task/README.md#nothing-runs-until-somebody-polls";
constexpr auto section_await = "lessons/03-task/README.md#what-co_await-does";
constexpr auto section_poll = "lessons/03-task/README.md#what-poll-does";
constexpr auto section_throw = "lessons/03-task/README.md#exceptions-and-letting-go";
constexpr auto section_drop = "lessons/03-task/README.md#exceptions-and-letting-go";

// A local of a coroutine: says when it comes and goes.
class Local {
 public:
  Local(std::string name, int& alive) : name_(std::move(name)), alive_(alive) {
    ++alive_;
    story::note(name_ + " is made");
  }
  ~Local() {
    --alive_;
    story::note(name_ + " is destroyed");
  }
  Local(const Local&) = delete;
  Local& operator=(const Local&) = delete;

 private:
  std::string name_;
  int& alive_;
};

// Pending once, then Ready with 7. Notices when it is moved.
class Touchy {
 public:
  using Output = int;
  explicit Touchy(int& moves) : moves_(moves) {}
  Touchy(Touchy&& other) noexcept : moves_(other.moves_), polls_(other.polls_) {
    ++moves_;
    story::note("the future is moved");
  }
  kettle::Poll<int> poll(kettle::Context&) {
    if (++polls_ == 1) return kettle::pending;
    return kettle::Ready(7);
  }

 private:
  int& moves_;
  int polls_ = 0;
};

// An exception that has nothing to do with std::exception.
struct Spilled {
  int cups;
};

// Throws at poll number `throws_at`, is Pending before.
class Fails {
 public:
  using Output = int;
  explicit Fails(int throws_at) : left_(throws_at) {}
  kettle::Poll<int> poll(kettle::Context&) {
    if (--left_ > 0) return kettle::pending;
    story::note("the awaited future throws \"no water\"");
    throw std::runtime_error("no water");
  }

 private:
  int left_;
};

// Throws what is no std::exception, at once.
class Spills {
 public:
  using Output = int;
  Spills() {}
  kettle::Poll<int> poll(kettle::Context&) {
    story::note("the awaited future throws Spilled{2}, which is no std::exception");
    throw Spilled{2};
  }
};

// Ready at every first poll, and light enough for very many.
class AtOnce {
 public:
  using Output = int;
  AtOnce() {}
  kettle::Poll<int> poll(kettle::Context&) { return kettle::Ready(1); }
};

mine::Task<int> three(bool& has_run) {
  has_run = true;
  story::note("the coroutine runs");
  co_return 3;
}

mine::Task<> nothing(bool& has_run) {
  has_run = true;
  co_return;
}

mine::Task<std::unique_ptr<int>> only_movable() { co_return std::make_unique<int>(7); }

template <class F>
mine::Task<int> wait_for(F& future) {
  const int value = co_await future;
  story::note(fmt::format("the coroutine goes on with {}", value));
  co_return value;
}

template <class T>
std::string answer_of_poll(mine::Task<T>& task, CountingWaker& waker, int number) {
  auto answer = story::poll(task, waker, "the Task", number);
  return story::show_poll(answer);
}

// What poll() answered, or the first line of what it threw.
template <class T>
std::string answer_of(mine::Task<T>& task, CountingWaker& waker, int number) {
  try {
    return answer_of_poll(task, waker, number);
  } catch (const story::Failed&) {
    throw;
  } catch (const std::exception& error) {
    const std::string text = error.what();
    const std::string thrown = fmt::format("throws \"{}\"", text.substr(0, text.find('\n')));
    story::note(fmt::format("poll {} of the Task {}", number, thrown));
    return thrown;
  } catch (const Spilled& spilled) {
    const std::string thrown = fmt::format("throws Spilled{{{}}}", spilled.cups);
    story::note(fmt::format("poll {} of the Task {}", number, thrown));
    return thrown;
  }
}

// Polls until the answer is not Pending, `most` times at the most.
template <class T>
std::string last_answer_of(mine::Task<T>& task, CountingWaker& waker, int most = 5) {
  std::string answer = "Pending";
  for (int number = 1; number <= most && answer == "Pending"; ++number) answer = answer_of(task, waker, number);
  return answer;
}

TEST_CASE("calling a coroutine runs nothing") {
  story::teach("Write it once yourself, and you know what the other one does.", section_poll);
  expect(std::is_same_v<kettle::Task<int>, not_included::Task<int>>, "a Task of your own, without kettle/task.hpp",
         "kettle/task.hpp is included");
  story::teach("A Task is lazy: it begins suspended, like every future.", section_lazy);
  bool has_run = false;
  story::step("call the coroutine");
  const auto task = three(has_run);
  expect(!has_run, "nothing runs before the first poll", "the coroutine ran when it was called");
}

TEST_CASE("the first poll runs the coroutine") {
  story::teach("poll() resumes the coroutine; it runs up to a co_await that is Pending, or to its end.", section_poll);
  CountingWaker waker;
  bool has_run = false;
  auto task = three(has_run);
  expect(!has_run, "it has not run yet", "it ran when it was called");
  answer_of(task, waker, 1);
  expect(has_run, "the first poll runs the coroutine", "it has not run");
}

TEST_CASE("without a co_await a Task is Ready at its first poll, with its value") {
  story::teach("poll() resumes the coroutine; when it has ended, the answer is Ready with what co_return gave.",
               section_poll);
  CountingWaker waker;
  bool has_run = false;
  story::step("a Task<int> that says co_return 3");
  auto number = three(has_run);
  expect_equal(answer_of(number, waker, 1), std::string("Ready(3)"), "the answer to poll 1");
  story::step("a Task<> that says co_return");
  auto empty = nothing(has_run);
  expect_equal(answer_of(empty, waker, 1), std::string("Ready"), "the answer to poll 1");
  story::step("a Task<std::unique_ptr<int>>");
  auto movable = only_movable();
  auto answer = story::poll(movable, waker, "the Task", 1);
  expect(answer.is_ready(), "the answer to poll 1 is Ready", "it is Pending");
  const std::unique_ptr<int> value = answer.take();
  expect(value != nullptr && *value == 7, "the very value that the coroutine returned", "an empty or another one");
}

mine::Task<int> gives_up_at_once() {
  throw std::runtime_error("no tea");
  co_return 1;
}

// Polls a Task that has come to its end: the answer is kettle::Misuse.
void expect_refusal(mine::Task<int>& task, CountingWaker& waker, int number) {
  std::string answer;
  try {
    answer = answer_of_poll(task, waker, number);
  } catch (const kettle::Misuse&) {
    story::step("poll {} of the Task throws kettle::Misuse", number);
    return;
  }
  story::fail(fmt::format("poll {} throws kettle::Misuse: the Task has come to its end", number),
              fmt::format("poll {}: {}", number, answer));
}

TEST_CASE("a Task that is polled after its end says so") {
  const auto teach_first = [] {
    story::teach("poll() answers with what the coroutine returned, and throws what it threw.", section_poll);
  };
  const auto teach_end = [] {
    story::teach(
        "After its end a future is finished. A coroutine that has ended must not be resumed: ask done() first.",
        section_poll);
  };
  CountingWaker waker;
  bool has_run = false;
  auto ready = three(has_run);
  teach_first();
  expect_equal(answer_of(ready, waker, 1), std::string("Ready(3)"), "the answer to poll 1");
  teach_end();
  expect_refusal(ready, waker, 2);
  story::step("a Task that throws");
  auto failed = gives_up_at_once();
  teach_first();
  expect_equal(answer_of(failed, waker, 1), std::string("throws \"no tea\""), "the answer to poll 1");
  teach_end();
  expect_refusal(failed, waker, 2);
}

mine::Task<int> add_three_that_are_ready() {
  const int one = co_await Scripted<int>("first", 0, 1);
  const int two = co_await Scripted<int>("second", 0, 2);
  const int three = co_await Scripted<int>("third", 0, 3);
  co_return one + two + three;
}

mine::Task<int> add_many(int count) {
  int sum = 0;
  for (int i = 0; i < count; ++i) {
    const int one = co_await AtOnce();
    sum += one;
  }
  co_return sum;
}

TEST_CASE("co_await on a future that is Ready does not suspend") {
  story::teach("co_await polls first. Ready means: go on, in the same poll of the Task.", section_await);
  CountingWaker waker;
  auto three_awaits = add_three_that_are_ready();
  expect_equal(answer_of(three_awaits, waker, 1), std::string("Ready(6)"), "the answer to poll 1 of three awaits");
  story::step("a Task that awaits 100000 futures, each of them Ready at once");
  auto many_awaits = add_many(100'000);
  expect_equal(answer_of(many_awaits, waker, 1), std::string("Ready(100000)"), "the answer to poll 1");
}

TEST_CASE("while the awaited future is Pending, so is the Task, and each poll asks it once") {
  story::teach("A poll of the Task is a poll of what it awaits. The coroutine goes on only after Ready.", section_poll);
  CountingWaker waker;
  auto record = std::make_shared<Record>();
  Scripted<int> water("water", 3, 20, record);
  auto task = wait_for(water);
  for (int number = 1; number <= 3; ++number) {
    expect_equal(answer_of(task, waker, number), std::string("Pending"), fmt::format("the answer to poll {}", number));
    expect_equal(record->polls, number, fmt::format("polls of water after poll {} of the Task", number));
  }
  expect_equal(answer_of(task, waker, 4), std::string("Ready(20)"), "the answer to poll 4");
  expect_equal(record->polls, 4, "polls of water after poll 4 of the Task");
}

mine::Task<int> wait_for_touchy(int& moves) {
  const int value = co_await Touchy(moves);
  co_return value;
}

TEST_CASE("the awaited future is not moved") {
  story::teach("A future that is being waited for stays where it was made: others may hold its address.",
               section_await);
  CountingWaker waker;
  int moves = 0;
  story::step("co_await a future that has a name");
  Touchy touchy(moves);
  auto by_name = wait_for(touchy);
  expect_equal(last_answer_of(by_name, waker), std::string("Ready(7)"), "the last answer");
  expect_equal(moves, 0, "moves of the future");
  story::step("co_await a future that is made on the spot");
  auto on_the_spot = wait_for_touchy(moves);
  expect_equal(last_answer_of(on_the_spot, waker), std::string("Ready(7)"), "the last answer");
  expect_equal(moves, 0, "moves of the future");
}

template <class F>
mine::Task<int> middle(F& future) {
  const int value = co_await wait_for(future);
  co_return value + 1;
}

template <class F>
mine::Task<int> outer(F& future) {
  const int value = co_await middle(future);
  co_return value + 1;
}

TEST_CASE("through three Tasks each poll reaches the innermost future, with its own context") {
  story::teach("Hand on the context of the poll that runs now: the next poll may come with another one.", section_poll);
  CountingWaker first("the first waker");
  CountingWaker second("the second waker");
  auto record = std::make_shared<Record>();
  Scripted<int> water("water", 2, 20, record);
  auto task = outer(water);
  expect_equal(answer_of(task, first, 1), std::string("Pending"), "the answer to poll 1");
  expect_equal(record->polls, 1, "polls of water after poll 1 of the outermost Task");
  expect(record->waker && record->waker->will_wake(first.waker()), "water is polled with the first waker",
         "it was given another one");
  expect_equal(answer_of(task, second, 2), std::string("Pending"), "the answer to poll 2");
  expect_equal(record->polls, 2, "polls of water after poll 2 of the outermost Task");
  expect(record->waker && record->waker->will_wake(second.waker()),
         "at poll 2, which comes with the second waker, water is given the second waker", "it was given another one");
  expect_equal(answer_of(task, first, 3), std::string("Ready(22)"), "the answer to poll 3");
}

// Polls a Task with a waker of its own, as a future does that wants to know which of several was woken.
class WithWaker {
 public:
  using Output = int;
  WithWaker(mine::Task<int> task, CountingWaker& waker) : task_(std::move(task)), waker_(waker) {}
  kettle::Poll<int> poll(kettle::Context&) {
    kettle::Context context(waker_.waker());
    return task_.poll(context);
  }

 private:
  mine::Task<int> task_;
  CountingWaker& waker_;
};

template <class F>
mine::Task<int> one_and_then(WithWaker one, F& then) {
  const int value = co_await one;
  const int more = co_await then;
  co_return value + more;
}

TEST_CASE("two Tasks have nothing in common") {
  story::teach("Each call has a frame of its own, and its context and its exception are in there.", section_poll);
  CountingWaker first("the first waker");
  CountingWaker second("the second waker");
  {
    auto record = std::make_shared<Record>();
    Scripted<int> milk("milk", 1, 5, record);
    story::step("a Task awaits an inner Task, which is polled with the second waker, and then milk");
    bool has_run = false;
    auto task = one_and_then(WithWaker(three(has_run), second), milk);
    expect_equal(answer_of(task, first, 1), std::string("Pending"), "the answer to poll 1");
    expect(record->waker && record->waker->will_wake(first.waker()),
           "the outer Task is polled with the first waker, and so is milk", "milk was given another one");
  }
  Scripted<int> water("water", 1, 20);
  auto waits = wait_for(water);
  auto fails = gives_up_at_once();
  story::step("one Task waits for water, another one throws");
  story::teach("What one Task throws, its own poll throws, and no other.", section_throw);
  expect_equal(answer_of(waits, first, 1), std::string("Pending"), "the answer to poll 1 of the one that waits");
  expect_equal(answer_of(fails, first, 1), std::string("throws \"no tea\""), "the answer of the one that throws");
  expect_equal(answer_of(waits, first, 2), std::string("Ready(20)"), "the answer to poll 2 of the one that waits");
}

mine::Task<int> gives_up(int& alive) {
  const Local local("the coroutine's local", alive);
  throw std::runtime_error("no tea");
  co_return 1;
}

mine::Task<int> gives_up_later(int& alive) {
  const Local local("the coroutine's local", alive);
  const int value = co_await Scripted<int>("water", 1, 20);
  if (value == 20) throw std::runtime_error("no tea");
  co_return value;
}

mine::Task<int> spills(int& alive) {
  const Local local("the coroutine's local", alive);
  throw Spilled{3};
  co_return 1;
}

TEST_CASE("what the coroutine throws, poll throws") {
  story::teach("An exception that leaves the coroutine is kept, and thrown once: by the poll in which it happened.",
               section_throw);
  CountingWaker waker;
  int alive = 0;
  story::step("a coroutine that throws \"no tea\" at once");
  auto at_once = gives_up(alive);
  expect_equal(answer_of(at_once, waker, 1), std::string("throws \"no tea\""), "the answer to poll 1");
  expect_equal(alive, 0, "locals left after the exception");
  story::step("a coroutine that throws it after a co_await");
  auto later = gives_up_later(alive);
  expect_equal(last_answer_of(later, waker), std::string("throws \"no tea\""), "the last answer");
  expect_equal(alive, 0, "locals left after the exception");
  story::step("a coroutine that throws Spilled{{3}}, which is no std::exception");
  auto spilled = spills(alive);
  expect_equal(answer_of(spilled, waker, 1), std::string("throws Spilled{3}"), "the answer to poll 1");
  expect_equal(alive, 0, "locals left after the exception");
}

template <class F>
mine::Task<std::string> catches(F& future) {
  std::string caught = "nothing";
  try {
    co_await future;
  } catch (const std::runtime_error& error) {
    caught = error.what();
    story::note(fmt::format("the coroutine catches \"{}\"", caught));
  } catch (const Spilled& spilled) {
    caught = fmt::format("Spilled{{{}}}", spilled.cups);
    story::note("the coroutine catches " + caught);
  }
  co_return caught;
}

TEST_CASE("what the awaited future throws can be caught around the co_await") {
  story::teach(
      "The awaited future's exception is thrown once: by co_await, inside the coroutine, at whichever poll it comes.",
      section_throw);
  CountingWaker waker;
  story::step("await a future that throws at its first poll");
  Fails at_once(1);
  auto first = catches(at_once);
  expect_equal(last_answer_of(first, waker), std::string("Ready(no water)"), "the last answer");
  story::step("await a future that throws at its second poll");
  Fails later(2);
  auto second = catches(later);
  expect_equal(last_answer_of(second, waker), std::string("Ready(no water)"), "the last answer");
  story::step("await a Task that awaits a future that throws at its second poll");
  Fails inside(2);
  auto inner = wait_for(inside);
  auto third = catches(inner);
  expect_equal(last_answer_of(third, waker, 2), std::string("Ready(no water)"), "the last answer");
  story::step("await a Task that awaits a future that throws what is no std::exception");
  Spills spills;
  auto spilling = wait_for(spills);
  auto fourth = catches(spilling);
  expect_equal(last_answer_of(fourth, waker, 2), std::string("Ready(Spilled{2})"), "the last answer");
}

mine::Task<int> inner_with_local(std::shared_ptr<Record> record, int& alive) {
  const Local local("the inner local", alive);
  Scripted<int> water("water", 5, 20, record);
  const int value = co_await water;
  co_return value;
}

mine::Task<int> outer_with_local(std::shared_ptr<Record> record, int& alive) {
  const Local local("the outer local", alive);
  const int value = co_await inner_with_local(record, alive);
  co_return value;
}

TEST_CASE("destroying a Task destroys its locals and what it awaits") {
  story::teach("Letting go of a Task cancels it: its frame goes, and everything in it.", section_drop);
  CountingWaker waker;
  int alive = 0;
  auto parameter = std::make_shared<Record>();
  {
    [[maybe_unused]] const auto task = outer_with_local(parameter, alive);
    expect_equal(alive, 0, "locals before the first poll");
    story::step("destroy a Task before its first poll");
  }
  expect_equal(parameter.use_count(), 1L, "holders of what was the coroutine's parameter");
  auto record = std::make_shared<Record>();
  {
    auto task = outer_with_local(record, alive);
    expect_equal(answer_of(task, waker, 1), std::string("Pending"), "the answer to poll 1");
    expect_equal(alive, 2, "locals that are alive after poll 1");
    auto moved = std::move(task);
    expect_equal(answer_of(moved, waker, 2), std::string("Pending"), "the answer to poll 2");
    expect_equal(record->destroyed, 0, "awaited futures destroyed so far");
    story::step("assign another Task to it");
    auto other = std::make_shared<Record>();
    moved = outer_with_local(other, alive);
    expect_equal(alive, 0, "locals left of the Task that was there before");
    expect_equal(record->destroyed, 1, "awaited futures destroyed with it");
    expect_equal(answer_of(moved, waker, 1), std::string("Pending"), "the answer of the new one to poll 1");
    story::step("destroy it after its first poll");
    record = other;
  }
  expect_equal(alive, 0, "locals left of the Task that was destroyed");
  expect_equal(record->destroyed, 1, "awaited futures destroyed with it");
}

}  // namespace
