#pragma once
// Channel state: what the two ends of a channel share. Who may send, who waits for room, whom a value wakes. Lesson 06.
//
// One lock guards it and the values. A function that needs the lock takes it itself, except those that say otherwise;
// wakers are called after it.

#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "kettle/permits.hpp"

namespace kettle::mpsc {

/// The capacity of an unbounded channel.
inline constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max() / 2;

class ChannelState {
 public:
  /// Misuse when `capacity` is zero.
  explicit ChannelState(std::size_t capacity);

  /// A send, a reserve and a permit count as senders, too: whoever can still put a value in.
  void add_sender() noexcept { senders_.fetch_add(1, std::memory_order_relaxed); }
  void drop_sender() noexcept;
  void drop_receiver() noexcept;
  void close() noexcept;
  bool is_closed() noexcept;
  std::size_t length() noexcept;

  /// A slot: at once, or in line. A slot that was granted is used up by a value, or comes back through give_room().
  Permits::Answer try_room() noexcept;
  Permits::Answer poll_room(PermitWaiter& waiter, const Waker& waker) noexcept;
  void leave(PermitWaiter& waiter) noexcept;
  void give_room() noexcept;

  /// The receiver waits no longer.
  void forget_receiver() noexcept;

  // The following four are called with the lock held.

  /// A value was appended, and `length` are inside.
  void note_send(std::size_t length, WakeBatch& batch) noexcept;
  /// A value was taken out, and `length` are inside.
  void note_recv(std::size_t length, sync::Lock& lock, WakeBatch& batch) noexcept;
  /// Keeps the receiver's waker for the next value. An older one goes into `replaced`, to be let go without the lock.
  void wait_for_value(const Waker& waker, Waker& replaced) noexcept;
  /// Whether no value will ever come, none being inside.
  bool has_ended() const noexcept;

  const std::size_t capacity;
  sync::Mutex mutex;
  bool receiver_gone = false;  ///< From then on the values are the receiver's alone, without the lock.

 private:
  void wake_receiver(WakeBatch& batch) noexcept;
  void close(sync::Lock& lock, WakeBatch& batch) noexcept;

  const std::uint64_t number_;
  Permits room_;
  sync::Atomic<std::size_t> senders_{0};
  std::size_t length_ = 0;
  Waker receiver_ = Waker::noop();
};

/// What a channel's ends share.
template <class T>
struct Channel : ChannelState {
  using ChannelState::ChannelState;
  std::deque<T> values;

  // #region push
  /// Appends `value`, for which there is room; false when nobody will receive it.
  bool push(T& value) {
    WakeBatch batch;
    const sync::Lock lock(mutex);
    if (receiver_gone) return false;
    values.push_back(std::move(value));
    note_send(values.size(), batch);
    return true;
  }
  // #endregion

  /// Takes the oldest value out, with the lock held.
  std::optional<T> pop(sync::Lock& lock, WakeBatch& batch) {
    if (values.empty()) return std::nullopt;
    std::optional<T> value(std::move(values.front()));
    values.pop_front();
    note_recv(values.size(), lock, batch);
    return value;
  }
};

}  // namespace kettle::mpsc
