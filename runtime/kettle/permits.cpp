// Standing in line, and being served.
#include "kettle/permits.hpp"

#include <utility>

namespace kettle {

PermitWaiter::PermitWaiter(PermitWaiter&& other) : ListNode(), wanted_(other.wanted_) {
  if (other.must_leave_) {
    misuse("A future was moved while it stood in line.", "a future that was polled stays where it is.", "06-channel");
  }
}

// #region poll
Permits::Answer Permits::poll(PermitWaiter& waiter, const Waker& waker, Waker& replaced) noexcept {
  if (waiter.granted_) {
    waiter.granted_ = waiter.must_leave_ = false;
    return Answer::granted;
  }
  if (closed_) {
    leave(waiter);
    return Answer::closed;
  }
  if (!waiter.is_linked()) {
    if (try_take(waiter.wanted_)) return Answer::granted;
    line_.push_back(waiter);
    wanted_ += waiter.wanted_;
    waiter.must_leave_ = true;
  }
  if (!waiter.waker_.will_wake(waker)) replaced = std::exchange(waiter.waker_, waker);
  return Answer::waiting;
}
// #endregion

// #region leave
void Permits::leave(PermitWaiter& waiter) noexcept {
  if (waiter.is_linked()) wanted_ -= waiter.wanted_;
  waiter.unlink();
  if (waiter.granted_) available_ += waiter.wanted_;
  waiter.granted_ = waiter.must_leave_ = false;
}
// #endregion

// #region hand_out
bool Permits::hand_out(WakeBatch& batch) noexcept {
  while (!line_.empty()) {
    PermitWaiter& first = line_.front();
    if (!closed_ && first.wanted_ > available_) break;
    if (batch.is_full()) return true;
    first.unlink();
    wanted_ -= first.wanted_;
    if (!closed_) {
      available_ -= first.wanted_;
      first.granted_ = true;
    }
    batch.push(std::exchange(first.waker_, Waker::noop()));
  }
  return false;
}
// #endregion

void hand_out_to_line(Permits& permits, sync::Lock& lock, WakeBatch& batch) noexcept {
  while (permits.hand_out(batch)) {
    lock.unlock();
    batch.wake_all();
    lock.lock();
  }
}

}  // namespace kettle
