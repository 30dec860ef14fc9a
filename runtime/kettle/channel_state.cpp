// A channel's bookkeeping. The slots are permits: free, in somebody's hand, or under a value.
#include "kettle/channel_state.hpp"

#include <utility>

namespace kettle::mpsc {

ChannelState::ChannelState(std::size_t capacity_, std::size_t senders)
    : capacity(capacity_), number_(next_number<ChannelState>()), room_(capacity_), senders_(senders) {
  if (capacity_ == 0) {
    misuse("A channel was made with a capacity of zero.", "a value needs a place to lie: give at least 1.",
           "06-channel");
  }
}

void ChannelState::add_senders(std::size_t count) noexcept {
  const sync::Lock lock(mutex);
  senders_ += count;
}

bool ChannelState::drop_senders(std::size_t count) noexcept {
  WakeBatch batch;
  const sync::Lock lock(mutex);
  senders_ -= count;
  if (senders_ != 0) return false;
  wake_receiver(batch);
  return receiver_done_;
}

ChannelState::Left ChannelState::drop_receiver() noexcept {
  WakeBatch batch;
  sync::Lock lock(mutex);
  receiver_gone = true;
  const bool has_values = std::exchange(length_, 0) != 0;
  close(lock, batch);
  return has_values ? Left::values : finish_receiver();
}

ChannelState::Left ChannelState::drop_values() noexcept {
  const sync::Lock lock(mutex);
  return finish_receiver();
}

ChannelState::Left ChannelState::finish_receiver() noexcept {
  receiver_done_ = true;
  return senders_ == 0 ? Left::nobody : Left::somebody;
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

ChannelState::Answer ChannelState::try_room() noexcept {
  if (room_.is_closed()) return Answer::closed;
  return room_.try_take(1) ? Answer::granted : Answer::waiting;
}

ChannelState::Answer ChannelState::poll_room(PermitWaiter& waiter, const Waker& waker) noexcept {
  Waker replaced = Waker::noop();  // Let go after the lock.
  const sync::Lock lock(mutex);
  return poll_room(waiter, waker, replaced);
}

ChannelState::Answer ChannelState::poll_room(PermitWaiter& waiter, const Waker& waker, Waker& replaced) noexcept {
  const Answer answer = room_.poll(waiter, waker, replaced);
  if (answer == Answer::waiting && trace::noting()) trace::waiting().on = {"room in channel", number_};
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
  give_room(lock, batch);
}

void ChannelState::give_room(sync::Lock& lock, WakeBatch& batch) noexcept {
  room_.give(1);
  hand_out(room_, lock, batch);
  if (has_ended()) wake_receiver(batch);
}

void ChannelState::forget_receiver() noexcept {
  Waker forgotten = Waker::noop();  // Let go after the lock.
  const sync::Lock lock(mutex);
  std::swap(forgotten, receiver_);
}

// Nobody is left who could send; or nobody is let in any more, and every slot is free, so that nobody has a permit.
bool ChannelState::has_ended() const noexcept {
  if (length_ != 0) return false;
  if (senders_ == 0) return true;
  return room_.is_closed() && room_.available() == capacity;
}

void ChannelState::tell(const char* fact) const {
  trace::fact(fact, {{"task", trace::actor().number}, {"chan", number_}, {"depth", length_}, {"cap", capacity}});
}

}  // namespace kettle::mpsc
