// Those who have arrived stand in line; the last arrival hands out as many permits as there are of them.
#include "kettle/barrier.hpp"

#include "kettle/trace.hpp"

namespace kettle {

Barrier::Barrier(std::size_t group) : group_(group), number_(next_number<Barrier>()) {
  if (group == 0) misuse("A barrier was made for a group of zero.", "a group has at least one member.", "08-mutex");
}

Poll<bool> BarrierWait::poll(Context& context) {
  if (barrier_ == nullptr) {
    misuse("A barrier's wait was polled again after it was Ready.", "after Ready, a future is finished.", "01-future");
  }
  Waker replaced = Waker::noop();  // Let go after the lock.
  WakeBatch batch;
  sync::Lock lock(barrier_->mutex_);
  Permits& permits = barrier_->permits_;
  const bool is_arrival = !waiter_.must_leave();
  const bool is_last = is_arrival && ++barrier_->arrived_ == barrier_->group_;
  if (is_arrival) round_ = barrier_->round_;
  if (is_last) {
    barrier_->arrived_ = 0;
    ++barrier_->round_;
    permits.give(barrier_->group_ - 1);
    hand_out(permits, lock, batch);
  } else if (permits.poll(waiter_, context.waker(), replaced) == Permits::Answer::waiting) {
    if (trace::noting()) trace::waiting().on = {"barrier", barrier_->number_};
    return pending;
  }
  barrier_ = nullptr;
  return Ready(is_last);
}

BarrierWait::~BarrierWait() {
  if (!waiter_.must_leave()) return;
  Waker replaced = Waker::noop();
  WakeBatch batch;
  sync::Lock lock(barrier_->mutex_);
  Permits& permits = barrier_->permits_;
  if (round_ == barrier_->round_) {
    --barrier_->arrived_;
    permits.leave(waiter_);
  } else {  // Its group was let go already. Its permit is for nobody else: use it up.
    hand_out(permits, lock, batch);
    permits.poll(waiter_, Waker::noop(), replaced);
  }
}

}  // namespace kettle
