#pragma once
// Timer queue: who is to be woken when, earliest first. Lesson 04.
//
// One a thread, for that thread only. Timers live in the futures that wait, and the queue is a hierarchical timing
// wheel of them (Varghese and Lauck, 1987): arming and cancelling take constant time and allocate nothing. On its way
// to firing, a timer changes its slot ten times at the most. Deadlines are kept to the nanosecond, and timers of the
// same deadline fire in the order of arming.

#include <cstdint>

#include "kettle/park.hpp"
#include "kettle/waker.hpp"

namespace kettle {

class TimerQueue;

/// A link of a ring: the slots of the wheel, and the timers that stand in them.
struct TimerRing {
  bool is_empty() const noexcept { return next == this; }
  void make_empty() noexcept { previous = next = this; }
  TimerRing* previous = nullptr;
  TimerRing* next = nullptr;
};

/// One deadline and the waker to call then. It must not move while armed; destroying it cancels it.
class Timer : private TimerRing {
 public:
  /// Not armed. It may know its deadline already.
  explicit Timer(Instant deadline = {}) noexcept : deadline_(deadline), waker_(Waker::noop()) {}
  ~Timer() { cancel(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  bool is_armed() const noexcept { return next != nullptr; }

  /// Takes the timer out of its queue; does nothing when it is not armed.
  void cancel() noexcept {
    if (is_armed()) disarm();
  }

  /// Replaces the waker, if it would wake another task. Only while armed.
  void set_waker(const Waker& waker) noexcept {
    if (!waker_.will_wake(waker)) waker_ = waker;
  }

  Instant deadline() const noexcept { return deadline_; }

  /// The number by which the trace knows this arming.
  std::uint64_t number() const noexcept { return number_; }

 private:
  friend class TimerQueue;
  void disarm() noexcept;
  void leave_ring() noexcept;

  Instant deadline_;
  Waker waker_;
  std::uint32_t number_ = 0;
};

/// The timers of one thread, and the layer of its park stack that sleeps until the earliest.
///
/// It must outlive the timers in it. A thread that ends cancels those in its own queue: they wake nobody any more.
class TimerQueue final : public ParkLayer {
 public:
  /// This thread's queue. The first call puts it on the thread's park stack.
  static TimerQueue& current();

  constexpr TimerQueue() = default;
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;

  /// Arms `timer`, which is not armed, to wake `waker` at `deadline`.
  void arm(Timer& timer, Instant deadline, const Waker& waker) noexcept;

  /// The earliest deadline; `never` when no timer is armed. It may have to look at each timer of a slot.
  Instant next_deadline() const noexcept;

  /// Wakes every timer whose deadline is not after `now`, in order. Returns how many there were.
  std::size_t fire_due(Instant now) noexcept;

  bool park(Parker& parker, Instant deadline) override;
  bool has_work_ahead() const noexcept override { return first_slot() != no_slot || is_work_below(); }

 private:
  struct Slot : TimerRing {
    Instant not_before;  // The earliest deadline that was put in; it may have been cancelled since.
  };

  static constexpr unsigned levels = 11;  // Of 6 bits each: enough for the 64 bits of an instant.
  static constexpr unsigned slots_a_level = 64;
  static constexpr unsigned no_slot = levels * slots_a_level;

  static unsigned level_of(Instant deadline, Instant elapsed) noexcept;
  unsigned first_slot() const noexcept;
  Instant next_look() const noexcept;
  void put(Timer& timer) noexcept;
  // Seldom needed, so kept out of the way of what is.
  [[gnu::cold]] static void tell_armed(const Timer& timer);
  [[gnu::cold]] void rewind(Instant deadline) noexcept;
  void fire(Timer& timer) noexcept;
  void spread(Slot& slot) noexcept;
  void clear() noexcept;

  Slot slots_[levels * slots_a_level];  // Level by level. What is in one is read only while its bit is set.
  // A bit for each slot that may hold timers, and one for each level that has such a slot. A slot that is found empty
  // loses its bit, even if somebody only wanted to look: cancelling a timer need not know its slot.
  mutable std::uint64_t occupied_[levels]{};
  mutable std::uint32_t occupied_levels_ = 0;
  Instant elapsed_{};  // How far the queue has come. Nothing that is armed is due before it.
  std::uint32_t armed_so_far_ = 0;
};

}  // namespace kettle
