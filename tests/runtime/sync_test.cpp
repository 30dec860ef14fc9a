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
