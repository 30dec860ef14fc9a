#pragma once
// Time: futures that are ready later. sleep, sleep_until, and an interval. Lesson 04.
//
// A sleep says Pending until its deadline; a timer holds its waker meanwhile. A sleep is never early; how late it
// may be is up to the other work on the thread. Cancel-safe: dropping a sleep or a tick cancels its timer and loses
// nothing. For one thread at a time.

#include "kettle/timer_queue.hpp"

namespace kettle {

/// Ready once its deadline has passed. It may move until it is first polled; from then on its timer may be armed.
class [[nodiscard]] Sleep {
 public:
  using Output = void;

  explicit Sleep(Instant deadline) noexcept : timer_(deadline) {}

  /// Misuse when `other` has been polled: a timer queue may point into it.
  Sleep(Sleep&& other);

  Poll<> poll(Context& context);

  Instant deadline() const noexcept { return timer_.deadline(); }

 private:
  [[no_unique_address]] Timer timer_;  // So that the two flags fit into what would be its padding.
  bool polled_ = false;
  bool finished_ = false;
};

/// Waits for `length`, counted from this call. `co_await sleep(2s);`
Sleep sleep(Duration length) noexcept;

/// Waits until `deadline`. One that has passed is ready at the first poll; `never` needs no timer, and wakes nobody.
Sleep sleep_until(Instant deadline) noexcept;

/// What an interval does after a tick that was taken late. That tick itself comes at once, whatever the policy.
// #region missed
enum class MissedTick {
  burst,  ///< Makes up for lost time: every tick comes, the late ones at once, one after the other.
  delay,  ///< Starts anew: the next tick comes one period after the late one was taken, however little it was late.
  skip,   ///< Catches up: the next tick comes at the next multiple of the period, those between are left out.
};
// #endregion

/// Ticks once every period; the first tick is due at once. For one task: one tick at a time.
class Interval {
 public:
  /// Misuse when `period` is not positive.
  explicit Interval(Duration period, MissedTick missed = MissedTick::burst);

  /// One tick. Its value is the instant at which the tick was due. Dropping it unready leaves the tick to the next.
  class [[nodiscard]] Tick {
   public:
    using Output = Instant;
    Poll<Instant> poll(Context& context);

   private:
    friend class Interval;
    explicit Tick(Interval& interval) noexcept : interval_(interval), sleep_(interval.due_) {}
    Interval& interval_;
    Sleep sleep_;
  };

  /// Waits for the next tick. The interval must outlive it.
  Tick tick() noexcept { return Tick(*this); }

 private:
  Instant after(Instant due, Instant now) const noexcept;

  Instant due_;
  Duration period_;
  MissedTick missed_;
};

}  // namespace kettle
