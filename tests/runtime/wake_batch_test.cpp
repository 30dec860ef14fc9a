// The promises of kettle/wake_batch.hpp: order, letting go, room, and after the lock.
#include <kettle/wake_batch.hpp>

#include <doctest/doctest.h>

#include <mutex>
#include <vector>

#include "values.hpp"

namespace {

using kettle::WakeBatch;
using kettle::Waker;
using values::Nosy;

Waker numbered(int number, std::vector<int>& log) {
  return Nosy::waker([number, &log] { log.push_back(number); }, [number, &log] { log.push_back(-number); });
}

TEST_CASE("it wakes in the order of arrival, and lets each waker go before the next is woken") {
  std::vector<int> log;
  WakeBatch batch;
  for (int number = 1; number <= 3; ++number) batch.push(numbered(number, log));
  CHECK(log.empty());
  batch.wake_all();
  CHECK_EQ(log, std::vector{1, -1, 2, -2, 3, -3});
  batch.wake_all();
  CHECK_EQ(log.size(), 6);
}

TEST_CASE("the destructor wakes what is left, and an empty batch wakes nobody") {
  std::vector<int> log;
  {
    WakeBatch batch;
    const WakeBatch empty;
    batch.push(numbered(1, log));
    batch.wake_all();
    batch.push(numbered(2, log));
    CHECK_EQ(log, std::vector{1, -1});
  }
  CHECK_EQ(log, std::vector{1, -1, 2, -2});
}

TEST_CASE("full means that there is room for one more; woken, it is empty again") {
  std::vector<int> log;
  WakeBatch batch;
  for (int time = 0; time < 2; ++time) {
    int inside = 0;
    while (!batch.is_full()) batch.push(numbered(++inside, log));
    CHECK_EQ(inside, 15);
    batch.push(numbered(++inside, log));
    CHECK(batch.is_full());
    batch.wake_all();
    CHECK_FALSE(batch.is_full());
    CHECK_EQ(log.size(), 32);
    log.clear();
  }
}

TEST_CASE("declared before the lock, it wakes after the lock is given back") {
  std::mutex mutex;
  bool was_free = false;
  {
    WakeBatch batch;
    const std::unique_lock lock(mutex);
    batch.push(Nosy::waker([&] { was_free = mutex.try_lock(); }, [] {}));
  }
  CHECK(was_free);
  mutex.unlock();
}

}  // namespace
