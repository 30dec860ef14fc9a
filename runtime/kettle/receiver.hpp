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
  Recv(Recv&& other) noexcept : channel_(other.channel_), waits_(std::exchange(other.waits_, false)) {}
  Recv& operator=(Recv&&) = delete;
  ~Recv() {
    if (waits_) channel_->forget_receiver();
  }

  Poll<Output> poll(Context& context) {
    if (is_done_)
      misuse("A recv was polled again after it was Ready.", "call recv() for the next value.", "06-channel");
    WakeBatch batch;
    Waker replaced = Waker::noop();
    sync::Lock lock(channel_->mutex);
    is_done_ = !channel_->values.empty() || channel_->has_ended();
    waits_ = !is_done_;
    if (!waits_) return Ready<Output>(channel_->pop(lock, batch));
    channel_->wait_for_value(context.waker(), replaced);
    return pending;
  }

 private:
  Channel<T>* channel_;
  bool waits_ = false;  // The channel keeps our waker.
  bool is_done_ = false;
};

/// Why try_recv has no value.
enum class TryRecvError { empty, closed };

/// The end to receive from.
template <class T>
class Receiver {
 public:
  explicit Receiver(std::shared_ptr<Channel<T>> channel) noexcept : channel_(std::move(channel)) {}
  Receiver(Receiver&&) noexcept = default;
  Receiver& operator=(Receiver other) noexcept {
    std::swap(channel_, other.channel_);
    return *this;
  }
  ~Receiver() {
    if (channel_ == nullptr) return;
    channel_->close();
    for (bool is_empty = false; !is_empty;) {
      std::optional<T> value;  // Destroyed after the lock is gone: its destructor may use this very channel.
      WakeBatch batch;
      sync::Lock lock(channel_->mutex);
      channel_->receiver_gone = true;
      value = channel_->pop(lock, batch);
      is_empty = !value.has_value();
    }
  }

  /// Waits for the next value: `while (auto value = co_await receiver.recv())`. One at a time.
  Recv<T> recv() { return Recv<T>(*channel_); }

  /// The next value if there is one now.
  std::expected<T, TryRecvError> try_recv() {
    WakeBatch batch;
    sync::Lock lock(channel_->mutex);
    if (auto value = channel_->pop(lock, batch)) return std::move(*value);
    return std::unexpected(channel_->has_ended() ? TryRecvError::closed : TryRecvError::empty);
  }

  /// Takes nothing more in. What is inside, and what holders of permits still send, can be received.
  void close() noexcept { channel_->close(); }

  std::size_t len() const noexcept { return channel_->length(); }
  std::size_t capacity() const noexcept { return channel_->capacity; }

 private:
  std::shared_ptr<Channel<T>> channel_;
};

}  // namespace kettle::mpsc
