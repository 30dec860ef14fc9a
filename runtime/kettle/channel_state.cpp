// A channel's bookkeeping. The slots are permits: free, in somebody's hand, or under a value.
#include "kettle/channel_state.hpp"

#include <utility>

#include "kettle/trace.hpp"

namespace kettle::mpsc {

ChannelState::ChannelState(std::size_t capacity_)
    : capacity(capacity_), number_(next_number<ChannelState>()), room_(capacity_) {
  if (capacity_ == 0) {
    misuse("A channel was made with a capacity of zero.", "a value needs a place to lie: give at least 1.",
           "06-channel");
  }
}

// The count goes down first, the waker is taken after it: a receiver that comes in between sees the count.
void ChannelState::drop_sender() noexcept {
  if (senders_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  WakeBatch batch;
  const sync::Lock lock(mutex);
  wake_receiver(batch);
}

void ChannelState::drop_receiver() noexcept {
  WakeBatch batch;
  sync::Lock lock(mutex);
  receiver_gone = true;
  length_ = 0;
  close(lock, batch);
}

void ChannelState::close() noexcept {
  WakeBatch batch;
  sync::Lock lock(mutex);
  close(lock, batch);
}

void ChannelState::close(sync::Lock& lock, WakeBatch& batch) noexcept {
  room_.close();
  wake_receiver(batch);
  hand_out(room_, lock, batch);
}

bool ChannelState::is_closed() noexcept {
  const sync::Lock lock(mutex);
  return room_.is_closed();
}

std::size_t ChannelState::length() noexcept {
  const sync::Lock lock(mutex);
  return length_;
}

Permits::Answer ChannelState::try_room() noexcept {
  const sync::Lock lock(mutex);
  if (room_.is_closed()) return Permits::Answer::closed;
  return room_.try_take(1) ? Permits::Answer::granted : Permits::Answer::waiting;
}

Permits::Answer ChannelState::poll_room(PermitWaiter& waiter, const Waker& waker) noexcept {
  Waker replaced = Waker::noop();  // Let go after the lock.
  const sync::Lock lock(mutex);
  const auto answer = room_.poll(waiter, waker, replaced);
  if (answer == Permits::Answer::waiting && trace::noting()) trace::waiting().on = {"room in channel", number_};
  return answer;
}

void ChannelState::leave(PermitWaiter& waiter) noexcept {
  WakeBatch batch;
  sync::Lock lock(mutex);
  room_.leave(waiter);
  hand_out(room_, lock, batch);
  if (has_ended()) wake_receiver(batch);
}

void ChannelState::give_room() noexcept {
  WakeBatch batch;
  sync::Lock lock(mutex);
  room_.give(1);
  hand_out(room_, lock, batch);
  if (has_ended()) wake_receiver(batch);
}

void ChannelState::forget_receiver() noexcept {
  Waker forgotten = Waker::noop();  // Let go after the lock.
  const sync::Lock lock(mutex);
  std::swap(forgotten, receiver_);
}

void ChannelState::note_send(std::size_t length, WakeBatch& batch) noexcept {
  length_ = length;
  wake_receiver(batch);
  if (!trace::on()) return;
  trace::fact("send", {{"task", trace::actor().number}, {"chan", number_}, {"depth", length}, {"cap", capacity}});
}

void ChannelState::note_recv(std::size_t length, sync::Lock& lock, WakeBatch& batch) noexcept {
  length_ = length;
  if (trace::on()) {
    trace::fact("recv", {{"task", trace::actor().number}, {"chan", number_}, {"depth", length}, {"cap", capacity}});
  }
  room_.give(1);
  hand_out(room_, lock, batch);
}

void ChannelState::wait_for_value(const Waker& waker, Waker& replaced) noexcept {
  if (trace::noting()) trace::waiting().on = {"a value in channel", number_};
  if (!receiver_.will_wake(waker)) replaced = std::exchange(receiver_, waker);
}

// Nobody is left who could send; or nobody is let in any more, and every slot is free, so that nobody has a permit.
bool ChannelState::has_ended() const noexcept {
  if (length_ != 0) return false;
  if (senders_.load(std::memory_order_acquire) == 0) return true;
  return room_.is_closed() && room_.available() == capacity;
}

void ChannelState::wake_receiver(WakeBatch& batch) noexcept {
  Waker receiver = std::exchange(receiver_, Waker::noop());
  if (!receiver.will_wake(Waker::noop())) batch.push(std::move(receiver));
}

}  // namespace kettle::mpsc
