#pragma once
// Sender: the end of a channel that values go into. Lesson 06.
//
// A sender that finds no room waits until the receiver has made some: that is backpressure. Senders are served in the
// order in which they began to wait. They may be copied, and used on any thread, one at a time each.

#include <expected>
#include <utility>

#include "kettle/channel_state.hpp"

namespace kettle::mpsc {

template <class T>
class Permit;
template <class T>
class Reserve;
template <class T>
class Send;

/// Why try_send did not send; the value comes back.
template <class T>
struct TrySendError {
  bool is_closed;  ///< Otherwise the channel is full.
  T value;
};

/// An end to send from. Copy it for another sender; the channel ends when the last one is gone, and with it the last
/// send, reserve and permit that came from one.
template <class T>
class Sender {
 public:
  explicit Sender(std::shared_ptr<Channel<T>> channel) noexcept : channel_(std::move(channel)) {
    if (channel_ != nullptr) channel_->add_sender();
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
  Send<T> send(T value) const { return Send<T>(still_here(), std::move(value)); }

  /// Waits for room without a value at hand.
  Reserve<T> reserve() const { return Reserve<T>(still_here()); }

  /// Sends `value` if there is room now and nobody waits for it.
  std::expected<void, TrySendError<T>> try_send(T value) const {
    if (const auto answer = still_here().channel_->try_room(); answer != Permits::Answer::granted) {
      return std::unexpected(TrySendError<T>{answer == Permits::Answer::closed, std::move(value)});
    }
    auto sent = Permit<T>(*this).send(std::move(value));
    if (sent.has_value()) return {};
    return std::unexpected(TrySendError<T>{true, std::move(sent.error())});
  }

  /// Whether nobody will receive what is sent from now on.
  bool is_closed() const { return still_here().channel_->is_closed(); }
  /// How many values wait inside, and for how many there is room in all.
  std::size_t len() const { return still_here().channel_->length(); }
  std::size_t capacity() const { return still_here().channel_->capacity; }

 private:
  friend class Permit<T>;
  friend class Reserve<T>;

  const Sender& still_here() const {
    if (channel_ == nullptr) {
      misuse("A sender was used after it was moved from.", "use the one it was moved to, or copy it first.",
             "06-channel");
    }
    return *this;
  }

  std::shared_ptr<Channel<T>> channel_;
};

/// The right to send one value at once, also when the channel was closed meanwhile. Dropping it gives the room back.
template <class T>
class Permit {
 public:
  Permit(Permit&&) noexcept = default;
  Permit& operator=(Permit other) noexcept {
    std::swap(sender_, other.sender_);
    return *this;
  }
  ~Permit() {
    if (sender_.channel_ != nullptr) sender_.channel_->give_room();
  }

  /// Sends, and uses the permit up. When the receiver is gone it gives the value back instead.
  std::expected<void, T> send(T value) {
    if (sender_.channel_ == nullptr) {
      misuse("A permit was used twice, or after it was moved from.", "one permit sends one value.", "06-channel");
    }
    if (!sender_.channel_->push(value)) return std::unexpected(std::move(value));
    const Sender<T> used_up(std::move(sender_));
    return {};
  }

 private:
  friend class Sender<T>;
  friend class Reserve<T>;
  explicit Permit(Sender<T> sender) noexcept : sender_(std::move(sender)) {}

  Sender<T> sender_;
};

/// Why there is no permit: the receiver is gone, or has closed the channel.
struct Closed {};

/// Waits for room. Cancel-safe: dropping it gives up its place in line, and no room is lost.
template <class T>
class [[nodiscard]] Reserve {
 public:
  using Output = std::expected<Permit<T>, Closed>;
  explicit Reserve(Sender<T> sender) noexcept : sender_(std::move(sender)) {}
  Reserve(Reserve&&) = default;
  Reserve& operator=(Reserve&&) = delete;
  ~Reserve() {
    if (waiter_.must_leave()) sender_.channel_->leave(waiter_);
  }

  Poll<Output> poll(Context& context) {
    if (sender_.channel_ == nullptr) {
      misuse("A reserve (or a send) was polled again after it was Ready.", "call it again for the next value.",
             "06-channel");
    }
    const auto answer = sender_.channel_->poll_room(waiter_, context.waker());
    if (answer == Permits::Answer::waiting) return pending;
    Sender<T> sender(std::move(sender_));  // Ready: the reserve is done with the channel.
    if (answer == Permits::Answer::closed) return Ready<Output>(std::unexpected(Closed{}));
    return Ready<Output>(Permit<T>(std::move(sender)));
  }

 private:
  PermitWaiter waiter_{1};  // First, so that a move that it refuses has moved nothing yet.
  Sender<T> sender_;
};

/// Waits for room and sends. Ready with nothing, or with the value when nobody will receive it.
///
/// Not cancel-safe: dropped before it is ready, it takes its value along. Where that matters, reserve() first.
template <class T>
class [[nodiscard]] Send {
 public:
  using Output = std::expected<void, T>;
  Send(Sender<T> sender, T value) : reserve_(std::move(sender)), value_(std::move(value)) {}

  // #region send
  Poll<Output> poll(Context& context) {
    auto reserved = reserve_.poll(context);
    if (reserved.is_pending()) return pending;
    auto permit = reserved.take();
    if (!permit.has_value()) return Ready<Output>(std::unexpected(std::move(value_)));
    return Ready<Output>(permit->send(std::move(value_)));
  }
  // #endregion

 private:
  Reserve<T> reserve_;
  T value_;
};

}  // namespace kettle::mpsc
