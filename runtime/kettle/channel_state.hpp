#pragma once
// Channel state: what the two ends of a channel share. Who may send, who waits for room, whom a value wakes. Lesson 06.
//
// One lock guards it and the values. A function that needs the lock takes it itself, except those that say otherwise;
// wakers are called after it. It lives as long as somebody can send or receive: whoever is told to be the last of all
// destroys it.

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "kettle/frame_allocator.hpp"
#include "kettle/permits.hpp"
#include "kettle/trace.hpp"
#include "kettle/value_queue.hpp"

namespace kettle::mpsc {

/// The capacity of an unbounded channel.
inline constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max() / 2;

class ChannelState {
 public:
  using Answer = Permits::Answer;

  /// It begins with `senders` that count. Misuse when `capacity` is zero.
  ChannelState(std::size_t capacity, std::size_t senders);

  /// A send, a reserve and a permit count as senders, too: whoever can still put a value in.
  void add_senders(std::size_t count) noexcept;
  /// True when nobody is left at all.
  [[nodiscard]] bool drop_senders(std::size_t count) noexcept;

  /// The receiver goes: no value comes in any more. What it answers says what is left.
  enum class Left {
    values,    ///< Values, which are the receiver's alone from now on, without the lock. Then drop_values().
    somebody,  ///< Somebody who counts as a sender.
    nobody,
  };
  [[nodiscard]] Left drop_receiver() noexcept;
  /// The receiver is done with the values, too.
  [[nodiscard]] Left drop_values() noexcept;

  void close() noexcept;
  bool is_closed() noexcept;
  std::size_t length() noexcept;

  /// A slot, or a place in line for one. A slot that was granted is used up by a value, or comes back by give_room().
  Answer poll_room(PermitWaiter& waiter, const Waker& waker) noexcept;
  void leave(PermitWaiter& waiter) noexcept;
  void give_room() noexcept;

  /// The receiver waits no longer.
  void forget_receiver() noexcept;

  // What follows is called with the lock held.

  /// A slot: at once, or in line. An older waker goes into `replaced`, to be let go without the lock.
  Answer try_room() noexcept;
  Answer poll_room(PermitWaiter& waiter, const Waker& waker, Waker& replaced) noexcept;
  void give_room(sync::Lock& lock, WakeBatch& batch) noexcept;
  /// One sender less, unless it is the last: that one has to go through drop_senders().
  bool hand_in_sender() noexcept {
    if (senders_ == 1) return false;
    --senders_;
    return true;
  }
  /// A value was appended.
  void note_send(WakeBatch& batch) noexcept {
    ++length_;
    wake_receiver(batch);
    if (trace::on()) tell("send");
  }
  /// A value was taken out.
  void note_recv(sync::Lock& lock, WakeBatch& batch) noexcept {
    --length_;
    if (trace::on()) tell("recv");
    room_.give(1);
    if (room_.has_line()) hand_out(room_, lock, batch);
  }
  /// Keeps the receiver's waker for the next value. An older one goes into `replaced`, to be let go without the lock.
  void wait_for_value(const Waker& waker, Waker& replaced) noexcept {
    if (trace::noting()) trace::waiting().on = {"a value in channel", number_};
    if (!receiver_.will_wake(waker)) replaced = std::exchange(receiver_, waker);
  }
  /// Whether nothing is inside; and whether no value will ever come, nothing being inside.
  bool is_empty() const noexcept { return length_ == 0; }
  bool has_ended() const noexcept;

  const std::size_t capacity;
  sync::Mutex mutex;
  bool receiver_gone = false;  ///< Nobody will receive what is sent.

 private:
  void wake_receiver(WakeBatch& batch) noexcept {
    if (!receiver_.will_wake(Waker::noop())) batch.push(std::exchange(receiver_, Waker::noop()));
  }
  void close(sync::Lock& lock, WakeBatch& batch) noexcept;
  Left finish_receiver() noexcept;
  [[gnu::cold]] void tell(const char* fact) const;  // The trace: "send" or "recv".

  const std::uint64_t number_;
  Permits room_;
  std::size_t senders_;
  std::size_t length_ = 0;
  bool receiver_done_ = false;  // It has gone, and the values with it.
  Waker receiver_ = Waker::noop();
};

template <class T>
struct Channel;

/// Counts as a sender of a channel while it lives, and keeps the channel.
template <class T>
class Ticket {
 public:
  Ticket() noexcept = default;
  explicit Ticket(Channel<T>& channel) noexcept : channel_(&channel) {}
  Ticket(Ticket&& other) noexcept : channel_(std::exchange(other.channel_, nullptr)) {}
  Ticket& operator=(Ticket other) noexcept {
    std::swap(channel_, other.channel_);
    return *this;
  }
  ~Ticket() {
    if (channel_ != nullptr) drop();
  }

  /// The channel; nullptr once it has been moved or handed in.
  Channel<T>* channel() const noexcept { return channel_; }

  /// Counts no longer, if it is not the last. With the lock held.
  void hand_in() noexcept {
    if (channel_->hand_in_sender()) channel_ = nullptr;
  }

 private:
  // Rare, so it stays a call: the usual end of a ticket is one comparison.
  [[gnu::noinline]] void drop() noexcept {
    if (channel_->drop_senders(1)) delete channel_;
  }

  Channel<T>* channel_ = nullptr;
};

/// What a channel's ends share.
template <class T>
struct Channel : ChannelState, Pooled {
  using ChannelState::ChannelState;
  ValueQueue<T> values;

  /// Appends `value`, for which there is room; false when nobody will receive it.
  bool push(T& value) {
    WakeBatch batch;
    const sync::Lock lock(mutex);
    return push(value, batch);
  }

  /// A whole send in one turn: `granted` says that the value is inside, `closed` that nobody will receive it. Either
  /// uses `ticket` up.
  // #region send
  Answer poll_send(PermitWaiter& waiter, const Waker& waker, T& value, Ticket<T>& ticket) {
    Ticket<T> used_up;
    Waker replaced = Waker::noop();
    WakeBatch batch;
    sync::Lock lock(mutex);
    const Answer answer = poll_room(waiter, waker, replaced);
    if (answer == Answer::waiting) return answer;
    used_up = std::move(ticket);
    used_up.hand_in();  // With the lock that is held anyway. Only the last one is dropped, after the lock.
    return answer == Answer::granted ? fill_room(value, lock, batch) : answer;
  }
  // #endregion

  /// The same, without waiting.
  Answer try_send(T& value) {
    WakeBatch batch;
    sync::Lock lock(mutex);
    const Answer answer = try_room();
    return answer == Answer::granted ? fill_room(value, lock, batch) : answer;
  }

  /// Takes the oldest value out, with the lock held.
  std::optional<T> pop(sync::Lock& lock, WakeBatch& batch) {
    if (is_empty()) return std::nullopt;
    std::optional<T> value(std::move(values.front()));
    values.pop_front();
    note_recv(lock, batch);
    return value;
  }

 private:
  // #region push
  bool push(T& value, WakeBatch& batch) {
    if (receiver_gone) return false;
    values.push_back(std::move(value));
    note_send(batch);
    return true;
  }
  // #endregion

  Answer fill_room(T& value, sync::Lock& lock, WakeBatch& batch) {
    try {
      return push(value, batch) ? Answer::granted : Answer::closed;
    } catch (...) {
      give_room(lock, batch);
      throw;
    }
  }
};

}  // namespace kettle::mpsc
