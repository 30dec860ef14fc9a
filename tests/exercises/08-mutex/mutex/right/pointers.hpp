// Shape: pointers in a deque, and the owner of the lock instead of two flags.
#include <kettle/waker.hpp>

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

namespace mine {

/// A value that one task at a time may touch, also across its awaits.
template <class T>
class Mutex {
 public:
  class Guard;
  class Lock;

  explicit Mutex(T value = T()) : value_(std::move(value)) {}
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  /// Waits until the value is free: `auto guard = co_await mutex.lock();`
  Lock lock() { return Lock(*this); }

  /// The guard, if the value is free now.
  std::optional<Guard> try_lock() {
    if (is_locked_) return std::nullopt;
    is_locked_ = true;
    return Guard(*this);
  }

 private:
  // Called by whoever has the lock: hands it to the first in line, if there is one.
  void unlock() {
    is_locked_ = !line_.empty();
    given_to_ = nullptr;
    if (!is_locked_) return;
    given_to_ = line_.front();
    line_.pop_front();
    const kettle::Waker next = given_to_->waker_;
    next.wake();
  }

  T value_;
  bool is_locked_ = false;
  Lock* given_to_ = nullptr;  // Whose turn it is, until he is polled.
  std::deque<Lock*> line_;
};

/// The locked value. Its end unlocks.
template <class T>
class Mutex<T>::Guard {
 public:
  explicit Guard(Mutex& mutex) : mutex_(&mutex) {}
  Guard(Guard&& other) noexcept : mutex_(std::exchange(other.mutex_, nullptr)) {}
  Guard& operator=(Guard other) noexcept {
    std::swap(mutex_, other.mutex_);
    return *this;
  }
  ~Guard() {
    if (mutex_ != nullptr) mutex_->unlock();
  }

  T& operator*() const { return mutex_->value_; }
  T* operator->() const { return &mutex_->value_; }

 private:
  Mutex* mutex_;  // nullptr after a move: then another guard has the lock.
};

/// Ready with the guard when it is this one's turn. It stays where it is made.
template <class T>
class Mutex<T>::Lock {
 public:
  using Output = Guard;

  explicit Lock(Mutex& mutex) : mutex_(mutex) {}
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock() {
    std::erase(mutex_.line_, this);
    if (mutex_.given_to_ == this) mutex_.unlock();
  }

  kettle::Poll<Guard> poll(kettle::Context& context) {
    if (mutex_.given_to_ == this || !mutex_.is_locked_) {
      mutex_.given_to_ = nullptr;
      mutex_.is_locked_ = true;
      return kettle::Ready<Guard>(Guard(mutex_));
    }
    if (std::ranges::find(mutex_.line_, this) == mutex_.line_.end()) mutex_.line_.push_back(this);
    waker_ = context.waker();
    return kettle::pending;
  }

 private:
  friend class Mutex;
  Mutex& mutex_;
  kettle::Waker waker_ = kettle::Waker::noop();
};

}  // namespace mine
