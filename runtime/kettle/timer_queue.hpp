#pragma once
// Timer queue: who is to be woken when, earliest first. Lesson 04.
//
// One a thread, for that thread only. Timers live in the futures that wait, so arming allocates nothing: the queue is
// a pairing heap of them (Fredman, Sedgewick, Sleator and Tarjan, 1986), threaded through their own links. Arming is
// constant time, cancelling and firing O(log n) amortised. Timers of the same deadline fire in the order of arming.

#include <cstdint>

#include "kettle/park.hpp"
#include "kettle/waker.hpp"

namespace kettle {

class TimerQueue;

/// One deadline and the waker to call then. It must not move while armed; destroying it cancels it.
class Timer {
 public:
  Timer() noexcept : waker_(Waker::noop()) {}
  ~Timer() { cancel(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  bool is_armed() const noexcept { return queue_ != nullptr; }

  /// Takes the timer out of its queue; does nothing when it is not armed.
  void cancel() noexcept;

  /// Replaces the waker, if it would wake another task. Only while armed.
  void set_waker(const Waker& waker) noexcept {
    if (!waker_.will_wake(waker)) waker_ = waker;
  }

  /// The number by which the trace knows this arming.
  std::uint64_t number() const noexcept { return number_; }

 private:
  friend class TimerQueue;
  bool fires_before(const Timer& other) const noexcept {
    return deadline_ != other.deadline_ ? deadline_ < other.deadline_ : number_ < other.number_;
  }

  Instant deadline_{};
  std::uint64_t number_ = 0;  // In the order of arming.
  Waker waker_;
  TimerQueue* queue_ = nullptr;
  // The heap: a parent's children hang in a list from first_child_. The first child's back_ is its parent, every
  // other one's the sibling before it.
  Timer* first_child_ = nullptr;
  Timer* next_ = nullptr;
  Timer* back_ = nullptr;
};

/// The timers of one thread, and the layer of its park stack that sleeps until the earliest.
///
/// It must outlive the timers in it. A thread that ends cancels those in its own queue: they wake nobody any more.
class TimerQueue final : public ParkLayer {
 public:
  /// This thread's queue. The first call puts it on the thread's park stack.
  static TimerQueue& current();

  TimerQueue() = default;
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;

  /// Arms `timer`, which is not armed, to wake `waker` at `deadline`.
  void arm(Timer& timer, Instant deadline, const Waker& waker) noexcept;

  /// The earliest deadline; `never` when no timer is armed.
  Instant next_deadline() const noexcept { return root_ != nullptr ? root_->deadline_ : never; }

  /// Wakes every timer whose deadline is not after `now`, in order. Returns how many there were.
  std::size_t fire_due(Instant now) noexcept;

  bool park(Parker& parker, Instant deadline) override;
  bool has_work_ahead() const noexcept override { return root_ != nullptr || is_work_below(); }

 private:
  friend class Timer;
  void clear() noexcept;
  void remove(Timer& timer) noexcept;
  static Timer* meld(Timer* a, Timer* b) noexcept;
  static Timer* meld_all(Timer* first) noexcept;

  Timer* root_ = nullptr;
  std::uint64_t armed_so_far_ = 0;
};

}  // namespace kettle
