// Sync: blocking on a word, and the names for atomics and locks.
#include <doctest/doctest.h>
#include <kettle/sync.hpp>

#include <chrono>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using kettle::Clock;
using kettle::Instant;
using kettle::never;
namespace sync = kettle::sync;
using Word = sync::Atomic<std::uint32_t>;

TEST_CASE("wait returns at once when the word already differs") {
  const Word word{1};
  sync::wait(word, 0, never);
  CHECK(word.load() == 1);
}

TEST_CASE("wait returns at once when the deadline is over") {
  const Word word{0};
  sync::wait(word, 0, Instant{});
  sync::wait(word, 0, Instant(-1s));
  sync::wait(word, 0, Instant::min());
  CHECK(word.load() == 0);
}

TEST_CASE("wait ends at its deadline, and sleeps until then") {
  if (Clock::is_virtual()) return;  // The deadline of a real sleep is a real time.
  const Word word{0};
  const Instant deadline = kettle::later(Clock::now(), 5ms);
  int returns = 0;
  while (Clock::now() < deadline) {
    sync::wait(word, 0, deadline);
    ++returns;
  }
  CHECK(Clock::now() >= deadline);
  CHECK(returns < 1000);  // It may return early, but a loop around it is no busy loop.
}

TEST_CASE("notify_one ends the wait of a thread that sleeps, or is about to") {
  for (int round = 0; round < 200; ++round) {
    Word word{0};
    std::thread sleeper([&word] {
      while (word.load() == 0) sync::wait(word, 0, never);
    });
    if (round % 2 == 0) std::this_thread::yield();
    word.store(1);
    sync::notify_one(word);
    sleeper.join();
  }
}

TEST_CASE("what was written before the notify is seen after the wait") {
  Word word{0};
  int letter = 0;
  int read = 0;
  std::thread reader([&] {
    while (word.load(std::memory_order_acquire) == 0) sync::wait(word, 0, never);
    read = letter;
  });
  letter = 7;
  word.store(1, std::memory_order_release);
  sync::notify_one(word);
  reader.join();
  CHECK(read == 7);
}

TEST_CASE("two threads hand a turn to and fro through one word") {
  Word turn{0};
  constexpr std::uint32_t turns = 500;
  int hits = 0;  // Not atomic: the turn says who may touch it.
  const auto play = [&](std::uint32_t player) {
    for (std::uint32_t next = player; next < turns; next += 2) {
      for (std::uint32_t now = turn.load(); now != next; now = turn.load()) sync::wait(turn, now, never);
      ++hits;
      turn.store(next + 1);
      sync::notify_one(turn);
    }
  };
  std::thread other([&] { play(1); });
  play(0);
  other.join();
  CHECK(hits == static_cast<int>(turns));
}

TEST_CASE("notify_one without a sleeper does nothing") {
  const Word word{0};
  sync::notify_one(word);
  CHECK(word.load() == 0);
}

TEST_CASE("an Atomic does what it says, for a thread that is alone and for one that is not") {
  const auto each_operation = [] {
    Word word{6};
    CHECK(word.fetch_add(4) == 6);
    CHECK(word.fetch_sub(1) == 10);
    CHECK(word.fetch_and(12) == 9);
    CHECK(word.fetch_or(3) == 8);
    CHECK(word.exchange(5) == 11);
    std::uint32_t expected = 4;
    CHECK_FALSE(word.compare_exchange_strong(expected, 7));
    CHECK(expected == 5);
    CHECK(word.compare_exchange_strong(expected, 7));
    CHECK(expected == 5);
    CHECK_FALSE(word.compare_exchange_weak(expected, 8));
    CHECK(expected == 7);
    while (!word.compare_exchange_weak(expected, 8)) {
    }
    CHECK(word.load() == 8);
    word.store(9);
    CHECK(word.load() == 9);
  };
  each_operation();
  Word stop{0};
  std::thread other([&] { sync::wait(stop, 0, never); });
  CHECK_FALSE(sync::is_alone());
  each_operation();
  stop.store(1);
  sync::notify_one(stop);
  other.join();
}

TEST_CASE("four threads count with one Atomic, and nothing is lost") {
  Word count{0};
  Word flips{0};
  std::vector<std::thread> threads;
  for (std::uint32_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&count, &flips, thread] {
      for (int step = 0; step < 10'000; ++step) {
        count.fetch_add(3);
        count.fetch_sub(1);
        flips.fetch_or(1U << thread);
        std::uint32_t now = count.load();
        while (!count.compare_exchange_weak(now, now + 1)) {
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(count.load() == 120'000);
  CHECK(flips.load() == 15);
}

TEST_CASE("a Mutex that is held says so to try_lock, and those who wait for it all get it") {
  sync::Mutex mutex;
  CHECK(mutex.try_lock());
  CHECK_FALSE(mutex.try_lock());
  int had_it = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      const sync::Lock lock(mutex);
      ++had_it;
    });
  }
  std::this_thread::sleep_for(5ms);  // They sleep now, most of them.
  CHECK(had_it == 0);
  mutex.unlock();
  for (std::thread& thread : threads) thread.join();
  CHECK(had_it == 4);
  CHECK(mutex.try_lock());
  mutex.unlock();
}

TEST_CASE("a Lock keeps others out until the end of its scope") {
  sync::Mutex mutex;
  sync::Shared<int> count = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int step = 0; step < 1000; ++step) {
        const sync::Lock lock(mutex);
        ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(count == 4000);
}

}  // namespace
