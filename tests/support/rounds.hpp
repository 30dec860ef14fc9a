#pragma once
// Rounds: several threads that do the same thing at the same time, again and again.

#include <barrier>
#include <cstddef>
#include <thread>
#include <vector>

namespace rounds {

/// In each of `count` rounds: before(round) alone, then work(thread, round) on all `threads` threads at once, the
/// calling one being thread 0, then after(round) alone.
template <class Before, class Work, class After>
void run(int threads, int count, Before before, Work work, After after) {
  std::barrier<> gate(threads);
  std::vector<std::thread> others;
  for (int thread = 1; thread < threads; ++thread) {
    others.emplace_back([&gate, &work, thread, count] {
      for (int round = 0; round < count; ++round) {
        gate.arrive_and_wait();
        work(thread, round);
        gate.arrive_and_wait();
      }
    });
  }
  for (int round = 0; round < count; ++round) {
    before(round);
    gate.arrive_and_wait();
    work(0, round);
    gate.arrive_and_wait();
    after(round);
  }
  for (std::thread& other : others) other.join();
}

}  // namespace rounds
