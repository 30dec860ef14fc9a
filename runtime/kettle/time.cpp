// What a sleep does when it is polled, and when an interval ticks next.
#include "kettle/time.hpp"

#include "kettle/misuse.hpp"
#include "kettle/trace.hpp"

namespace kettle {

Sleep sleep(Duration length) noexcept { return Sleep(later(Clock::now(), length)); }

Sleep sleep_until(Instant deadline) noexcept {
  (void)Clock::now();  // So that the first poll knows whether the deadline has passed.
  return Sleep(deadline);
}

Sleep::Sleep(Sleep&& other) : Sleep(other.deadline()) {
  if (other.polled_) {
    misuse("A sleep was moved after its first poll.",
           "a future that was polled stays where it is: a timer queue may point at it.", "04-sleep");
  }
}

// #region poll
Poll<> Sleep::poll(Context& context) {
  if (finished_) {
    misuse("A sleep was polled again after it was Ready.", "after Ready, a future is finished.", "01-future");
  }
  polled_ = true;
  if (Clock::seen() >= deadline()) {
    timer_.cancel();
    finished_ = true;
    return Ready();
  }
  if (timer_.is_armed()) {
    timer_.set_waker(context.waker());
  } else if (deadline() != never) {
    TimerQueue::current().arm(timer_, deadline(), context.waker());
  }
  if (trace::noting()) trace::waiting().on = {deadline() == never ? "never" : "timer", timer_.number()};
  return pending;
}
// #endregion

Interval::Interval(Duration period, MissedTick missed) : due_(Clock::now()), period_(period), missed_(missed) {
  if (period <= Duration::zero()) {
    misuse("An interval was made with a period of zero or less.", "give a positive period.", "04-sleep");
  }
}

// #region tick
Poll<Instant> Interval::Tick::poll(Context& context) {
  const auto slept = sleep_.poll(context);
  if (slept.is_pending()) return pending;
  const Instant due = sleep_.deadline();
  interval_.due_ = interval_.after(due, Clock::now());
  return Ready(due);
}

Instant Interval::after(Instant due, Instant now) const noexcept {
  if (missed_ == MissedTick::burst) return later(due, period_);
  if (missed_ == MissedTick::delay) return later(now, period_);
  return later(now, period_ - (now - due) % period_);  // Skip: the next multiple of the period.
}
// #endregion

}  // namespace kettle
