// The promises of kettle/permits.hpp: the order of the line, leaving it at every stage, closing it.
#include <kettle/permits.hpp>

#include <doctest/doctest.h>

#include <deque>
#include <memory>
#include <random>
#include <vector>

#include "futures.hpp"
#include "values.hpp"

namespace {

using kettle::hand_out;
using kettle::Permits;
using kettle::PermitWaiter;
using kettle::WakeBatch;
using kettle::Waker;
using Answer = kettle::Permits::Answer;
using story::CountingWaker;

// A future's place in line and the task that polls it.
struct Customer {
  explicit Customer(std::size_t wanted) : waiter(wanted) {}
  Answer poll(Permits& permits) {
    task.clear();
    Waker replaced = Waker::noop();
    return permits.poll(waiter, task.waker(), replaced);
  }
  CountingWaker task;
  PermitWaiter waiter;
};

// Everything that is there, to everybody.
void serve(Permits& permits) {
  WakeBatch batch;
  while (permits.hand_out(batch)) batch.wake_all();
}

void give(Permits& permits, std::size_t count) {
  permits.give(count);
  serve(permits);
}

TEST_CASE("what is there is taken at once; then one stands in line, is granted, and owns it before the next poll") {
  Permits permits(2);
  Customer first(2);
  Customer second(1);
  CHECK_EQ(first.poll(permits), Answer::granted);
  CHECK_FALSE(first.waiter.must_leave());
  CHECK_EQ(permits.available(), 0);
  CHECK_EQ(second.poll(permits), Answer::waiting);
  CHECK(second.waiter.must_leave());
  CHECK_EQ(permits.wanted(), 1);
  CHECK_EQ(second.task.wakes(), 0);
  give(permits, 1);
  CHECK_EQ(second.task.wakes(), 1);
  CHECK_EQ(permits.available(), 0);
  CHECK_EQ(permits.wanted(), 0);
  CHECK_FALSE(permits.try_take(1));
  CHECK(second.waiter.must_leave());
  CHECK_EQ(second.poll(permits), Answer::granted);
  CHECK_FALSE(second.waiter.must_leave());
}

TEST_CASE("the line is served from the front, and nobody overtakes: not try_take, not who wants less") {
  Permits permits(0);
  Customer large(3);
  Customer small(1);
  CHECK_EQ(large.poll(permits), Answer::waiting);
  CHECK_EQ(small.poll(permits), Answer::waiting);
  give(permits, 2);
  CHECK_EQ(permits.available(), 2);
  CHECK_EQ(small.task.wakes() + large.task.wakes(), 0);
  CHECK_FALSE(permits.try_take(1));
  Customer late(1);
  CHECK_EQ(late.poll(permits), Answer::waiting);
  give(permits, 1);
  CHECK_EQ(large.task.wakes(), 1);
  CHECK_EQ(small.task.wakes(), 0);
  give(permits, 1);
  CHECK_EQ(small.task.wakes(), 1);
  CHECK_EQ(late.task.wakes(), 0);
  permits.leave(late.waiter);
  CHECK(permits.try_take(0));
}

TEST_CASE("being polled again in line keeps the place, and the last waker counts") {
  Permits permits(0);
  Customer first(1);
  Customer second(1);
  CountingWaker other("another task");
  CHECK_EQ(first.poll(permits), Answer::waiting);
  CHECK_EQ(second.poll(permits), Answer::waiting);
  {
    Waker replaced = Waker::noop();
    CHECK_EQ(permits.poll(first.waiter, other.waker(), replaced), Answer::waiting);
    CHECK(replaced.will_wake(first.task.waker()));
    Waker again = Waker::noop();
    CHECK_EQ(permits.poll(first.waiter, other.waker(), again), Answer::waiting);
    CHECK(again.will_wake(Waker::noop()));
  }
  CHECK_FALSE(first.task.is_held());
  CHECK_EQ(permits.wanted(), 2);
  give(permits, 1);
  CHECK_EQ(other.wakes(), 1);
  CHECK_EQ(first.task.wakes() + second.task.wakes(), 0);
  CHECK_FALSE(other.is_held());
  permits.leave(second.waiter);
}

TEST_CASE("whoever leaves loses nothing for the others, at whatever stage") {
  Permits permits(0);
  Customer first(2);
  Customer second(1);
  SUBCASE("before it was polled") { permits.leave(first.waiter); }
  SUBCASE("in line") {
    CHECK_EQ(first.poll(permits), Answer::waiting);
    CHECK_EQ(second.poll(permits), Answer::waiting);
    give(permits, 1);
    permits.leave(first.waiter);
    serve(permits);
    CHECK_EQ(second.task.wakes(), 1);
    CHECK_EQ(second.poll(permits), Answer::granted);
    permits.give(1);
  }
  SUBCASE("granted, and not polled since") {
    CHECK_EQ(first.poll(permits), Answer::waiting);
    CHECK_EQ(second.poll(permits), Answer::waiting);
    give(permits, 2);
    CHECK_EQ(first.task.wakes(), 1);
    CHECK_EQ(second.task.wakes(), 0);
    permits.leave(first.waiter);
    serve(permits);
    CHECK_EQ(second.task.wakes(), 1);
    permits.leave(second.waiter);
    CHECK_EQ(permits.available(), 2);
    permits.give(0);
  }
  SUBCASE("twice") {
    CHECK_EQ(first.poll(permits), Answer::waiting);
    permits.leave(first.waiter);
    permits.leave(first.waiter);
    CHECK_EQ(permits.wanted(), 0);
  }
  CHECK_FALSE(first.waiter.must_leave());
  CHECK_EQ(permits.wanted(), 0);
}

TEST_CASE("closing answers who stands in line and who comes later; what was granted stays granted") {
  Permits permits(0);
  Customer granted(1);
  Customer waiting(1);
  Customer late(1);
  CHECK_EQ(granted.poll(permits), Answer::waiting);
  CHECK_EQ(waiting.poll(permits), Answer::waiting);
  give(permits, 1);
  permits.close();
  serve(permits);
  CHECK(permits.is_closed());
  CHECK_EQ(waiting.task.wakes(), 1);
  CHECK_EQ(permits.wanted(), 0);
  CHECK_EQ(waiting.poll(permits), Answer::closed);
  CHECK_FALSE(waiting.waiter.must_leave());
  CHECK_EQ(late.poll(permits), Answer::closed);
  CHECK_EQ(granted.poll(permits), Answer::granted);
  permits.give(1);
  CHECK_FALSE(permits.try_take(1));
  CHECK_EQ(permits.available(), 1);
}

TEST_CASE("closing wakes more than fit into one batch, in order, and those in line may leave or ask meanwhile") {
  constexpr std::size_t crowd = 40;
  Permits permits(0);
  std::deque<Customer> customers;
  for (std::size_t i = 0; i < crowd; ++i) {
    customers.emplace_back(1);
    CHECK_EQ(customers.back().poll(permits), Answer::waiting);
  }
  permits.close();
  WakeBatch batch;
  CHECK(permits.hand_out(batch));
  batch.wake_all();
  int woken = 0;
  for (Customer& each : customers) woken += each.task.wakes();
  CHECK_EQ(woken, 15);
  CHECK_EQ(customers[14].task.wakes(), 1);
  CHECK_EQ(customers[15].poll(permits), Answer::closed);
  permits.leave(customers[16].waiter);
  serve(permits);
  for (std::size_t i = 0; i < crowd; ++i) {
    CHECK_EQ(customers[i].task.wakes(), i == 15 || i == 16 ? 0 : 1);
    if (i != 15 && i != 16) CHECK_FALSE(customers[i].task.is_held());
  }
}

TEST_CASE("hand_out with a lock leaves it while it wakes, and holds it again afterwards") {
  constexpr std::size_t crowd = 40;
  Permits permits(0);
  kettle::sync::Mutex mutex;
  int woken_free = 0;
  std::deque<PermitWaiter> waiters;
  for (std::size_t i = 0; i < crowd; ++i) {
    Waker replaced = Waker::noop();
    const Waker waker = values::Nosy::waker(
        [&] {
          if (!mutex.try_lock()) return;
          ++woken_free;
          mutex.unlock();
        },
        [] {});
    waiters.emplace_back(std::size_t{1});
    CHECK_EQ(permits.poll(waiters.back(), waker, replaced), Answer::waiting);
  }
  {
    WakeBatch batch;
    kettle::sync::Lock lock(mutex);
    permits.give(crowd);
    hand_out(permits, lock, batch);
    CHECK_FALSE(mutex.try_lock());
  }
  CHECK_EQ(woken_free, crowd);
  for (PermitWaiter& waiter : waiters) permits.leave(waiter);
  CHECK_EQ(permits.available(), crowd);
}

TEST_CASE("a place in line may move until it stands there; from then on that is misuse, and changes nothing") {
  Permits permits(0);
  PermitWaiter early(2);
  PermitWaiter moved(std::move(early));
  CHECK_EQ(moved.wanted(), 2);
  CountingWaker task;
  Waker replaced = Waker::noop();
  CHECK_EQ(permits.poll(moved, task.waker(), replaced), Answer::waiting);
  CHECK_THROWS_WITH_AS(PermitWaiter(std::move(moved)), doctest::Contains("moved while it stood in line"),
                       kettle::Misuse);
  give(permits, 2);
  CHECK_EQ(task.wakes(), 1);
  CHECK_EQ(permits.poll(moved, task.waker(), replaced), Answer::granted);
}

TEST_CASE("whatever happens in whatever order, permits are neither lost nor made") {
  std::mt19937 random(6);
  for (int round = 0; round < 200; ++round) {
    const std::size_t total = 1 + random() % 4;
    Permits permits(total);
    std::deque<Customer> customers;
    std::vector<std::size_t> held;  // By customer; 0 while it has none.
    for (std::size_t i = 0; i < 6; ++i) {
      customers.emplace_back(1 + random() % total);
      held.push_back(0);
    }
    for (int step = 0; step < 60; ++step) {
      const std::size_t who = random() % customers.size();
      Customer& customer = customers[who];
      if (held[who] != 0) {
        give(permits, std::exchange(held[who], 0));
      } else if (random() % 4 == 0) {
        permits.leave(customer.waiter);
        serve(permits);
      } else if (customer.poll(permits) == Answer::granted) {
        held[who] = customer.waiter.wanted();
      }
      if (permits.wanted() == 0) CHECK_LE(permits.available(), total);
    }
    for (std::size_t who = 0; who < customers.size(); ++who) {
      permits.leave(customers[who].waiter);
      give(permits, held[who]);
    }
    CHECK_EQ(permits.available(), total);
    CHECK_EQ(permits.wanted(), 0);
  }
}

}  // namespace
