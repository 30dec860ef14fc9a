// Mistake: sleeps a period after each piece of work, so that the work moves everything.
// Kind: wrong time
// Fails: the heartbeat beats at once, and then at every full period
// Fails: after a long beat the heartbeat beats once, late, and is back in step
// Fails: the meter charges at the end of each period, so not at once
// Fails: after a long charge the meter makes up for every period that it has missed
// Fails: the sampler begins one period after the last beginning, at least
// Fails: each is Ready as soon as its last piece of work is done
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

/// Says "I am alive" to somebody who expects it in step.
inline Task<> heartbeat(Work beat, Duration period, int times) {
  for (int count = 0; count < times; ++count) {
    co_await beat(Clock::now());
    co_await kettle::sleep(period);
  }
}

/// Charges for each period once it is over.
inline Task<> meter(Work charge, Duration period, int times) {
  for (int count = 0; count < times; ++count) {
    co_await kettle::sleep(period);
    co_await charge(Clock::now());
  }
}

/// Reads a sensor that has to rest.
inline Task<> sampler(Work read, Duration period, int times) {
  for (int count = 0; count < times; ++count) {
    co_await read(Clock::now());
    co_await kettle::sleep(period);
  }
}

}  // namespace mine
