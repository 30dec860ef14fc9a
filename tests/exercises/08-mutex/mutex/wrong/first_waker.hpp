// Mistake: keeps the waker of the first poll
// Kind: wrong waker
// Fails: a lock future that is polled again keeps its place, and wakes the task that polled last
#include <kettle/intrusive_list.hpp>
#include <kettle/waker.hpp>

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
    if (locked_) return std::nullopt;
    locked_ = true;
    return Guard(*this);
  }

 private:
  // Called by whoever has the lock: hands it to the first in line, if there is one.
  void unlock() {
    Lock* const next = line_.pop_front();
    if (next == nullptr) {
      locked_ = false;
      return;
    }
    next->granted_ = true;
    const kettle::Waker waker = std::exchange(next->waker_, kettle::Waker::noop());
    waker.wake();
  }

  T value_;
  bool locked_ = false;  // While somebody has the lock, or has been granted it.
  kettle::IntrusiveList<Lock> line_;
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
class Mutex<T>::Lock : public kettle::ListNode {
 public:
  using Output = Guard;

  explicit Lock(Mutex& mutex) : mutex_(mutex) {}
  ~Lock() {
    unlink();
    if (granted_) mutex_.unlock();
  }

  kettle::Poll<Guard> poll(kettle::Context& context) {
    if (std::exchange(granted_, false)) return kettle::Ready<Guard>(Guard(mutex_));
    if (!mutex_.locked_) {
      mutex_.locked_ = true;
      return kettle::Ready<Guard>(Guard(mutex_));
    }
    if (!is_linked()) {
      mutex_.line_.push_back(*this);
      waker_ = context.waker();
    }
    return kettle::pending;
  }

 private:
  friend class Mutex;
  Mutex& mutex_;
  bool granted_ = false;  // The lock is ours, and the guard not yet made.
  kettle::Waker waker_ = kettle::Waker::noop();
};

}  // namespace mine
