#pragma once
// What several rows of Kettle's program do: run a task to its end, yield, lock, arm a timer.

#include <chrono>

#include "bench.hpp"
#include "kettle/join_handle.hpp"
#include "kettle/mutex.hpp"
#include "kettle/task.hpp"
#include "kettle/time.hpp"
#include "kettle/yield.hpp"

using namespace kettle;
using bench::Count;
using bench::Meter;
using Milliseconds = std::chrono::milliseconds;

inline Task<> root(Task<> work) {
  auto handle = spawn(std::move(work));
  co_await handle;
}

/// Runs `work` as a task, to its end.
inline void run(Task<> work) { block_on(root(std::move(work))); }

inline Task<> yields(Count times) {
  for (Count i = 0; i < times; ++i) co_await yield_now();
}

inline Task<> lock_times(Mutex<Count>& mutex, Count times, bool yields_inside) {
  for (Count i = 0; i < times; ++i) {
    auto guard = co_await mutex.lock();
    ++*guard;
    if (yields_inside) co_await yield_now();
  }
}

/// Polls a future once, and is ready whatever it said: so a timer is armed without waiting for it.
template <class F>
class PollOnce {
 public:
  using Output = void;
  explicit PollOnce(F& future) : future_(future) {}
  Poll<> poll(Context& context) {
    bench::check(future_.poll(context).is_pending(), "a timer was due");
    return Ready();
  }

 private:
  F& future_;
};

inline Task<> timer_task(Meter& meter, Count times) {
  bench::Deadlines deadlines;
  meter.start();
  for (Count i = 0; i < times; ++i) {
    auto armed = sleep(Milliseconds(deadlines.next_milliseconds()));
    co_await PollOnce<Sleep>(armed);
  }
  meter.stop();
  meter.units(times);
}
