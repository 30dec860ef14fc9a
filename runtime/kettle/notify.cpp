// A notification is a permit that is used up.
#include "kettle/notify.hpp"

#include "kettle/trace.hpp"

namespace kettle {

Notify::Notify() noexcept : number_(next_number<Notify>()) {}

Poll<> Notified::poll(Context& context) {
  if (notify_ == nullptr) {
    misuse("A notified() was polled again after it was Ready.", "after Ready, a future is finished.", "01-future");
  }
  Waker replaced = Waker::noop();  // Let go after the lock.
  const sync::Lock lock(notify_->mutex_);
  if (notify_->permits_.poll(waiter_, context.waker(), replaced) == Permits::Answer::granted) {
    notify_ = nullptr;
    return Ready();
  }
  if (trace::noting()) trace::waiting().on = {"notify", notify_->number_};
  return pending;
}

Notified::~Notified() {
  if (!waiter_.must_leave()) return;
  WakeBatch batch;
  sync::Lock lock(notify_->mutex_);
  notify_->permits_.leave(waiter_);
  hand_out(notify_->permits_, lock, batch);
  if (notify_->permits_.available() > 1) notify_->permits_.try_take(1);  // One is remembered, never more.
}

void Notify::notify_one() noexcept {
  WakeBatch batch;
  sync::Lock lock(mutex_);
  if (permits_.available() == 0) permits_.give(1);
  hand_out(permits_, lock, batch);
}

void Notify::notify_waiters() noexcept {
  WakeBatch batch;
  sync::Lock lock(mutex_);
  // One at a time, so that there is none too many when somebody leaves while the lock is open for waking.
  for (std::size_t left = permits_.wanted(); left != 0 && permits_.wanted() != 0; --left) {
    permits_.give(1);
    permits_.hand_out(batch);
    if (!batch.is_full()) continue;
    lock.unlock();
    batch.wake_all();
    lock.lock();
  }
}

}  // namespace kettle
