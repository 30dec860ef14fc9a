// Shape: one loop for all three, which is given the interval and what to tell the work.
#include <kettle/task.hpp>
#include <kettle/time.hpp>

#include <functional>

namespace mine {

using kettle::Clock;
using kettle::Duration;
using kettle::Instant;
using kettle::Interval;
using kettle::MissedTick;
using kettle::Task;

/// A piece of work for an instant. Await what it returns.
using Work = std::function<Task<>(Instant)>;

enum class Tell { due, now };

inline Task<> drive(Interval interval, Work work, Tell tell, int times) {
  while (times-- > 0) {
    Interval::Tick tick = interval.tick();
    const Instant due = co_await tick;
    const Instant told = tell == Tell::due ? due : Clock::now();
    co_await work(told);
  }
}

inline Task<> heartbeat(Work beat, Duration period, int times) {
  const Interval interval(period, MissedTick::skip);
  co_await drive(interval, beat, Tell::due, times);
}

inline Task<> meter(Work charge, Duration period, int times) {
  Interval interval(period);
  Interval::Tick at_once = interval.tick();
  co_await at_once;
  co_await drive(interval, charge, Tell::due, times);
}

inline Task<> sampler(Work read, Duration period, int times) {
  const Interval interval(period, MissedTick::delay);
  co_await drive(interval, read, Tell::now, times);
}

}  // namespace mine
