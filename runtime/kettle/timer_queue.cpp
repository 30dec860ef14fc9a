// The wheel, and sleeping until something in it is due.
#include "kettle/timer_queue.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "kettle/trace.hpp"

namespace kettle {

namespace {

constexpr unsigned bits_a_level = 6;

// An instant as a number that is never negative: the earliest possible one is 0.
constexpr std::uint64_t ticks(Instant instant) noexcept {
  return static_cast<std::uint64_t>(instant.time_since_epoch().count()) ^ (std::uint64_t{1} << 63);
}

}  // namespace

void TimerQueue::tell_armed(const Timer& timer) {
  const auto due = static_cast<std::uint64_t>(timer.deadline_.time_since_epoch().count());
  trace::fact("timer_set", {{"timer", timer.number_}, {"task", trace::actor().number}, {"due", due}});
}

TimerQueue& TimerQueue::current() {
  // Plain memory, with no constructor to run and no destructor: getting here needs no guard, and the queue is still
  // there while the thread's other thread-local objects go, and cancel timers.
  constinit static thread_local TimerQueue queue;
  constinit static thread_local bool on_stack = false;
  if (!on_stack) {
    on_stack = true;
    queue.elapsed_ = Clock::now();
    queue.put_on_top();
    // A future may outlive the thread that last polled it: its timer must not stay in a queue that is gone.
    struct Leaving {
      ~Leaving() { queue.clear(); }
    };
    static thread_local const Leaving leaving;
  }
  return queue;
}

void Timer::leave_ring() noexcept {
  previous->next = next;
  next->previous = previous;
  previous = next = nullptr;
}

void Timer::disarm() noexcept {
  if (trace::on()) trace::fact("timer_cancelled", {{"timer", number_}});
  leave_ring();
  waker_ = Waker::noop();
}

void TimerQueue::arm(Timer& timer, Instant deadline, const Waker& waker) noexcept {
  if (deadline < elapsed_) rewind(deadline);
  timer.deadline_ = deadline;
  timer.number_ = ++armed_so_far_;
  timer.waker_ = waker;
  put(timer);
  if (trace::on()) tell_armed(timer);
}

// #region level
// The level of a deadline is that of the highest digit in which it differs from the time that has elapsed.
unsigned TimerQueue::level_of(Instant deadline, Instant elapsed) noexcept {
  const std::uint64_t different = ticks(deadline) ^ ticks(elapsed);
  return static_cast<unsigned>(std::bit_width(different | 1) - 1) / bits_a_level;
}
// #endregion

void TimerQueue::put(Timer& timer) noexcept {
  const unsigned level = level_of(timer.deadline_, elapsed_);
  const auto digit = static_cast<unsigned>(ticks(timer.deadline_) >> (level * bits_a_level)) % slots_a_level;
  const std::uint64_t bit = std::uint64_t{1} << digit;
  Slot& slot = slots_[level * slots_a_level + digit];
  if ((occupied_[level] & bit) == 0) slot.make_empty();
  if (slot.is_empty() || timer.deadline_ < slot.not_before) slot.not_before = timer.deadline_;
  occupied_[level] |= bit;
  occupied_levels_ |= 1U << level;

  timer.previous = slot.previous;  // The last of the ring.
  timer.next = &slot;
  slot.previous->next = &timer;
  slot.previous = &timer;
}

// The slot that holds the earliest timers: the first one of the lowest level.
unsigned TimerQueue::first_slot() const noexcept {
  while (occupied_levels_ != 0) {
    const auto level = static_cast<unsigned>(std::countr_zero(occupied_levels_));
    std::uint64_t& occupied = occupied_[level];
    const unsigned slot = level * slots_a_level + static_cast<unsigned>(std::countr_zero(occupied));
    if (!slots_[slot].is_empty()) return slot;
    occupied &= occupied - 1;  // Without its lowest bit.
    if (occupied == 0) occupied_levels_ &= occupied_levels_ - 1;
  }
  return no_slot;
}

Instant TimerQueue::next_deadline() const noexcept {
  const unsigned first = first_slot();
  if (first == no_slot) return never;
  Instant earliest = never;
  const Slot& slot = slots_[first];
  for (const TimerRing* link = slot.next; link != &slot; link = link->next) {
    earliest = std::min(earliest, static_cast<const Timer*>(link)->deadline_);
    if (first < slots_a_level) break;  // On the lowest level, all timers of a slot have the same deadline.
  }
  return earliest;
}

// When the thread has to wake up. That may be too early, when the timer it was for has been cancelled since.
Instant TimerQueue::next_look() const noexcept {
  const unsigned first = first_slot();
  return first == no_slot ? never : slots_[first].not_before;
}

// #region due
std::size_t TimerQueue::fire_due(Instant now) noexcept {
  std::size_t fired = 0;
  unsigned first = first_slot();
  for (; first != no_slot && slots_[first].not_before <= now; first = first_slot()) {
    Slot& slot = slots_[first];
    elapsed_ = slot.not_before;
    if (first >= slots_a_level) {
      spread(slot);
    } else {
      fire(static_cast<Timer&>(*slot.next));
      ++fired;
    }
  }
  // On to now; but not into the first slot, whose timers would then belong on lower levels.
  const bool stays_outside = first == no_slot || level_of(slots_[first].not_before, now) == first / slots_a_level;
  if (stays_outside) elapsed_ = std::max(elapsed_, now);
  return fired;
}

// Puts each timer of a slot that time has come to on a lower level.
void TimerQueue::spread(Slot& slot) noexcept {
  while (!slot.is_empty()) {
    Timer& timer = static_cast<Timer&>(*slot.next);
    timer.leave_ring();
    put(timer);
  }
}
// #endregion

// #region fire
void TimerQueue::fire(Timer& timer) noexcept {
  timer.leave_ring();
  // The waker leaves the timer first: what it wakes may be destroyed, and the timer with it.
  const Waker waker = std::exchange(timer.waker_, Waker::noop());
  const trace::Acting firing({"timer", timer.number_});
  if (trace::on()) trace::fact("timer_fired", {{"timer", timer.number_}});
  waker.wake();
}
// #endregion

// Somebody arms a timer for a time that the queue has left behind: a test has set the clock back. The queue begins
// anew from there.
void TimerQueue::rewind(Instant deadline) noexcept {
  TimerRing all;
  all.make_empty();
  for (unsigned first = first_slot(); first != no_slot; first = first_slot()) {
    Slot& slot = slots_[first];
    slot.next->previous = all.previous;
    slot.previous->next = &all;
    all.previous->next = slot.next;
    all.previous = slot.previous;
    slot.make_empty();
  }
  elapsed_ = std::min(deadline, Clock::now());
  while (!all.is_empty()) {
    Timer& timer = static_cast<Timer&>(*all.next);
    timer.leave_ring();
    put(timer);
  }
}

void TimerQueue::clear() noexcept {
  for (unsigned first = first_slot(); first != no_slot; first = first_slot()) {
    static_cast<Timer&>(*slots_[first].next).cancel();
  }
}

// #region park
bool TimerQueue::park(Parker& parker, Instant deadline) {
  if (!is_work_below() && fire_due(Clock::now()) != 0) return true;
  const Instant until = std::min(deadline, Clock::is_virtual() ? next_deadline() : next_look());
  const bool jumps = Clock::is_virtual() && until != never;
  const bool woke_below = park_below(parker, jumps ? no_wait : until);
  if (jumps && !woke_below) Clock::advance_to(until);
  return fire_due(Clock::now()) != 0 || woke_below;
}
// #endregion

}  // namespace kettle
