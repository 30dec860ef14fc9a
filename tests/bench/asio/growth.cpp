// Growth, with Asio: the same operation among 1, 10, ... 1,000,000 others.
#include <vector>

#include "work.hpp"

namespace {

using bench::rounds_for;

Task<> grow_tasks_task(Executor executor, Meter& meter, Count size) {
  Group group(executor);
  for (Count i = 0; i < size; ++i) group.spawn(yields(rounds_for(size) + 1));
  co_await asio::post(use_task);  // Each has had its first turn.
  meter.start();
  co_await group.join();
  meter.stop();
  meter.units(rounds_for(size) * size);
}

Task<> grow_waiters_task(Executor executor, Meter& meter, Count size) {
  Channel mutex(executor, 1);
  Group group(executor);
  Count value = 0;
  for (Count round = 0; round < rounds_for(size); ++round) {
    co_await mutex.async_send({}, Count{0}, use_task);
    for (Count i = 0; i < size; ++i) group.spawn(lock_times(mutex, value, 1, false));
    co_await asio::post(use_task);  // All stand in line now.
    meter.start();
    mutex.try_receive([](std::error_code, Count) {});
    co_await group.join();
    meter.stop();
  }
  meter.units(rounds_for(size) * size);
  bench::check(value == rounds_for(size) * size, "a lock was lost");
}

Task<> grow_messages_task(Executor executor, Meter& meter, Count size) {
  Channel channel(executor, size);
  meter.start();
  for (Count round = 0; round < rounds_for(size); ++round) {
    for (Count i = 0; i < size; ++i) co_await channel.async_send({}, i, use_task);
    for (Count i = 0; i < size; ++i) co_await channel.async_receive(use_task);
  }
  meter.stop();
  meter.units(rounds_for(size) * size);
}

}  // namespace

void grow_tasks(Meter& meter, Count size) { run(grow_tasks_task, meter, size); }

void grow_timers(Meter& meter, Count size) {
  asio::io_context context(1);
  std::vector<Timer> held;
  held.reserve(size);
  bench::Deadlines deadlines;
  for (Count i = 0; i < size; ++i) {
    Timer& timer = held.emplace_back(context.get_executor());
    timer.expires_after(std::chrono::milliseconds(deadlines.next_milliseconds()));
    timer.async_wait([](std::error_code) {});
  }
  timer_times(context, meter, bench::operations);
  meter.print("asio", "grow-timers", size);
  std::_Exit(0);
}

void grow_waiters(Meter& meter, Count size) { run(grow_waiters_task, meter, size); }

void grow_messages(Meter& meter, Count size) { run(grow_messages_task, meter, size); }
