// Mistake: the receiver asks whether the sender is gone before it asks whether there is a value.
// Kind: lost value
// Fails: a value that was sent first is Ready at the first poll
// Fails: it works between two threads
#include <kettle/waker.hpp>

#include <expected>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace mine {

/// What the two ends share.
template <class T, class Mutex>
struct Shared {
  Mutex mutex;  // Guards the rest.
  std::optional<T> value;
  bool sender_gone = false;
  bool receiver_gone = false;
  kettle::Waker waker = kettle::Waker::noop();
};

/// The end that sends, once. It can be moved.
template <class T, class Mutex = std::mutex>
class Sender {
 public:
  explicit Sender(std::shared_ptr<Shared<T, Mutex>> shared) : shared_(std::move(shared)) {}
  Sender(Sender&&) noexcept = default;
  Sender& operator=(Sender&&) = delete;
  ~Sender() {
    if (shared_ == nullptr) return;
    kettle::Waker waker = kettle::Waker::noop();
    {
      const std::lock_guard lock(shared_->mutex);
      shared_->sender_gone = true;
      std::swap(waker, shared_->waker);
    }
    waker.wake();
  }

  /// Gives `value` to the receiver; back when the receiver is gone. For one call.
  std::expected<void, T> send(T value) {
    const auto shared = shared_;
    kettle::Waker waker = kettle::Waker::noop();
    {
      const std::lock_guard lock(shared->mutex);
      if (shared->receiver_gone) return std::unexpected(std::move(value));
      shared->value.emplace(std::move(value));
      std::swap(waker, shared->waker);
    }
    waker.wake();
    return {};
  }

 private:
  std::shared_ptr<Shared<T, Mutex>> shared_;
};

/// The end that receives: a future of the value, or of nothing. It can be moved.
template <class T, class Mutex = std::mutex>
class Receiver {
 public:
  using Output = std::optional<T>;

  explicit Receiver(std::shared_ptr<Shared<T, Mutex>> shared) : shared_(std::move(shared)) {}
  Receiver(Receiver&&) noexcept = default;
  Receiver& operator=(Receiver&&) = delete;
  ~Receiver() {
    if (shared_ == nullptr) return;
    std::optional<T> untaken;  // This one and the next are declared before the lock, so they end after it.
    kettle::Waker waker = kettle::Waker::noop();
    const std::lock_guard lock(shared_->mutex);
    shared_->receiver_gone = true;
    if (shared_->value) untaken.emplace(std::move(*shared_->value));
    shared_->value.reset();
    std::swap(waker, shared_->waker);
  }

  kettle::Poll<Output> poll(kettle::Context& context) {
    kettle::Waker waker = context.waker();  // In the end the older one, to be let go after the lock.
    const std::lock_guard lock(shared_->mutex);
    if (shared_->sender_gone) return kettle::Ready<Output>(std::nullopt);
    if (shared_->value) return kettle::Ready<Output>(std::exchange(shared_->value, std::nullopt));
    std::swap(waker, shared_->waker);
    return kettle::pending;
  }

 private:
  std::shared_ptr<Shared<T, Mutex>> shared_;
};

/// A new channel for one T.
template <class T, class Mutex = std::mutex>
std::pair<Sender<T, Mutex>, Receiver<T, Mutex>> oneshot() {
  auto shared = std::make_shared<Shared<T, Mutex>>();
  return {Sender<T, Mutex>(shared), Receiver<T, Mutex>(shared)};
}

}  // namespace mine
