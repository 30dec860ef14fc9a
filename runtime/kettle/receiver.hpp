#pragma once
// Receiver: the end of a channel that values come out of, in the order in which they went in. Lesson 06.
//
// There is one, for one task at a time, on any thread. When it goes, senders are told, and what is still inside is
// destroyed.

#include <expected>
#include <optional>
#include <utility>

#include "kettle/channel_state.hpp"

namespace kettle::mpsc {

/// Waits for the next value. Ready with nothing when all senders are gone, or the channel is closed, and it is empty.
/// Cancel-safe: a value is taken out only by the poll that returns it.
template <class T>
class [[nodiscard]] Recv {
 public:
  using Output = std::optional<T>;
  explicit Recv(Channel<T>& channel) noexcept : channel_(&channel) {}
  Recv(Recv&& other) noexcept
      : channel_(std::exchange(other.channel_, nullptr)), waits_(std::exchange(other.waits_, false)) {}
  Recv& operator=(Recv&&) = delete;
  ~Recv() {
    if (waits_) channel_->forget_receiver();
  }

  // #region recv
  Poll<Output> poll(Context& context) {
    if (channel_ == nullptr) refuse_poll();
    WakeBatch batch;                 // In this order: the lock goes first, and what may call
    Waker replaced = Waker::noop();  // somebody else's code goes after it.
    sync::Lock lock(channel_->mutex);
    waits_ = channel_->is_empty() && !channel_->has_ended();
    if (!waits_) return Ready<Output>(std::exchange(channel_, nullptr)->pop(lock, batch));
    channel_->wait_for_value(context.waker(), replaced);
    return pending;
  }
  // #endregion

 private:
  [[noreturn]] static void refuse_poll() {
    misuse("A recv was polled again after it was Ready, or after it was moved from.", "call recv() for the next value.",
           "06-channel");
  }

  Channel<T>* channel_;  // nullptr once it is Ready.
  bool waits_ = false;   // The channel keeps our waker.
};

/// Why try_recv has no value.
enum class TryRecvError { empty, closed };

/// The end to receive from.
template <class T>
class Receiver {
 public:
  explicit Receiver(Channel<T>& channel) noexcept : channel_(&channel) {}
  Receiver(Receiver&& other) noexcept : channel_(std::exchange(other.channel_, nullptr)) {}
  Receiver& operator=(Receiver other) noexcept {
    std::swap(channel_, other.channel_);
    return *this;
  }
  ~Receiver() {
    if (channel_ == nullptr) return;
    auto left = channel_->drop_receiver();
    if (left == ChannelState::Left::values) {
      channel_->values.clear();  // Without the lock: a value's destructor may use this very channel.
      left = channel_->drop_values();
    }
    if (left == ChannelState::Left::nobody) delete channel_;
  }

  /// Waits for the next value: `while (auto value = co_await receiver.recv())`. One at a time,
  /// and the receiver outlives it.
  Recv<T> recv() { return Recv<T>(channel()); }

  /// The next value if there is one now.
  std::expected<T, TryRecvError> try_recv() {
    Channel<T>& shared = channel();
    WakeBatch batch;
    sync::Lock lock(shared.mutex);
    if (auto value = shared.pop(lock, batch)) return std::move(*value);
    return std::unexpected(shared.has_ended() ? TryRecvError::closed : TryRecvError::empty);
  }

  /// Takes nothing more in. What is inside, and what holders of permits still send, can be received.
  void close() { channel().close(); }

  std::size_t len() const { return channel().length(); }
  std::size_t capacity() const { return channel().capacity; }

 private:
  Channel<T>& channel() const {
    if (channel_ == nullptr) {
      misuse("A receiver was used after it was moved from.", "use the one it was moved to.", "06-channel");
    }
    return *channel_;
  }

  Channel<T>* channel_;
};

}  // namespace kettle::mpsc
