// The promises of kettle/receiver.hpp: the next value, the end, closing, and dropping at every stage.
#include <kettle/channel.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "futures.hpp"
#include "values.hpp"

namespace {

using kettle::Misuse;
using kettle::mpsc::channel;
using kettle::mpsc::Receiver;
using kettle::mpsc::Recv;
using kettle::mpsc::Sender;
using kettle::mpsc::TryRecvError;
using story::CountingWaker;
using values::Nosy;
using values::poll;
using values::Tracked;

static_assert(kettle::Future<Recv<int>>);

TEST_CASE("a recv is Ready when a value is there; otherwise it waits, and is woken once") {
  auto [sender, receiver] = channel<int>(3);
  CountingWaker task;
  auto recv = receiver.recv();
  CHECK(poll(recv, task.waker()).is_pending());
  CHECK(poll(recv, task.waker()).is_pending());
  CHECK_EQ(task.wakes(), 0);
  CHECK(sender.try_send(1).has_value());
  CHECK(sender.try_send(2).has_value());
  CHECK_EQ(task.wakes(), 1);
  CHECK_FALSE(task.is_held());
  CHECK_EQ(poll(recv).take(), 1);
  auto next = receiver.recv();
  CHECK_EQ(poll(next).take(), 2);
}

TEST_CASE("values come out in the order in which they went in") {
  auto [sender, receiver] = channel<int>(8);
  const Sender<int> other = sender;
  for (int value = 0; value < 8; ++value) CHECK((value % 2 == 0 ? sender : other).try_send(value).has_value());
  CHECK_EQ(receiver.len(), 8);
  CHECK_EQ(receiver.capacity(), 8);
  for (int value = 0; value < 8; ++value) {
    auto recv = receiver.recv();
    CHECK_EQ(poll(recv).take(), value);
  }
}

TEST_CASE("when all senders are gone, what they sent is received, and then nothing, every time") {
  auto [sender, receiver] = channel<int>(2);
  CHECK(sender.try_send(1).has_value());
  {
    const Sender<int> copy = sender;
    const Sender<int> last = std::move(sender);
  }
  auto one = receiver.recv();
  CHECK_EQ(poll(one).take(), 1);
  for (int time = 0; time < 2; ++time) {
    auto recv = receiver.recv();
    CHECK_EQ(poll(recv).take(), std::nullopt);
    CHECK_EQ(receiver.try_recv().error(), TryRecvError::closed);
  }
}

TEST_CASE("the last sender to go wakes the receiver, and only the last") {
  auto [sender, receiver] = channel<int>(1);
  CountingWaker task;
  auto recv = receiver.recv();
  CHECK(poll(recv, task.waker()).is_pending());
  {
    const Sender<int> copy = sender;
  }
  CHECK_EQ(task.wakes(), 0);
  {
    const Sender<int> last = std::move(sender);
  }
  CHECK_EQ(task.wakes(), 1);
  CHECK_EQ(poll(recv).take(), std::nullopt);
}

TEST_CASE("try_recv tells empty from closed, and leaves a recv that waits alone") {
  auto [sender, receiver] = channel<int>(1);
  CountingWaker task;
  auto recv = receiver.recv();
  CHECK(poll(recv, task.waker()).is_pending());
  CHECK_EQ(receiver.try_recv().error(), TryRecvError::empty);
  CHECK(sender.try_send(1).has_value());
  CHECK_EQ(task.wakes(), 1);
  CHECK_EQ(receiver.try_recv().value(), 1);
  task.clear();
  CHECK(poll(recv, task.waker()).is_pending());
  receiver.close();
  CHECK(task.is_woken());
  CHECK_EQ(receiver.try_recv().error(), TryRecvError::closed);
}

TEST_CASE("a recv that is dropped at any stage loses no value and no wake-up") {
  for (int stage = 0; stage <= 3; ++stage) {
    CAPTURE(stage);
    auto [sender, receiver] = channel<int>(1);
    CountingWaker first("the first task");
    {
      auto dropped = receiver.recv();
      if (stage >= 1) CHECK(poll(dropped, first.waker()).is_pending());
      if (stage >= 2) CHECK(poll(dropped, first.waker()).is_pending());
      if (stage >= 3) CHECK(sender.try_send(1).has_value());
      CHECK_EQ(first.wakes(), stage >= 3 ? 1 : 0);
    }
    first.clear();
    CHECK_FALSE(first.is_held());
    first.clear();
    CountingWaker second("the second task");
    auto recv = receiver.recv();
    if (stage < 3) {
      CHECK(poll(recv, second.waker()).is_pending());
      CHECK(sender.try_send(1).has_value());
      CHECK_EQ(second.wakes(), 1);
      CHECK_FALSE(first.is_woken());
    }
    CHECK_EQ(poll(recv).take(), 1);
  }
}

TEST_CASE("the task that polled last is woken, and the other's waker is let go") {
  auto [sender, receiver] = channel<int>(1);
  CountingWaker first("the first task");
  CountingWaker second("the second task");
  auto recv = receiver.recv();
  CHECK(poll(recv, first.waker()).is_pending());
  CHECK(poll(recv, second.waker()).is_pending());
  CHECK_FALSE(first.is_held());
  first.clear();
  CHECK(sender.try_send(1).has_value());
  CHECK_FALSE(first.is_woken());
  CHECK_EQ(second.wakes(), 1);
}

TEST_CASE("polled after Ready is misuse; a recv may be moved, and what it was moved from may not be polled") {
  auto [sender, receiver] = channel<int>(2);
  CHECK(sender.try_send(1).has_value());
  auto recv = receiver.recv();
  CHECK_EQ(poll(recv).take(), 1);
  CHECK_THROWS_WITH_AS(poll(recv), doctest::Contains("polled again after it was Ready"), Misuse);
  auto still_done = std::move(recv);
  CHECK_THROWS_AS(poll(still_done), Misuse);

  CountingWaker task;
  auto waiting = receiver.recv();
  CHECK(poll(waiting, task.waker()).is_pending());
  {
    auto moved = std::move(waiting);
    CHECK_THROWS_AS(poll(waiting), Misuse);  // NOLINT(bugprone-use-after-move)
    CHECK(sender.try_send(2).has_value());
    CHECK_EQ(task.wakes(), 1);
    CHECK_EQ(poll(moved).take(), 2);
  }
  const Receiver<int> other = std::move(receiver);
  CHECK_THROWS_WITH_AS((void)receiver.recv(), doctest::Contains("moved from"), Misuse);  // NOLINT
}

TEST_CASE("closed, it takes nothing more in; permits that are out are waited for") {
  auto [sender, receiver] = channel<int>(3);
  CHECK(sender.try_send(1).has_value());
  auto first_reserve = sender.reserve();
  auto second_reserve = sender.reserve();
  auto first = std::make_optional(poll(first_reserve).take());
  auto second = std::make_optional(poll(second_reserve).take());
  receiver.close();
  receiver.close();
  CHECK_EQ(receiver.try_recv().value(), 1);
  CHECK_EQ(receiver.try_recv().error(), TryRecvError::empty);
  CountingWaker task;
  auto recv = receiver.recv();
  CHECK(poll(recv, task.waker()).is_pending());
  CHECK((*first)->send(2).has_value());
  CHECK_EQ(task.wakes(), 1);
  CHECK_EQ(poll(recv).take(), 2);
  first.reset();
  auto last = receiver.recv();
  task.clear();
  CHECK(poll(last, task.waker()).is_pending());
  second.reset();
  CHECK(task.is_woken());
  CHECK_EQ(poll(last).take(), std::nullopt);
}

TEST_CASE("closed with a slot granted to a send that has not been polled since: it may still send, or give it up") {
  auto [sender, receiver] = channel<int>(1);
  CHECK(sender.try_send(1).has_value());
  auto granted = std::make_optional(sender.send(2));
  CHECK(poll(*granted).is_pending());
  CHECK_EQ(receiver.try_recv().value(), 1);
  receiver.close();
  CountingWaker task;
  auto recv = receiver.recv();
  CHECK(poll(recv, task.waker()).is_pending());
  SUBCASE("it sends") {
    CHECK(poll(*granted).take().has_value());
    CHECK_EQ(task.wakes(), 1);
    CHECK_EQ(poll(recv).take(), 2);
    CHECK_EQ(receiver.try_recv().error(), TryRecvError::closed);
  }
  SUBCASE("it is dropped") {
    granted.reset();
    CHECK_EQ(task.wakes(), 1);
    CHECK_EQ(poll(recv).take(), std::nullopt);
  }
}

TEST_CASE("a receiver that goes destroys what is inside, once, in order") {
  std::vector<int> destroyed;
  auto [sender, receiver] = channel<Tracked>(3);
  for (int number = 1; number <= 3; ++number) CHECK(sender.try_send(Tracked(number, destroyed)).has_value());
  {
    const auto value = receiver.try_recv();
    CHECK_EQ(value->number(), 1);
    CHECK(destroyed.empty());
  }
  CHECK_EQ(destroyed, std::vector{1});
  {
    const Receiver<Tracked> gone = std::move(receiver);
  }
  CHECK_EQ(destroyed, std::vector{1, 2, 3});
  CHECK_EQ(sender.len(), 0);
}

TEST_CASE("values that nobody receives are destroyed when the channel ends, in whichever order its ends go") {
  std::vector<int> destroyed;
  {
    auto [sender, receiver] = channel<Tracked>(2);
    CHECK(sender.try_send(Tracked(1, destroyed)).has_value());
    {
      const Sender<Tracked> gone = std::move(sender);
    }
    CHECK(destroyed.empty());
  }
  CHECK_EQ(destroyed, std::vector{1});
}

// A value whose destructor does something.
class Busy {
 public:
  explicit Busy(std::function<void()> end) : end_(std::move(end)) {}
  Busy(Busy&& other) noexcept : end_(std::exchange(other.end_, nullptr)) {}
  Busy& operator=(Busy&&) = delete;
  ~Busy() {
    if (end_) end_();
  }

 private:
  std::function<void()> end_;
};

TEST_CASE("the destructors of values inside may use the channel") {
  int ran = 0;
  auto [sender, receiver] = channel<Busy>(2);
  for (int number = 0; number < 2; ++number) {
    CHECK(sender
              .try_send(Busy([&ran, own = sender] {  // It even keeps a sender: the channel refers to itself.
                ++ran;
                CHECK(own.is_closed());
                CHECK_EQ(own.len(), 0);
                CHECK(own.try_send(Busy([&ran] { ran += 10; })).error().is_closed);
              }))
              .has_value());
  }
  SUBCASE("the receiver goes first") { const Receiver<Busy> gone = std::move(receiver); }
  SUBCASE("the receiver goes last") {
    {
      const Sender<Busy> gone = std::move(sender);
    }
    const Receiver<Busy> gone = std::move(receiver);
  }
  CHECK_EQ(ran, 22);
}

TEST_CASE("the receiver's waker is called, and let go, without the lock: it may use the channel") {
  auto [sender, receiver] = channel<int>(1);
  int woken = 0;
  int destroyed = 0;
  const auto nosy = [&, &r = receiver] {
    return Nosy::waker([&] { woken += r.len() <= 1 ? 1 : 100; }, [&] { destroyed += r.len() <= 1 ? 1 : 100; });
  };
  auto recv = std::make_optional(receiver.recv());
  CHECK(poll(*recv, nosy()).is_pending());
  SUBCASE("a value comes") {
    CHECK(sender.try_send(1).has_value());
    CHECK_EQ(woken, 1);
  }
  SUBCASE("the last sender goes") {
    {
      const Sender<int> gone = std::move(sender);
    }
    CHECK_EQ(woken, 1);
  }
  SUBCASE("the channel is closed") {
    receiver.close();
    CHECK_EQ(woken, 1);
  }
  SUBCASE("another task polls") { CHECK(poll(*recv).is_pending()); }
  SUBCASE("the recv is dropped") { recv.reset(); }
  CHECK_EQ(destroyed, 1);
}

}  // namespace
