// Mistake: leaves the policy out, which means burst: right for the meter only.
// Kind: wrong time
// Fails: after a long beat the heartbeat beats once, late, and is back in step
// Fails: the sampler begins one period after the last beginning, at least
#include <kettle/task.hpp>
#include <kettle/time.hpp>

#include <functional>

namespace mine {

using kettle::Clock;
using kettle::Duration;
using kettle::Instant;
using kettle::Interval;
using kettle::Task;

/// A piece of work for an instant. Await what it returns.
using Work = std::function<Task<>(Instant)>;

/// Says "I am alive" to somebody who expects it in step.
inline Task<> heartbeat(Work beat, Duration period, int times) {
  Interval interval(period);
  for (int count = 0; count < times; ++count) {
    const Instant due = co_await interval.tick();
    co_await beat(due);
  }
}

/// Charges for each period once it is over.
inline Task<> meter(Work charge, Duration period, int times) {
  Interval interval(period);
  co_await interval.tick();  // The first tick comes at once: no period is over yet.
  for (int count = 0; count < times; ++count) {
    const Instant due = co_await interval.tick();
    co_await charge(due);
  }
}

/// Reads a sensor that has to rest.
inline Task<> sampler(Work read, Duration period, int times) {
  Interval interval(period);
  for (int count = 0; count < times; ++count) {
    co_await interval.tick();
    co_await read(Clock::now());
  }
}

}  // namespace mine
