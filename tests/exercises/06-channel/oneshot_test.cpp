// Grades 06-channel/oneshot. All but the last test play both ends on one thread: see moments.hpp. The last one uses
// two, and cannot hang: the thread of the sender also wakes the task by itself, so that a wake-up that is lost is seen.
#include "oneshot.hpp"

#include <kettle/block_on.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <random>
#include <thread>

#include "futures.hpp"
#include "moments.hpp"

namespace {

using story::CountingWaker;
using story::expect;
using story::expect_equal;

// An answer, of which there must never be two, and in the end none.
class Answer {
 public:
  explicit Answer(int number) : number_(number) { ++alive; }
  Answer(Answer&& other) noexcept
      : number_(std::exchange(other.number_, 0)), is_moved_from_(std::exchange(other.is_moved_from_, true)) {}
  Answer& operator=(Answer&& other) noexcept {
    Answer(std::move(other)).swap(*this);
    return *this;
  }
  ~Answer() {
    if (!is_moved_from_) --alive;
  }
  int number() const { return number_; }
  static inline int alive = 0;

 private:
  void swap(Answer& other) noexcept {
    std::swap(number_, other.number_);
    std::swap(is_moved_from_, other.is_moved_from_);
  }
  int number_;
  bool is_moved_from_ = false;
};

using Sender = mine::Sender<Answer, story::MomentMutex>;
using Receiver = mine::Receiver<Answer, story::MomentMutex>;
using Received = std::optional<Answer>;

static_assert(kettle::Future<Receiver>, "mine::Receiver is a Future: Output and poll(Context&)");
static_assert(std::same_as<Receiver::Output, Received>, "mine::Receiver<T>::Output is std::optional<T>");

constexpr auto ends_section = "lessons/06-channel/README.md#the-end";
constexpr auto room_section = "lessons/06-channel/README.md#both-sides-wait";
constexpr auto lock_section = "lessons/06-channel/README.md#wake-after-the-lock";

// A channel in a story; either end may go.
struct Channel {
  Channel() : Channel(mine::oneshot<Answer, story::MomentMutex>()) {}
  explicit Channel(std::pair<Sender, Receiver> ends) {
    sender.emplace(std::move(ends.first));
    receiver.emplace(std::move(ends.second));
  }

  /// Whether the value was taken.
  bool send(int number) {
    story::step("send {}", number);
    const auto sent = sender->send(Answer(number));
    if (sent.has_value()) return true;
    story::step("send {} gives the value back", number);
    expect_equal(sent.error().number(), number, "the value that send gave back (0 is one that was moved away)");
    return false;
  }
  void drop_sender() {
    story::step("the sender goes");
    sender.reset();
  }
  void drop_receiver() {
    story::step("the receiver goes");
    receiver.reset();
  }
  kettle::Poll<Received> poll(CountingWaker& task) {
    task.clear();
    return poll(task.waker());
  }
  kettle::Poll<Received> poll(const kettle::Waker& waker) {
    kettle::Context context(waker);
    auto answer = receiver->poll(context);
    story::step("poll of the receiver: {}", show(answer));
    return answer;
  }
  static std::string show(kettle::Poll<Received>& answer) {
    if (answer.is_pending()) return "Pending";
    if (!answer.value().has_value()) return "Ready(nothing)";
    return fmt::format("Ready({})", answer.value()->number());
  }
  void expect_poll(CountingWaker& task, const std::string& wanted, std::string_view why) {
    auto answer = poll(task);
    const std::string got = show(answer);
    expect(got == wanted, fmt::format("the poll is {}: {}", wanted, why), fmt::format("it is {}", got));
  }
  void expect_sent(int number) {
    expect(send(number), "send takes the value: the receiver is there", "it gave the value back");
  }

  std::optional<Sender> sender;
  std::optional<Receiver> receiver;
};

TEST_CASE("a value that was sent first is Ready at the first poll") {
  story::teach("A value that is sent stays until it is received, also when its sender has gone since.", ends_section);
  CountingWaker task;
  {
    Channel channel;
    channel.expect_sent(7);
    channel.expect_poll(task, "Ready(7)", "7 was sent before");
  }
  story::step("another channel");
  Channel channel;
  channel.expect_sent(8);
  channel.drop_sender();
  channel.expect_poll(task, "Ready(8)", "8 was sent before the sender went");
}

TEST_CASE("a poll that comes first is Pending, and the send wakes it, once") {
  story::teach("Before Pending, the channel holds the waker. The value comes first, the wake-up after it.",
               room_section);
  CountingWaker task;
  Channel channel;
  channel.expect_poll(task, "Pending", "nothing is sent yet");
  channel.expect_poll(task, "Pending", "nothing is sent yet");
  expect_equal(task.wakes(), 0, "wake-ups before the send");
  channel.expect_sent(7);
  expect_equal(task.wakes(), 1, "wake-ups after the send");
  channel.expect_poll(task, "Ready(7)", "7 was sent");
  channel.drop_sender();
  expect_equal(task.wakes(), 1, "wake-ups in all, when the sender has gone as well");
}

TEST_CASE("a sender that goes without sending wakes the receiver, which is Ready with nothing") {
  story::teach("Whoever waits for a value must hear that none will come.", ends_section);
  CountingWaker task;
  Channel channel;
  channel.expect_poll(task, "Pending", "nothing is sent yet");
  {
    story::step("the sender is moved, which is not its end");
    Sender moved(std::move(*channel.sender));
    channel.drop_sender();
    expect_equal(task.wakes(), 0, "wake-ups while the moved sender is still there");
    story::step("the moved sender goes");
  }
  expect_equal(task.wakes(), 1, "wake-ups when the sender has gone");
  channel.expect_poll(task, "Ready(nothing)", "the sender has gone without a word");
  story::step("another channel");
  Channel other;
  other.drop_sender();
  other.expect_poll(task, "Ready(nothing)", "the sender has gone without a word");
}

TEST_CASE("when the receiver has gone, send gives the value back") {
  story::teach("A value that nobody will receive comes back to whoever sent it: it must not vanish.", ends_section);
  CountingWaker task;
  for (const bool polled_before : {false, true}) {
    Channel channel;
    if (polled_before) channel.expect_poll(task, "Pending", "nothing is sent yet");
    channel.drop_receiver();
    expect(!channel.send(7), "send gives the value back: the receiver has gone", "it says that 7 is sent");
    story::step("another channel");
  }
}

TEST_CASE("the task that polled last is woken, and a receiver that goes takes its waker along") {
  story::teach("Each poll brings a waker, and the last one counts. Dropping a future cancels it: its waker goes too.",
               room_section);
  CountingWaker first("the first task");
  CountingWaker second("the second task");
  {
    Channel channel;
    channel.expect_poll(first, "Pending", "nothing is sent yet");
    channel.expect_poll(second, "Pending", "nothing is sent yet");
    expect(!first.is_held(), "nobody holds a waker of the first task any more", "the channel still holds one");
    first.clear();
    channel.expect_sent(7);
    expect(second.is_woken(), "the second task is woken: it polled last", "it is not");
    expect(!first.is_woken(), "the first task is left alone", "it is woken");
  }
  story::step("another channel");
  CountingWaker third("the third task");
  Channel channel;
  channel.expect_poll(third, "Pending", "nothing is sent yet");
  channel.drop_receiver();
  expect(!third.is_held(), "nobody holds a waker of the task any more", "the channel still holds it");
}

// `operation` on a new channel, and `other` in the middle of it, at each of its moments; then `check`.
using Action = std::function<void(Channel&, CountingWaker&)>;
void play(std::string_view operation_name, const Action& operation, const Action& other, const Action& check) {
  const int moments = story::at_every_moment([&](int at) {
    Answer::alive = 0;
    bool came = false;
    {
      CountingWaker task;
      Channel channel;
      story::step("a new channel");
      came = story::MomentMutex::run(at, [&] { operation(channel, task); }, [&] { other(channel, task); });
      if (came) check(channel, task);
    }
    expect_equal(Answer::alive, 0, "values alive when both ends are gone");
    return came;
  });
  expect(moments > 0, fmt::format("{} takes the lock: two threads use the channel", operation_name),
         fmt::format("{} takes no lock", operation_name));
}

TEST_CASE("what one end does in the middle of what the other does is not lost") {
  story::teach("To look and to leave a note (a waker, a value) is one step: do both under one lock.", lock_section);
  std::string polled;
  const Action poll = [&polled](Channel& channel, CountingWaker& task) {
    auto answer = channel.poll(task.waker());
    polled = Channel::show(answer);
  };
  const auto then = [&polled](std::string wanted) -> Action {
    return [&polled, wanted = std::move(wanted)](Channel& channel, CountingWaker& task) {
      if (polled == wanted) return;
      expect_equal(polled, std::string("Pending"), "the answer of the poll, which came too early to be " + wanted);
      expect(task.is_woken(), fmt::format("the poll is {}, or the task is woken", wanted),
             "the poll is Pending, and nobody wakes the task: it sleeps for ever");
      channel.expect_poll(task, wanted, "it was woken for that");
    };
  };
  const Action send = [](Channel& channel, CountingWaker&) { channel.expect_sent(7); };
  const Action drop_sender = [](Channel& channel, CountingWaker&) { channel.drop_sender(); };
  play("poll", poll, send, then("Ready(7)"));
  play("send", send, poll, then("Ready(7)"));
  play("poll", poll, drop_sender, then("Ready(nothing)"));
  play("~Sender", drop_sender, poll, then("Ready(nothing)"));

  bool sent = false;
  play(
      "send", [&sent](Channel& channel, CountingWaker&) { sent = channel.send(7); },
      [](Channel& channel, CountingWaker&) { channel.drop_receiver(); },
      [&sent](Channel&, CountingWaker&) {
        if (story::MomentMutex::moment() > 1) {
          // Sent and then destroyed with the receiver, or given back: play() counts what is left.
          story::note(sent ? "7 was sent before the receiver went" : "7 came back");
          return;
        }
        story::teach("What two threads use is used under the lock: looked at before, it may have changed since.",
                     lock_section);
        expect(!sent, "send gives the value back: the receiver went before send had the lock", "it says that 7 is sent");
      });
}

TEST_CASE("a value is destroyed once, whoever goes first") {
  story::teach("A value inside a channel belongs to it: what nobody took is destroyed with it, and only once.",
               ends_section);
  for (const bool receiver_first : {false, true}) {
    Answer::alive = 0;
    Channel channel;
    channel.expect_sent(7);
    expect_equal(Answer::alive, 1, "values alive after the send");
    if (receiver_first) channel.drop_receiver();
    channel.drop_sender();
    channel.drop_receiver();
    expect_equal(Answer::alive, 0, "values alive when both ends are gone");
    story::step("another channel");
  }
  {
    CountingWaker task;
    Channel channel;
    channel.expect_sent(8);
    {
      auto answer = channel.poll(task);
      expect(answer.is_ready(), "the poll is Ready: 8 was sent", "it is Pending");
      expect_equal(Answer::alive, 1, "values alive after the receive");
    }
    expect_equal(Answer::alive, 0, "values alive after the value that was received has been destroyed");
  }
  expect_equal(Answer::alive, 0, "values alive when both ends are gone");
}

TEST_CASE("wakers are called after the lock is given back") {
  story::teach("Take the waker out, unlock, then wake: whoever is woken may want the lock at once.", lock_section);
  for (const bool sends : {true, false}) {
    story::LockWatcher task;
    Channel channel;
    channel.poll(task.waker());
    if (sends) {
      channel.expect_sent(7);
    } else {
      channel.drop_sender();
    }
    if (sends) expect_equal(task.wakes(), 1, "wake-ups");
    expect(!task.was_woken_under_a_lock(), "the lock is given back before the task is woken",
           "the task is woken while the lock is held");
    story::step("another channel");
  }
}

/// Waits for an answer that another thread sends, or does not.
class Race {
 public:
  using Output = void;
  Race(std::pair<mine::Sender<int>, mine::Receiver<int>> ends, bool sends, unsigned delay)
      : sender_(std::move(ends.first)), receiver_(std::move(ends.second)), sends_(sends), delay_(delay) {}
  ~Race() {
    if (other_.joinable()) other_.join();
  }
  Race(const Race&) = delete;
  Race& operator=(const Race&) = delete;

  kettle::Poll<> poll(kettle::Context& context) {
    if (!other_.joinable()) {
      other_ = std::thread([this, waker = context.waker()] {
        for (unsigned spin = 0; spin < delay_; ++spin) done_.load();
        {
          mine::Sender<int> sender(std::move(sender_));
          if (sends_) static_cast<void>(sender.send(7));
        }
        done_.store(true);
        waker.wake();
      });
      while (delay_ == 0 && !done_.load()) std::this_thread::yield();
    }
    const bool done = done_.load();
    auto answer = receiver_.poll(context);
    if (answer.is_pending()) {
      expect(!done, "the poll is Ready: the other thread is done", "it is Pending");
      return kettle::pending;
    }
    const auto value = answer.take();
    expect_equal(value.has_value() ? *value : 0, sends_ ? 7 : 0, "what was received (0 stands for nothing)");
    return kettle::Ready();
  }

 private:
  mine::Sender<int> sender_;
  mine::Receiver<int> receiver_;
  bool sends_;
  unsigned delay_;
  std::atomic<bool> done_{false};
  std::thread other_;
};

// Without a lock, what two threads would do to each other is luck, and a verdict must not be.
void expect_locks() {
  const auto expect_lock = [](std::string_view name, const std::function<void()>& action) {
    const int before = story::MomentMutex::times_locked();
    action();
    expect(story::MomentMutex::times_locked() > before, fmt::format("{} takes the lock: two threads use it", name),
           "it takes no lock");
  };
  CountingWaker task;
  Channel channel;
  Channel other;
  expect_lock("poll", [&] { channel.poll(task); });
  expect_lock("send", [&] { channel.send(7); });
  expect_lock("~Receiver", [&] { channel.drop_receiver(); });
  expect_lock("~Sender", [&] { other.drop_sender(); });
}

TEST_CASE("it works between two threads") {
  story::teach("Either end may be on any thread, so what they share is used under the lock.", lock_section);
  expect_locks();
  story::step("200 times: one thread waits in block_on, another one sends, or goes");
  std::mt19937 random(6);
  for (int round = 1; round <= 200; ++round) {
    const unsigned delay = round % 4 == 1 ? 0 : static_cast<unsigned>(random() % 4000);
    Race race(mine::oneshot<int>(), round % 3 != 0, delay);
    kettle::block_on(race);
  }
}

}  // namespace
