// The pairing heap, and sleeping until its root is due.
#include "kettle/timer_queue.hpp"

#include <algorithm>
#include <utility>

#include "kettle/trace.hpp"

namespace kettle {

TimerQueue& TimerQueue::current() {
  // Plain memory, with no constructor to run and no destructor: getting here needs no guard, and the queue is still
  // there while the thread's other thread-local objects go, and cancel timers.
  constinit static thread_local TimerQueue queue;
  constinit static thread_local bool on_stack = false;
  if (!on_stack) {
    on_stack = true;
    queue.put_on_top();
    // A future may outlive the thread that last polled it: its timer must not stay in a queue that is gone.
    struct Leaving {
      ~Leaving() { queue.clear(); }
    };
    static thread_local const Leaving leaving;
  }
  return queue;
}

void Timer::cancel() noexcept {
  if (!is_armed()) return;
  if (trace::on()) trace::fact("timer_cancelled", {{"timer", number_}});
  queue_->remove(*this);
  waker_ = Waker::noop();
}

void TimerQueue::arm(Timer& timer, Instant deadline, const Waker& waker) noexcept {
  timer.deadline_ = deadline;
  timer.number_ = ++armed_so_far_;
  timer.waker_ = waker;
  timer.queue_ = this;
  root_ = meld(root_, &timer);
  if (!trace::on()) return;
  const auto due = static_cast<std::uint64_t>(deadline.time_since_epoch().count());
  trace::fact("timer_set", {{"timer", timer.number_}, {"task", trace::actor().number}, {"due", due}});
}

// #region fire
std::size_t TimerQueue::fire_due(Instant now) noexcept {
  std::size_t fired = 0;
  for (; root_ != nullptr && root_->deadline_ <= now; ++fired) {
    Timer& timer = *root_;
    remove(timer);
    // The waker leaves the timer first: what it wakes may be destroyed, and the timer with it.
    const Waker waker = std::exchange(timer.waker_, Waker::noop());
    const trace::Acting firing({"timer", timer.number_});
    if (trace::on()) trace::fact("timer_fired", {{"timer", timer.number_}});
    waker.wake();
  }
  return fired;
}
// #endregion

void TimerQueue::clear() noexcept {
  while (root_ != nullptr) root_->cancel();
}

// #region park
bool TimerQueue::park(Parker& parker, Instant deadline) {
  if (!is_work_below() && fire_due(Clock::now()) != 0) return true;
  const Instant until = std::min(deadline, next_deadline());
  const bool jumps = Clock::is_virtual() && until != never;
  const bool woke_below = park_below(parker, jumps ? no_wait : until);
  if (jumps && !woke_below) Clock::advance_to(until);
  return fire_due(Clock::now()) != 0 || woke_below;
}
// #endregion

// Makes the later of two heaps a child of the earlier one.
Timer* TimerQueue::meld(Timer* a, Timer* b) noexcept {
  if (a == nullptr) return b;
  if (b == nullptr) return a;
  if (b->fires_before(*a)) std::swap(a, b);
  b->next_ = a->first_child_;
  if (b->next_ != nullptr) b->next_->back_ = b;
  b->back_ = a;
  a->first_child_ = b;
  return a;
}

// Makes one heap of a list of siblings: first in pairs from the left, then the pairs from the right. Two loops, no
// recursion: a million siblings are an ordinary case.
Timer* TimerQueue::meld_all(Timer* first) noexcept {
  Timer* pairs = nullptr;  // Linked through next_, the rightmost pair first.
  while (first != nullptr) {
    Timer* const second = first->next_;
    Timer* const rest = second != nullptr ? second->next_ : nullptr;
    first->next_ = first->back_ = nullptr;
    if (second != nullptr) second->next_ = second->back_ = nullptr;
    Timer* const pair = meld(first, second);
    pair->next_ = pairs;
    pairs = pair;
    first = rest;
  }
  Timer* heap = nullptr;
  while (pairs != nullptr) {
    Timer* const rest = std::exchange(pairs->next_, nullptr);
    heap = meld(heap, pairs);
    pairs = rest;
  }
  return heap;
}

void TimerQueue::remove(Timer& timer) noexcept {
  Timer* const children = meld_all(std::exchange(timer.first_child_, nullptr));
  if (&timer == root_) {
    root_ = children;
  } else {
    const bool is_first_child = timer.back_->first_child_ == &timer;
    (is_first_child ? timer.back_->first_child_ : timer.back_->next_) = timer.next_;
    if (timer.next_ != nullptr) timer.next_->back_ = timer.back_;
    timer.next_ = timer.back_ = nullptr;
    root_ = meld(root_, children);
  }
  timer.queue_ = nullptr;
}

}  // namespace kettle
