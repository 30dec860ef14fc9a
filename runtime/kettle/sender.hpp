#pragma once
// Sender: the end of a channel that values go into. Lesson 06.
//
// A sender that finds no room waits until the receiver has made some: that is backpressure. Senders are served in the
// order in which they began to wait. They may be copied, and used on any thread, one at a time each.

#include <cstdint>
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
  /// How many a sender counts for: itself, and the sends that it has tickets for.
  static constexpr std::uint32_t tickets = 64;

  /// The first one, of a channel that was made for `tickets` senders.
  explicit Sender(Channel<T>& channel) noexcept : channel_(&channel), tickets_(tickets - 1) {}
  Sender(const Sender& other) noexcept : channel_(other.channel_), tickets_(tickets - 1) {
    if (channel_ != nullptr) channel_->add_senders(tickets);
  }
  Sender(Sender&& other) noexcept : channel_(std::exchange(other.channel_, nullptr)), tickets_(other.tickets_) {}
  Sender& operator=(Sender other) noexcept {
    std::swap(channel_, other.channel_);
    std::swap(tickets_, other.tickets_);
    return *this;
  }
  ~Sender() {
    if (channel_ != nullptr) drop();
  }

  /// Sends `value` once there is room for it.
  Send<T> send(T value) const { return Send<T>(take_ticket(), std::move(value)); }

  /// Waits for room without a value at hand.
  Reserve<T> reserve() const { return Reserve<T>(take_ticket()); }

  /// Sends `value` if there is room now and nobody waits for it.
  std::expected<void, TrySendError<T>> try_send(T value) const {
    const auto answer = channel().try_send(value);
    if (answer == Permits::Answer::granted) return {};
    return std::unexpected(TrySendError<T>{answer == Permits::Answer::closed, std::move(value)});
  }

  /// Whether nobody will receive what is sent from now on.
  bool is_closed() const { return channel().is_closed(); }
  /// How many values wait inside, and for how many there is room in all.
  std::size_t len() const { return channel().length(); }
  std::size_t capacity() const { return channel().capacity; }

 private:
  Channel<T>& channel() const {
    if (channel_ == nullptr) {
      misuse("A sender was used after it was moved from.", "use the one it was moved to, or copy it first.",
             "06-channel");
    }
    return *channel_;
  }

  // Rare, so it stays a call: most senders that end have been moved from.
  [[gnu::noinline]] void drop() noexcept {
    if (channel_->drop_senders(tickets_ + 1)) delete channel_;
  }

  // Every send counts as a sender. To be counted one by one would cost each of them the lock once more. So a sender
  // counts for many from the beginning, gives each of its sends one of its tickets, and fetches more when all are gone.
  // #region ticket
  Ticket<T> take_ticket() const {
    Channel<T>& shared = channel();
    if (tickets_ == 0) {
      shared.add_senders(tickets);
      tickets_ = tickets;
    }
    --tickets_;
    return Ticket<T>(shared);
  }
  // #endregion

  Channel<T>* channel_;
  mutable std::uint32_t tickets_;
};

/// The right to send one value at once, also when the channel was closed meanwhile. Dropping it gives the room back.
template <class T>
class Permit {
 public:
  Permit(Permit&&) noexcept = default;
  Permit& operator=(Permit other) noexcept {
    std::swap(ticket_, other.ticket_);
    return *this;
  }
  ~Permit() {
    if (ticket_.channel() != nullptr) ticket_.channel()->give_room();
  }

  /// Sends, and uses the permit up. When the receiver is gone it gives the value back instead.
  std::expected<void, T> send(T value) {
    if (ticket_.channel() == nullptr) {
      misuse("A permit was used twice, or after it was moved from.", "one permit sends one value.", "06-channel");
    }
    if (!ticket_.channel()->push(value)) return std::unexpected(std::move(value));
    const Ticket<T> used_up(std::move(ticket_));
    return {};
  }

 private:
  friend class Reserve<T>;
  explicit Permit(Ticket<T>&& ticket) noexcept : ticket_(std::move(ticket)) {}

  Ticket<T> ticket_;
};

/// Why there is no permit: the receiver is gone, or has closed the channel.
struct Closed {};

/// A wish for room, and its place in line: what a Reserve and a Send have inside. Dropping it leaves the line.
template <class T>
class RoomRequest {
 public:
  explicit RoomRequest(Ticket<T>&& ticket) noexcept : ticket_(std::move(ticket)) {}
  RoomRequest(RoomRequest&&) = default;
  RoomRequest& operator=(RoomRequest&&) = delete;
  ~RoomRequest() {
    if (waiter_.must_leave()) ticket_.channel()->leave(waiter_);
  }

  /// Asks for room. When there is some, or never will be, take() is next.
  Permits::Answer ask(const Waker& waker) { return channel().poll_room(waiter_, waker); }
  Ticket<T> take() noexcept { return std::move(ticket_); }

  /// Asks for room, and puts `value` into it. Unless it waits, it is finished.
  Permits::Answer send(const Waker& waker, T& value) { return channel().poll_send(waiter_, waker, value, ticket_); }

 private:
  Channel<T>& channel() const {
    if (ticket_.channel() == nullptr) {
      misuse("A reserve (or a send) was polled again after it was Ready.", "call it again for the next value.",
             "06-channel");
    }
    return *ticket_.channel();
  }

  PermitWaiter waiter_{1};  // First, so that a move that it refuses has moved nothing yet.
  Ticket<T> ticket_;
};

/// Waits for room. Cancel-safe: dropping it gives up its place in line, and no room is lost.
template <class T>
class [[nodiscard]] Reserve {
 public:
  using Output = std::expected<Permit<T>, Closed>;
  explicit Reserve(Ticket<T>&& ticket) noexcept : request_(std::move(ticket)) {}

  Poll<Output> poll(Context& context) {
    const auto answer = request_.ask(context.waker());
    if (answer == Permits::Answer::waiting) return pending;
    Ticket<T> ticket = request_.take();
    if (answer == Permits::Answer::closed) return Ready<Output>(std::unexpected(Closed{}));
    return Ready<Output>(Permit<T>(std::move(ticket)));
  }

 private:
  RoomRequest<T> request_;
};

/// Waits for room and sends. Ready with nothing, or with the value when nobody will receive it.
///
/// Not cancel-safe: dropped before it is ready, it takes its value along. Where that matters, reserve() first.
template <class T>
class [[nodiscard]] Send {
 public:
  using Output = std::expected<void, T>;
  Send(Ticket<T>&& ticket, T&& value) : request_(std::move(ticket)), value_(std::move(value)) {}

  // #region send
  Poll<Output> poll(Context& context) {
    const auto answer = request_.send(context.waker(), value_);
    if (answer == Permits::Answer::waiting) return pending;
    if (answer == Permits::Answer::closed) return Ready<Output>(std::unexpected(std::move(value_)));
    return Ready<Output>(Output());
  }
  // #endregion

 private:
  RoomRequest<T> request_;
  T value_;
};

}  // namespace kettle::mpsc
