#pragma once
// Sender: the end of a channel that values go into. Lesson 06.
//
// A sender that finds no room waits until the receiver has made some: that is backpressure. Senders are served in the
// order in which they began to wait. They may be copied, and used on any thread, one at a time each.

#include <expected>
#include <utility>

#include "kettle/channel_state.hpp"

namespace kettle::mpsc {

/// The right to send one value at once, whatever else happens to the channel. Dropping it gives the room back.
template <class T>
class Permit {
 public:
  explicit Permit(std::shared_ptr<Channel<T>> channel) noexcept : channel_(std::move(channel)) {}
  Permit(Permit&&) noexcept = default;
  Permit& operator=(Permit other) noexcept {
    std::swap(channel_, other.channel_);
    return *this;
  }
  ~Permit() {
    if (channel_ != nullptr) channel_->give_room();
  }

  /// Uses the permit up. Gives the value back when the receiver is gone.
  std::expected<void, T> send(T value) {
    if (channel_ == nullptr) {
      misuse("A permit was used twice, or after it was moved from.", "one permit sends one value.", "06-channel");
    }
    if (!channel_->push(value)) return std::unexpected(std::move(value));
    channel_.reset();
    return {};
  }

 private:
  std::shared_ptr<Channel<T>> channel_;
};

/// Why there is no permit: the receiver is gone, or has closed the channel.
struct Closed {};

/// Waits for room. Cancel-safe: dropping it gives up its place in line, and no room is lost.
template <class T>
class [[nodiscard]] Reserve {
 public:
  using Output = std::expected<Permit<T>, Closed>;
  explicit Reserve(std::shared_ptr<Channel<T>> channel) noexcept : channel_(std::move(channel)) {}
  Reserve(Reserve&&) = default;
  Reserve& operator=(Reserve&&) = delete;
  ~Reserve() {
    if (waiter_.must_leave()) channel_->leave(waiter_);
  }

  Poll<Output> poll(Context& context) {
    if (channel_ == nullptr) {
      misuse("A reserve (or a send) was polled again after it was Ready.", "call it again for the next value.",
             "06-channel");
    }
    switch (channel_->poll_room(waiter_, context.waker())) {
      case Permits::Answer::waiting:
        return pending;
      case Permits::Answer::closed:
        return Ready<Output>(std::unexpected(Closed{}));
      case Permits::Answer::granted:
        break;
    }
    return Ready<Output>(Permit<T>(std::move(channel_)));
  }

 private:
  std::shared_ptr<Channel<T>> channel_;
  PermitWaiter waiter_{1};
};

/// Waits for room and sends. Ready with nothing, or with the value when nobody will receive it.
///
/// Not cancel-safe: dropped before it is ready, it takes its value along. Where that matters, reserve() first.
template <class T>
class [[nodiscard]] Send {
 public:
  using Output = std::expected<void, T>;
  Send(std::shared_ptr<Channel<T>> channel, T value) : reserve_(std::move(channel)), value_(std::move(value)) {}

  Poll<Output> poll(Context& context) {
    auto reserved = reserve_.poll(context);
    if (reserved.is_pending()) return pending;
    auto permit = reserved.take();
    if (!permit.has_value()) return Ready<Output>(std::unexpected(std::move(value_)));
    return Ready<Output>(permit->send(std::move(value_)));
  }

 private:
  Reserve<T> reserve_;
  T value_;
};

/// Why try_send did not send; the value comes back.
template <class T>
struct TrySendError {
  bool is_closed;  ///< Otherwise the channel is full.
  T value;
};

/// An end to send from. Copy it for another sender; the channel ends when the last one is gone.
template <class T>
class Sender {
 public:
  explicit Sender(std::shared_ptr<Channel<T>> channel) noexcept : channel_(std::move(channel)) {
    channel_->add_sender();
  }
  Sender(const Sender& other) noexcept : Sender(other.channel_) {}
  Sender(Sender&&) noexcept = default;
  Sender& operator=(Sender other) noexcept {
    std::swap(channel_, other.channel_);
    return *this;
  }
  ~Sender() {
    if (channel_ != nullptr) channel_->drop_sender();
  }

  /// Sends `value` once there is room for it.
  Send<T> send(T value) const { return Send<T>(channel_, std::move(value)); }

  /// Waits for room without a value at hand.
  Reserve<T> reserve() const { return Reserve<T>(channel_); }

  /// Sends `value` if there is room now and nobody waits for it.
  std::expected<void, TrySendError<T>> try_send(T value) const {
    if (const auto answer = channel_->try_room(); answer != Permits::Answer::granted) {
      return std::unexpected(TrySendError<T>{answer == Permits::Answer::closed, std::move(value)});
    }
    auto sent = Permit<T>(channel_).send(std::move(value));
    if (sent.has_value()) return {};
    return std::unexpected(TrySendError<T>{true, std::move(sent.error())});
  }

  /// Whether nobody will receive what is sent from now on.
  bool is_closed() const noexcept { return channel_->is_closed(); }
  /// How many values wait inside, and for how many there is room in all.
  std::size_t len() const noexcept { return channel_->length(); }
  std::size_t capacity() const noexcept { return channel_->capacity; }

 private:
  std::shared_ptr<Channel<T>> channel_;
};

}  // namespace kettle::mpsc
