// The promises of kettle/sender.hpp: order, backpressure, the value that comes back, and dropping at every stage.
#include <kettle/channel.hpp>

#include <doctest/doctest.h>

#include <deque>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "futures.hpp"
#include "values.hpp"

namespace {

using kettle::Future;
using kettle::Misuse;
using kettle::Waker;
using kettle::mpsc::channel;
using kettle::mpsc::Permit;
using kettle::mpsc::Receiver;
using kettle::mpsc::Reserve;
using kettle::mpsc::Send;
using kettle::mpsc::Sender;
using story::CountingWaker;
using values::Nosy;
using values::poll;
using values::Tracked;

static_assert(Future<Send<int>> && Future<Reserve<int>>);

// A future and the task that polls it.
template <class F>
struct Run {
  explicit Run(F f, const char* name = "the task") : future(std::move(f)), task(name) {}
  auto poll() {
    task.clear();
    return values::poll(future, task.waker());
  }
  bool is_pending() { return poll().is_pending(); }
  F future;
  CountingWaker task;
};

// How many more values fit, found out by sending, and taken out again.
int free_slots(const Sender<int>& sender, Receiver<int>& receiver) {
  const std::size_t inside = receiver.len();
  int sent = 0;
  while (sender.try_send(0).has_value()) ++sent;
  std::deque<int> all;
  while (auto value = receiver.try_recv()) all.push_back(*value);
  for (std::size_t i = 0; i < inside; ++i) CHECK(sender.try_send(all[i]).has_value());
  return sent;
}

TEST_CASE("a send with room is Ready at once; without, it waits until a value is taken out") {
  auto [sender, receiver] = channel<int>(2);
  CHECK_EQ(sender.capacity(), 2);
  for (int value = 1; value <= 2; ++value) {
    auto send = sender.send(value);
    auto answer = poll(send);
    REQUIRE(answer.is_ready());
    CHECK(answer.take().has_value());
    CHECK_EQ(sender.len(), static_cast<std::size_t>(value));
  }
  Run third(sender.send(3));
  CHECK(third.is_pending());
  CHECK(third.is_pending());
  CHECK_EQ(sender.len(), 2);
  CHECK_EQ(third.task.wakes(), 0);
  CHECK_EQ(receiver.try_recv().value(), 1);
  CHECK_EQ(third.task.wakes(), 1);
  CHECK_EQ(sender.len(), 1);
  CHECK(third.poll().take().has_value());
  CHECK_EQ(receiver.try_recv().value(), 2);
  CHECK_EQ(receiver.try_recv().value(), 3);
  CHECK_EQ(third.task.wakes(), 1);
}

TEST_CASE("senders that wait are served in the order in which they began to, and nobody overtakes") {
  auto [sender, receiver] = channel<int>(1);
  CHECK(sender.try_send(0).has_value());
  Run one(sender.send(1));
  Run two(sender.send(2));
  Run three(sender.send(3));
  CHECK(two.is_pending());
  CHECK(three.is_pending());
  CHECK(one.is_pending());
  CHECK(two.is_pending());  // Asking again keeps the place.

  CHECK_EQ(receiver.try_recv().value(), 0);
  CHECK_EQ(two.task.wakes(), 1);
  CHECK_EQ(one.task.wakes() + three.task.wakes(), 0);
  auto overtaking = sender.try_send(9);
  REQUIRE_FALSE(overtaking.has_value());
  CHECK_FALSE(overtaking.error().is_closed);
  CHECK_EQ(overtaking.error().value, 9);
  Run late(sender.send(4));
  CHECK(late.is_pending());
  CHECK(three.is_pending());
  CHECK(two.poll().is_ready());
  CHECK_FALSE(sender.try_send(9).has_value());
  CHECK_EQ(receiver.try_recv().value(), 2);
  CHECK_EQ(three.task.wakes(), 1);
  CHECK(three.poll().is_ready());
  CHECK_EQ(receiver.try_recv().value(), 3);
  CHECK(one.poll().is_ready());
  CHECK_EQ(receiver.try_recv().value(), 1);
  CHECK(late.poll().is_ready());
  CHECK_EQ(receiver.try_recv().value(), 4);
  CHECK(sender.try_send(9).has_value());
}

TEST_CASE("try_send says full or closed, and gives the value back") {
  auto [sender, receiver] = channel<std::unique_ptr<int>>(1);
  CHECK(sender.try_send(std::make_unique<int>(1)).has_value());
  auto full = sender.try_send(std::make_unique<int>(2));
  REQUIRE_FALSE(full.has_value());
  CHECK_FALSE(full.error().is_closed);
  CHECK_EQ(*full.error().value, 2);
  CHECK_FALSE(sender.is_closed());
  receiver.close();
  CHECK(sender.is_closed());
  auto closed = sender.try_send(std::make_unique<int>(3));
  REQUIRE_FALSE(closed.has_value());
  CHECK(closed.error().is_closed);
  CHECK_EQ(*closed.error().value, 3);
}

TEST_CASE("when the receiver is gone, a send gives its value back, whether it waited or comes later") {
  auto [sender, receiver] = channel<int>(1);
  CHECK(sender.try_send(1).has_value());
  Run waiting(sender.send(2));
  Run unpolled(sender.send(3));
  CHECK(waiting.is_pending());
  {
    const Receiver<int> gone = std::move(receiver);
  }
  CHECK_EQ(waiting.task.wakes(), 1);
  CHECK_EQ(waiting.poll().take().error(), 2);
  CHECK_EQ(unpolled.poll().take().error(), 3);
  CHECK_EQ(sender.try_send(4).error().value, 4);
  CHECK(sender.is_closed());
  CHECK_EQ(sender.len(), 0);
}

TEST_CASE("reserve, then send: the slot is there, whatever others do") {
  auto [sender, receiver] = channel<int>(1);
  auto reserve = sender.reserve();
  auto permit = poll(reserve).take();
  REQUIRE(permit.has_value());
  CHECK_FALSE(sender.try_send(1).has_value());
  CHECK_EQ(receiver.len(), 0);
  CHECK(permit->send(7).has_value());
  CHECK_EQ(receiver.try_recv().value(), 7);
  CHECK_THROWS_WITH_AS((void)permit->send(8), doctest::Contains("used twice"), Misuse);
}

TEST_CASE("a permit is good after close, and gives the value back when the receiver is gone") {
  auto [sender, receiver] = channel<int>(2);
  auto one = sender.reserve();
  auto two = sender.reserve();
  auto first = poll(one).take();
  auto second = poll(two).take();
  receiver.close();
  CHECK(first->send(1).has_value());
  CHECK_EQ(receiver.try_recv().value(), 1);
  {
    const Receiver<int> gone = std::move(receiver);
  }
  CHECK_EQ(second->send(2).error(), 2);
}

TEST_CASE("a permit that is dropped makes room for the next in line; a moved one is one permit") {
  auto [sender, receiver] = channel<int>(1);
  std::optional<Permit<int>> permit;
  {
    auto reserve = sender.reserve();
    auto answer = poll(reserve).take();
    permit.emplace(std::move(*answer));
  }
  Run next(sender.reserve());
  CHECK(next.is_pending());
  Permit<int> moved = std::move(*permit);
  permit.reset();
  CHECK_EQ(next.task.wakes(), 0);
  {
    const Permit<int> last = std::move(moved);
  }
  CHECK_EQ(next.task.wakes(), 1);
  auto granted = next.poll().take();
  REQUIRE(granted.has_value());
  moved = std::move(*granted);
  CHECK(moved.send(5).has_value());
  CHECK_EQ(receiver.try_recv().value(), 5);
  CHECK_EQ(free_slots(sender, receiver), 1);
}

// The same for both futures that wait for room.
template <class Make>
void drop_at_every_stage(Make make) {
  for (int stage = 0; stage <= 4; ++stage) {
    CAPTURE(stage);
    auto [sender, receiver] = channel<int>(2);
    CHECK(sender.try_send(1).has_value());
    CHECK(sender.try_send(2).has_value());
    {
      std::optional<Run<Send<int>>> next;
      {
        Run dropped(make(sender));
        if (stage >= 1) CHECK(dropped.is_pending());
        if (stage >= 2) CHECK(dropped.is_pending());
        next.emplace(sender.send(3));
        CHECK(next->is_pending());
        if (stage >= 3) CHECK_EQ(receiver.try_recv().value(), 1);
        CHECK_EQ(dropped.task.wakes(), stage >= 3 ? 1 : 0);
        if (stage >= 4) CHECK_EQ(receiver.try_recv().value(), 2);
        CHECK_EQ(next->task.wakes(), stage >= 4 ? 1 : 0);
        if (stage < 3) CHECK_EQ(receiver.try_recv().value(), 1);
      }
      CHECK_EQ(next->task.wakes(), 1);
      CHECK(next->poll().is_ready());
    }
    if (stage < 4) CHECK_EQ(receiver.try_recv().value(), 2);
    CHECK_EQ(receiver.try_recv().value(), 3);
    CHECK_FALSE(receiver.try_recv().has_value());
    CHECK_EQ(free_slots(sender, receiver), 2);
  }
}

TEST_CASE("a send that is dropped at any stage loses no slot and no wake-up") {
  drop_at_every_stage([](const Sender<int>& sender) { return sender.send(9); });
}

TEST_CASE("a reserve that is dropped at any stage loses no slot and no wake-up") {
  drop_at_every_stage([](const Sender<int>& sender) { return sender.reserve(); });
}

TEST_CASE("a reserve that is dropped after it was Ready leaves its permit alone") {
  auto [sender, receiver] = channel<int>(1);
  std::optional<Permit<int>> permit;
  {
    auto reserve = sender.reserve();
    auto answer = poll(reserve).take();
    permit.emplace(std::move(*answer));
  }
  CHECK_FALSE(sender.try_send(1).has_value());
  permit.reset();
  CHECK_EQ(free_slots(sender, receiver), 1);
}

TEST_CASE("every value is destroyed once, wherever it is when it is dropped") {
  std::vector<int> destroyed;
  {
    auto [sender, receiver] = channel<Tracked>(1);
    {
      auto unpolled = sender.send(Tracked(1, destroyed));
    }
    CHECK_EQ(destroyed, std::vector{1});
    {
      auto first = sender.send(Tracked(2, destroyed));
      CHECK(poll(first).is_ready());
      auto waiting = sender.send(Tracked(3, destroyed));
      CHECK(poll(waiting).is_pending());
      CHECK_EQ(destroyed, std::vector{1});
    }
    CHECK_EQ(destroyed, std::vector{1, 3});
    {
      auto back = sender.try_send(Tracked(4, destroyed));
      CHECK_EQ(back.error().value.number(), 4);
    }
    CHECK_EQ(destroyed, std::vector{1, 3, 4});
    {
      const Receiver<Tracked> gone = std::move(receiver);
    }
    CHECK_EQ(destroyed, std::vector{1, 3, 4, 2});
    {
      auto late = sender.send(Tracked(5, destroyed));
      const auto back = poll(late).take();
      CHECK_EQ(back.error().number(), 5);
    }
    CHECK_EQ(destroyed, std::vector{1, 3, 4, 2, 5});
  }
  CHECK_EQ(destroyed.size(), 5);
}

TEST_CASE("polled after Ready is misuse, whether it was sent, granted or closed") {
  auto [sender, receiver] = channel<int>(2);
  auto send = sender.send(1);
  CHECK(poll(send).is_ready());
  CHECK_THROWS_WITH_AS(poll(send), doctest::Contains("polled again after it was Ready"), Misuse);
  auto reserve = sender.reserve();
  CHECK(poll(reserve).is_ready());
  CHECK_THROWS_AS(poll(reserve), Misuse);
  receiver.close();
  auto refused_send = sender.send(3);
  CHECK_EQ(poll(refused_send).take().error(), 3);
  CHECK_THROWS_AS(poll(refused_send), Misuse);
  auto refused = sender.reserve();
  CHECK(poll(refused).is_ready());
  CHECK_THROWS_AS(poll(refused), Misuse);
}

TEST_CASE("moved after the first poll is misuse, and the one that stays goes on") {
  auto [sender, receiver] = channel<int>(1);
  auto early = sender.send(1);
  auto moved = std::move(early);
  CHECK(poll(moved).is_ready());

  Run send(sender.send(2));
  Run reserve(sender.reserve());
  CHECK(send.is_pending());
  CHECK(reserve.is_pending());
  const auto move_away = [](auto& future) { [[maybe_unused]] const auto elsewhere = std::move(future); };
  CHECK_THROWS_WITH_AS(move_away(send.future), doctest::Contains("moved while it stood in line"), Misuse);
  CHECK_THROWS_AS(move_away(reserve.future), Misuse);
  CHECK_EQ(receiver.try_recv().value(), 1);
  CHECK_EQ(send.task.wakes(), 1);
  CHECK(send.poll().is_ready());
  CHECK_EQ(receiver.try_recv().value(), 2);
  CHECK_EQ(reserve.task.wakes(), 1);
  CHECK(reserve.poll().is_ready());
}

TEST_CASE("the task that polled last is woken, and the other's waker is let go") {
  auto [sender, receiver] = channel<int>(1);
  CHECK(sender.try_send(1).has_value());
  CountingWaker first("the first task");
  CountingWaker second("the second task");
  auto send = sender.send(2);
  CHECK(poll(send, first.waker()).is_pending());
  CHECK(poll(send, second.waker()).is_pending());
  CHECK_FALSE(first.is_held());
  CHECK_EQ(receiver.try_recv().value(), 1);
  CHECK_EQ(first.wakes(), 0);
  CHECK_EQ(second.wakes(), 1);
  CHECK_FALSE(second.is_held());
}

TEST_CASE("a send that outlives every sender still counts as one") {
  auto [sender, receiver] = channel<int>(1);
  std::optional<Send<int>> send;
  std::optional<Permit<int>> permit;
  {
    const Sender<int> last = std::move(sender);
    send.emplace(last.send(1));
  }
  CountingWaker task;
  auto recv = receiver.recv();
  CHECK(poll(recv, task.waker()).is_pending());
  SUBCASE("it sends, and that was the last") {
    CHECK(poll(*send).is_ready());
    CHECK_EQ(task.wakes(), 1);
    CHECK_EQ(poll(recv).take(), 1);
    CHECK_EQ(receiver.try_recv().error(), kettle::mpsc::TryRecvError::closed);
  }
  SUBCASE("it is dropped, and that was the end") {
    send.reset();
    CHECK_EQ(task.wakes(), 1);
    CHECK_EQ(poll(recv).take(), std::nullopt);
  }
}

TEST_CASE("a permit that outlives every sender still counts as one") {
  auto [sender, receiver] = channel<int>(1);
  std::optional<Permit<int>> permit;
  {
    const Sender<int> last = std::move(sender);
    auto reserve = last.reserve();
    auto answer = poll(reserve).take();
    permit.emplace(std::move(*answer));
  }
  CountingWaker task;
  auto recv = receiver.recv();
  CHECK(poll(recv, task.waker()).is_pending());
  permit.reset();
  CHECK_EQ(task.wakes(), 1);
  CHECK_EQ(poll(recv).take(), std::nullopt);
}

TEST_CASE("a sender that was moved from says so; copies and assignments count") {
  auto [sender, receiver] = channel<int>(1);
  Sender<int> moved = std::move(sender);
  // NOLINTBEGIN(bugprone-use-after-move)
  CHECK_THROWS_WITH_AS((void)sender.try_send(1), doctest::Contains("moved from"), Misuse);
  CHECK_THROWS_AS((void)sender.send(1), Misuse);
  CHECK_THROWS_AS((void)sender.reserve(), Misuse);
  CHECK_THROWS_AS((void)sender.len(), Misuse);
  const Sender<int> copy_of_nothing = sender;
  sender = moved;
  // NOLINTEND(bugprone-use-after-move)
  CHECK(sender.try_send(1).has_value());
  CHECK_EQ(receiver.try_recv().value(), 1);
  {
    const Sender<int> one = std::move(moved);
    const Sender<int> two = std::move(sender);
    CHECK_EQ(receiver.try_recv().error(), kettle::mpsc::TryRecvError::empty);
  }
  CHECK_EQ(receiver.try_recv().error(), kettle::mpsc::TryRecvError::closed);
}

TEST_CASE("wakers are called, and let go, without the lock: they may use the channel") {
  auto [sender, receiver] = channel<int>(1);
  int woken = 0;
  int destroyed = 0;
  const auto nosy = [&, &s = sender] {
    return Nosy::waker([&] { woken += s.len() <= 1 ? 1 : 100; }, [&] { destroyed += s.len() <= 1 ? 1 : 100; });
  };
  CHECK(sender.try_send(1).has_value());
  SUBCASE("a sender is woken for room") {
    auto send = sender.send(2);
    CHECK(poll(send, nosy()).is_pending());
    CHECK_EQ(receiver.try_recv().value(), 1);
    CHECK_EQ(woken, 1);
    CHECK_EQ(destroyed, 1);
  }
  SUBCASE("a sender's waker is replaced") {
    auto send = sender.send(2);
    CHECK(poll(send, nosy()).is_pending());
    CHECK(poll(send, nosy()).is_pending());
    CHECK_EQ(destroyed, 1);
    CHECK_EQ(woken, 0);
  }
  SUBCASE("a send is dropped in line") {
    {
      auto send = sender.send(2);
      CHECK(poll(send, nosy()).is_pending());
    }
    CHECK_EQ(destroyed, 1);
    CHECK_EQ(woken, 0);
  }
  SUBCASE("the receiver closes") {
    auto send = sender.send(2);
    CHECK(poll(send, nosy()).is_pending());
    receiver.close();
    CHECK_EQ(woken, 1);
    CHECK_EQ(destroyed, 1);
  }
  SUBCASE("a permit comes back") {
    CHECK_EQ(receiver.try_recv().value(), 1);
    auto reserve = sender.reserve();
    auto permit = std::make_optional(poll(reserve).take());
    auto send = sender.send(2);
    CHECK(poll(send, nosy()).is_pending());
    permit.reset();
    CHECK_EQ(woken, 1);
    CHECK_EQ(destroyed, 1);
  }
  SUBCASE("a granted send is dropped, and passes its slot on") {
    auto second = sender.send(3);
    {
      auto send = sender.send(2);
      CHECK(poll(send).is_pending());
      CHECK(poll(second, nosy()).is_pending());
      CHECK_EQ(receiver.try_recv().value(), 1);
    }
    CHECK_EQ(woken, 1);
    CHECK_EQ(destroyed, 1);
  }
}

TEST_CASE("a close wakes forty senders, whose wakers use the channel") {
  auto [sender, receiver] = channel<int>(1);
  CHECK(sender.try_send(0).has_value());
  std::vector<int> woken;
  std::deque<Send<int>> sends;
  for (int number = 1; number <= 40; ++number) {
    sends.push_back(sender.send(number));
    const Waker waker = Nosy::waker([&woken, number, &s = sender] { woken.push_back(s.is_closed() ? number : -1); },
                                    [&s = sender] { CHECK(s.is_closed()); });
    CHECK(poll(sends.back(), waker).is_pending());
  }
  receiver.close();
  REQUIRE_EQ(woken.size(), 40);
  for (int number = 1; number <= 40; ++number) {
    CHECK_EQ(woken[static_cast<std::size_t>(number - 1)], number);
    CHECK_EQ(poll(sends[static_cast<std::size_t>(number - 1)]).take().error(), number);
  }
  CHECK_EQ(receiver.try_recv().value(), 0);
  CHECK_EQ(receiver.try_recv().error(), kettle::mpsc::TryRecvError::closed);
}

// A value whose moves throw while they are told to.
struct Fragile {
  explicit Fragile(int n) : number(n) {}
  Fragile(Fragile&& other) : number(other.number) {
    if (moves_left > 0 && --moves_left == 0) throw std::runtime_error("dropped it");
  }
  Fragile& operator=(Fragile&&) = delete;
  int number;
  static inline int moves_left = 0;
};

TEST_CASE("a move that throws comes out of the poll, and the channel stays whole") {
  for (int moves = 1; moves <= 6; ++moves) {
    CAPTURE(moves);
    auto [sender, receiver] = channel<Fragile>(2);
    auto first = sender.send(Fragile(1));
    auto second = sender.send(Fragile(2));
    const auto attempt = [moves](auto action) {
      Fragile::moves_left = moves;
      try {
        action();
      } catch (const std::runtime_error&) {
      }
      Fragile::moves_left = 0;
    };
    attempt([&] { (void)poll(first); });
    attempt([&] { (void)poll(second); });
    attempt([&] { (void)receiver.try_recv(); });
    attempt([&] {
      auto recv = receiver.recv();
      (void)poll(recv);
    });
    while (receiver.try_recv().has_value()) {
    }
    CHECK_EQ(receiver.len(), 0);
    CHECK(sender.try_send(Fragile(3)).has_value());
    CHECK(sender.try_send(Fragile(4)).has_value());
    CHECK_FALSE(sender.try_send(Fragile(5)).has_value());
    CHECK_EQ(receiver.try_recv().value().number, 3);
    CHECK_EQ(receiver.try_recv().value().number, 4);
  }
}

}  // namespace
