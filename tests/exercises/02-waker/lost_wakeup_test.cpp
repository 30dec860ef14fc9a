// Grades 02-waker/lost_wakeup. Nothing races here: the other thread's part is played at every moment at which the lock
// is free, one after the other, by the mutex itself.
#include "lost_wakeup.hpp"

#include <doctest/doctest.h>

#include "futures.hpp"
#include "moments.hpp"

namespace {

using story::CountingWaker;
using story::expect;
using story::expect_equal;

static_assert(kettle::Future<decltype(std::declval<mine::Letterbox<>&>().receive())>,
              "mine::Letterbox<>::receive() returns a Future: Output and poll(Context&)");

using Letterbox = mine::Letterbox<story::MomentMutex>;

constexpr auto gap_section = "lessons/02-waker/README.md#what-can-go-wrong";
constexpr auto gap_rule =
    "To look and to leave the waker must be one step: what comes between two steps finds nobody to wake.";

void post(Letterbox& box, const std::string& letter) {
  story::step("the postman posts '{}'", letter);
  box.post(letter);
}

template <class Receive>
void expect_letter(Receive& receive, CountingWaker& task, const std::string& letter) {
  auto answer = story::poll(receive, task, "receive");
  expect(answer.is_ready(), fmt::format("this poll is Ready with '{}'", letter), "it is Pending");
  expect_equal(answer.value(), letter, "the letter");
}

template <class Receive>
void expect_pending(Receive& receive, CountingWaker& task) {
  const bool is_pending = story::poll(receive, task, "receive").is_pending();
  expect(is_pending, "Pending: the box is empty", "it is Ready");
}

TEST_CASE("a letter that is there already is received by the first poll") {
  story::teach("Look before you sleep.", gap_section);
  CountingWaker task("the reader");
  Letterbox box;
  post(box, "hello");
  auto receive = box.receive();
  expect_letter(receive, task, "hello");
}

TEST_CASE("a letter that comes later wakes the reader, and so does the next") {
  story::teach("Before Pending is returned, the box holds the waker; post() calls it.",
               "lessons/02-waker/README.md#a-number-to-call");
  CountingWaker task("the reader");
  Letterbox box;
  for (const std::string letter : {"first", "second"}) {
    auto receive = box.receive();
    expect_pending(receive, task);
    post(box, letter);
    expect(task.is_woken(), "post wakes the reader", "nobody wakes the reader");
    expect_letter(receive, task, letter);
  }
}

TEST_CASE("a letter that comes in the middle of a poll is not lost") {
  story::teach(gap_rule, gap_section);
  const int moments = story::at_every_moment([](int at) {
    CountingWaker task("the reader");
    Letterbox box;
    auto receive = box.receive();
    kettle::Context context(task.waker());
    bool is_ready = false;
    const bool came = story::MomentMutex::run(
        at,
        [&] {
          story::step("a poll begins");
          auto answer = receive.poll(context);
          is_ready = answer.is_ready();
          story::step("the poll ends: {}", story::show_poll(answer));
        },
        [&] { post(box, "now"); });
    if (came && !is_ready) {
      expect(task.is_woken(), "the poll takes the letter, or post wakes the reader",
             "the poll says Pending, and nobody wakes the reader: it sleeps, and the letter is in the box");
      expect_letter(receive, task, "now");
    }
    return came;
  });
  expect(moments > 0, "poll takes the lock: two threads use the box", "poll takes no lock");
}

TEST_CASE("a poll in the middle of a post does not lose the letter") {
  const int moments = story::at_every_moment([](int at) {
    story::teach("Change first, then wake: whoever is woken looks at once.", gap_section);
    CountingWaker task("the reader");
    Letterbox box;
    auto receive = box.receive();
    kettle::Context context(task.waker());
    bool is_ready = false;
    const bool came = story::MomentMutex::run(
        at,
        [&] {
          story::step("a post begins");
          box.post("now");
          story::step("the post ends");
        },
        [&] {
          auto answer = receive.poll(context);
          is_ready = answer.is_ready();
          story::step("a poll: {}", story::show_poll(answer));
        });
    if (came && !is_ready) {
      expect(task.is_woken(), "the poll takes the letter, or post wakes the reader",
             "the poll says Pending, and nobody wakes the reader: it sleeps, and the letter is in the box");
      expect_letter(receive, task, "now");
    }
    if (came && at == 1) {
      story::teach("What two threads use is used under the lock: before a post has it, it has changed nothing.",
                   gap_section);
      expect(!is_ready, "a poll just before post takes the lock finds the box empty",
             "it finds the letter: post has put it there without the lock");
    }
    return came;
  });
  expect(moments > 0, "post takes the lock: two threads use the box", "post takes no lock");
}

TEST_CASE("without a letter nobody is woken") {
  story::teach("Wake for a reason. A future that wakes itself is polled in a circle, and burns a core.",
               "lessons/02-waker/README.md#the-problem");
  CountingWaker task("the reader");
  Letterbox box;
  auto receive = box.receive();
  expect_pending(receive, task);
  expect_pending(receive, task);
  expect_equal(task.wakes(), 0, "wake-ups");
}

TEST_CASE("the reader who polled last is woken") {
  story::teach("Each poll brings a waker, and the last one counts: the future may be in other hands by now.",
               "lessons/02-waker/README.md#a-number-to-call");
  CountingWaker first("the first task");
  CountingWaker second("the second task");
  Letterbox box;
  auto receive = box.receive();
  story::step("the first task polls");
  expect_pending(receive, first);
  story::step("the second task polls");
  expect_pending(receive, second);
  post(box, "for you");
  expect(second.is_woken(), "the second task is woken: it polled last", "it is not");
}

TEST_CASE("the box keeps a copy of the reader's waker") {
  story::teach("The context lends its waker for one poll. Whoever wants to call later keeps a copy, not the address.",
               "lessons/02-waker/README.md#a-number-to-call");
  CountingWaker task("the reader");
  Letterbox box;
  auto receive = box.receive();
  story::poll_with_lent_waker(receive, task, "receive");
  expect(task.is_held(), "somebody holds a copy of the waker: the reader is waiting",
         "nobody does, though the poll was Pending");
  post(box, "hello");
  expect(task.is_woken(), "post wakes the reader", "nobody wakes the reader");
}

TEST_CASE("the reader is woken outside the lock") {
  story::teach("Take the waker out, unlock, then wake: whoever is woken may want the lock at once.", gap_section);
  story::LockWatcher task;
  Letterbox box;
  auto receive = box.receive();
  kettle::Context context(task.waker());
  auto answer = receive.poll(context);
  story::step("poll of receive: {}", story::show_poll(answer));
  post(box, "hello");
  expect_equal(task.wakes(), 1, "wake-ups");
  expect(!task.was_woken_under_a_lock(), "post gives the lock back before it wakes",
         "it wakes while it holds the lock");
}

}  // namespace
