// Growth, with Kettle: the same operation among 1, 10, ... 1,000,000 others.
#include <vector>

#include "kettle/channel.hpp"
#include "work.hpp"

namespace {

using bench::rounds_for;

Task<> grow_tasks_task(Meter& meter, Count size) {
  std::vector<JoinHandle<void>> handles;
  handles.reserve(size);
  for (Count i = 0; i < size; ++i) handles.push_back(spawn(yields(rounds_for(size) + 1)));
  co_await yield_now();  // Each has had its first turn.
  meter.start();
  for (auto& handle : handles) co_await handle;
  meter.stop();
  meter.units(rounds_for(size) * size);
}

Task<> grow_timers_task(Meter& meter, Count size) {
  std::vector<Sleep> held;
  held.reserve(size);
  bench::Deadlines deadlines;
  for (Count i = 0; i < size; ++i) {
    auto& armed = held.emplace_back(sleep(Milliseconds(deadlines.next_milliseconds())));
    co_await PollOnce<Sleep>(armed);
  }
  co_await timer_task(meter, bench::operations);
}

Task<> fires(Count milliseconds, Count& fired) {
  co_await sleep(Milliseconds(milliseconds));
  ++fired;
}

Task<> grow_firing_task(Meter& meter, Count size) {
  bench::Deadlines deadlines;
  Count fired = 0;
  std::vector<JoinHandle<void>> handles;
  handles.reserve(size);
  for (Count round = 0; round < rounds_for(size); ++round) {
    for (Count i = 0; i < size; ++i) handles.push_back(spawn(fires(deadlines.next_milliseconds(), fired)));
    co_await yield_now();  // All are armed now.
    meter.start();
    for (auto& handle : handles) co_await handle;
    meter.stop();
    handles.clear();
  }
  meter.units(fired);
}

Task<> grow_waiters_task(Meter& meter, Count size) {
  Mutex<Count> mutex;
  std::vector<JoinHandle<void>> handles;
  handles.reserve(size);
  for (Count round = 0; round < rounds_for(size); ++round) {
    {
      const auto guard = co_await mutex.lock();
      for (Count i = 0; i < size; ++i) handles.push_back(spawn(lock_times(mutex, 1, false)));
      co_await yield_now();  // All stand in line now.
      meter.start();
    }
    for (auto& handle : handles) co_await handle;
    meter.stop();
    handles.clear();
  }
  meter.units(rounds_for(size) * size);
}

Task<> grow_messages_task(Meter& meter, Count size) {
  auto [sender, receiver] = mpsc::channel<Count>(size);
  meter.start();
  for (Count round = 0; round < rounds_for(size); ++round) {
    for (Count i = 0; i < size; ++i) co_await sender.send(i);
    for (Count i = 0; i < size; ++i) co_await receiver.recv();
  }
  meter.stop();
  meter.units(rounds_for(size) * size);
}

}  // namespace

void grow_tasks(Meter& meter, Count size) { run(grow_tasks_task(meter, size)); }
void grow_timers(Meter& meter, Count size) { run(grow_timers_task(meter, size)); }
void grow_waiters(Meter& meter, Count size) { run(grow_waiters_task(meter, size)); }
void grow_messages(Meter& meter, Count size) { run(grow_messages_task(meter, size)); }

// Virtual time: it jumps to the next deadline, so that firing costs what the queue costs, and nobody waits.
void grow_firing(Meter& meter, Count size) {
  const VirtualTime time;
  run(grow_firing_task(meter, size));
}
