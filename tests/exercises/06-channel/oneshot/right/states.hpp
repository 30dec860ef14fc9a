// Shape: one variant says where the channel is: nobody has asked, a task waits, a value lies there, an end is gone.
#include <kettle/waker.hpp>

#include <expected>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <variant>

namespace mine {

struct Nothing {};
struct Over {};

template <class T, class Mutex>
struct Shared {
  using State = std::variant<Nothing, kettle::Waker, T, Over>;
  Mutex mutex;
  State state;

  // Replaces the state, unless it is Over. The old state comes back, to end without the lock.
  template <class New>
  State move_to(New next) {
    State old(Over{});
    const std::lock_guard lock(mutex);
    if (std::holds_alternative<Over>(state)) return old;
    State before = std::move(state);
    state.template emplace<New>(std::move(next));
    return before;
  }
};

template <class T, class Mutex = std::mutex>
class Sender {
 public:
  explicit Sender(std::shared_ptr<Shared<T, Mutex>> shared) : shared_(std::move(shared)) {}
  Sender(Sender&&) noexcept = default;
  Sender& operator=(Sender&&) = delete;
  ~Sender() {
    if (shared_ != nullptr) wake(shared_->move_to(Over{}));
  }

  std::expected<void, T> send(T value) {
    const auto shared = std::exchange(shared_, nullptr);
    typename Shared<T, Mutex>::State before;
    {
      const std::lock_guard lock(shared->mutex);
      if (std::holds_alternative<Over>(shared->state)) return std::unexpected(std::move(value));
      before = std::move(shared->state);
      shared->state.template emplace<T>(std::move(value));
    }
    wake(std::move(before));
    return {};
  }

 private:
  static void wake(typename Shared<T, Mutex>::State before) {
    if (const auto* const waker = std::get_if<kettle::Waker>(&before)) waker->wake();
  }
  std::shared_ptr<Shared<T, Mutex>> shared_;
};

template <class T, class Mutex = std::mutex>
class Receiver {
 public:
  using Output = std::optional<T>;
  explicit Receiver(std::shared_ptr<Shared<T, Mutex>> shared) : shared_(std::move(shared)) {}
  Receiver(Receiver&&) noexcept = default;
  Receiver& operator=(Receiver&&) = delete;
  ~Receiver() {
    if (shared_ != nullptr) shared_->move_to(Over{});
  }

  kettle::Poll<Output> poll(kettle::Context& context) {
    kettle::Waker waker = context.waker();
    const std::lock_guard lock(shared_->mutex);
    if (std::holds_alternative<Over>(shared_->state)) return kettle::Ready<Output>(std::nullopt);
    if (auto* const value = std::get_if<T>(&shared_->state)) {
      Output taken(std::move(*value));
      shared_->state.template emplace<Over>();
      return kettle::Ready<Output>(std::move(taken));
    }
    if (auto* const older = std::get_if<kettle::Waker>(&shared_->state)) {
      std::swap(waker, *older);
    } else {
      shared_->state.template emplace<kettle::Waker>(std::move(waker));
    }
    return kettle::pending;
  }

 private:
  std::shared_ptr<Shared<T, Mutex>> shared_;
};

template <class T, class Mutex = std::mutex>
std::pair<Sender<T, Mutex>, Receiver<T, Mutex>> oneshot() {
  auto shared = std::make_shared<Shared<T, Mutex>>();
  return {Sender<T, Mutex>(shared), Receiver<T, Mutex>(shared)};
}

}  // namespace mine
