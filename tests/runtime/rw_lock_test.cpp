// The promises of runtime/kettle/rw_lock.hpp.
#include "kettle/rw_lock.hpp"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <deque>
#include <optional>
#include <random>
#include <type_traits>
#include <utility>

#include "calling_waker.hpp"
#include "futures.hpp"
#include "kettle/block_on.hpp"
#include "kettle/task.hpp"
#include "rounds.hpp"

namespace {

using kettle::LockRw;
using kettle::RwLock;
using kettle::RwLockGuard;
using story::CountingWaker;
using story::quiet_poll;

using Reader = RwLockGuard<const int>;
using Writer = RwLockGuard<int>;
static_assert(kettle::Future<LockRw<const int>> && kettle::Future<LockRw<int>>);
static_assert(std::is_same_v<decltype(*std::declval<Reader&>()), const int&>);
static_assert(std::is_same_v<decltype(*std::declval<Writer&>()), int&>);

// Taken now, or not at all.
template <class Lock>
std::optional<typename Lock::Output> try_now(Lock lock) {
  kettle::Context nobody;
  auto answer = lock.poll(nobody);
  if (answer.is_pending()) return std::nullopt;
  return answer.take();
}

TEST_CASE("readers are together, and none of them is there with a writer") {
  RwLock<int> lock(5);
  auto first = try_now(lock.read());
  auto second = try_now(lock.read());
  REQUIRE(first.has_value());
  REQUIRE(second.has_value());
  CHECK(**first + **second == 10);
  CHECK_FALSE(try_now(lock.write()).has_value());
  first.reset();
  CHECK_FALSE(try_now(lock.write()).has_value());
  second.reset();
  auto writer = try_now(lock.write());
  REQUIRE(writer.has_value());
  **writer = 6;
  CHECK_FALSE(try_now(lock.read()).has_value());
  CHECK_FALSE(try_now(lock.write()).has_value());
  writer.reset();
  CHECK(**try_now(lock.read()) == 6);
}

TEST_CASE("a writer that waits is not overtaken by later readers, and they are let in together after it") {
  RwLock<int> lock;
  auto early = try_now(lock.read());
  CountingWaker writes;
  std::deque<CountingWaker> read(3);
  auto write = lock.write();
  CHECK(quiet_poll(write, writes).is_pending());
  std::deque<LockRw<const int>> readers;
  for (CountingWaker& reader : read) {
    readers.push_back(lock.read());
    CHECK(quiet_poll(readers.back(), reader).is_pending());
  }
  CountingWaker writes_too;
  auto last = lock.write();
  CHECK(quiet_poll(last, writes_too).is_pending());
  early.reset();
  CHECK(writes.wakes() == 1);
  for (CountingWaker& reader : read) CHECK(reader.wakes() == 0);
  {
    auto writer = quiet_poll(write, writes).take();
    *writer = 1;
    for (CountingWaker& reader : read) CHECK(reader.wakes() == 0);
  }
  for (CountingWaker& reader : read) CHECK(reader.wakes() == 1);
  CHECK(writes_too.wakes() == 0);
  std::deque<Reader> inside;
  for (std::size_t i = 0; i < read.size(); ++i) inside.push_back(quiet_poll(readers[i], read[i]).take());
  for (Reader& reader : inside) CHECK(*reader == 1);
  inside.clear();
  CHECK(writes_too.wakes() == 1);
}

TEST_CASE("a writer that is dropped while it waits, or after its grant, lets the readers through") {
  for (int polls = 0; polls <= 2; ++polls) {
    for (const bool granted : {false, true}) {
      CAPTURE(polls);
      CAPTURE(granted);
      RwLock<int> lock;
      std::optional<Writer> first = try_now(lock.write());
      CountingWaker writes;
      CountingWaker reads;
      {
        auto write = lock.write();
        for (int poll = 0; poll < polls; ++poll) CHECK(quiet_poll(write, writes).is_pending());
        auto read = lock.read();
        CHECK(quiet_poll(read, reads).is_pending());
        if (granted) first.reset();
        CHECK(writes.wakes() == (granted && polls > 0 ? 1 : 0));
        // `read` is dropped before `write`: each of them passes on what it has.
      }
      CHECK_FALSE(writes.is_held());
      CHECK_FALSE(reads.is_held());
      first.reset();
      CHECK(try_now(lock.write()).has_value());

      first = try_now(lock.write());
      auto read = lock.read();
      {
        auto write = lock.write();
        CHECK(quiet_poll(write, writes).is_pending());
        CHECK(quiet_poll(read, reads).is_pending());
        const int before = reads.wakes();
        if (granted) first.reset();
        CHECK(reads.wakes() == before);
      }
      first.reset();
      CHECK(reads.is_woken());
      CHECK(quiet_poll(read, reads).is_ready());
    }
  }
}

TEST_CASE("polled after Ready, or moved while it waits, a lock says so") {
  RwLock<int> lock;
  CountingWaker task;
  auto write = lock.write();
  const auto writer = quiet_poll(write, task).take();
  CHECK_THROWS_AS(quiet_poll(write, task), kettle::Misuse);
  auto read = lock.read();
  auto may_move = std::move(read);
  CHECK(quiet_poll(may_move, task).is_pending());
  CHECK_THROWS_AS(story::move_away(may_move), kettle::Misuse);
}

TEST_CASE("a guard may move: it unlocks once") {
  RwLock<int> lock;
  auto writer = try_now(lock.write());
  std::optional<Writer> moved(std::move(*writer));
  writer.reset();
  CHECK_FALSE(try_now(lock.read()).has_value());
  moved.reset();
  CHECK(try_now(lock.read()).has_value());
}

TEST_CASE("a wake-up may call back into the lock") {
  RwLock<int> lock;
  int calls = 0;
  story::CallingWaker task(
      [&] {
        ++calls;
        CHECK_FALSE(try_now(lock.write()).has_value());
        CHECK(try_now(lock.read()).has_value());  // The readers are in, and nobody waits behind them.
      },
      {});
  auto writer = try_now(lock.write());
  auto read = lock.read();
  CHECK(quiet_poll(read, task).is_pending());
  writer.reset();
  CHECK(calls == 1);
}

// --- threads -----------------------------------------------------------------------------------------------------

using Pair = std::array<int, 2>;

kettle::Task<bool> both_are_equal(RwLock<Pair>& lock) {
  auto pair = co_await lock.read();
  co_return (*pair)[0] == (*pair)[1];
}

kettle::Task<> add_to_both(RwLock<Pair>& lock) {
  auto pair = co_await lock.write();
  ++(*pair)[0];
  ++(*pair)[1];
}

TEST_CASE("four threads read, write and drop: nobody sees half a change, and none is lost") {
  constexpr int threads = 4;
  std::optional<RwLock<Pair>> lock;
  std::atomic<int> writes{0};
  std::atomic<int> torn{0};
  rounds::run(
      threads, 1000,
      [&](int) {
        lock.emplace(Pair{});
        writes = 0;
      },
      [&](int thread, int round) {
        std::mt19937 random(static_cast<unsigned>(round * threads + thread));
        for (int step = 0; step < 6; ++step) {
          switch (random() % 4) {
            case 0:
              kettle::block_on(add_to_both(*lock));
              ++writes;
              break;
            case 1:
              if (random() % 2 == 0) {
                try_now(lock->read());
              } else {
                try_now(lock->write());
              }
              break;
            default:
              if (!kettle::block_on(both_are_equal(*lock))) ++torn;
          }
        }
      },
      [&](int) {
        auto pair = try_now(lock->write());
        REQUIRE(pair.has_value());
        CHECK((**pair)[0] == writes.load());
      });
  CHECK(torn.load() == 0);
}

}  // namespace
