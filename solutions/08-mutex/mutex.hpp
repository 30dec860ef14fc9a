#pragma once
// A fair async mutex
// build · lesson 08 · ./learn test 08-mutex/mutex
//
//     guard ----> [ locked | value ]        line_:  lock A  <-  lock B  <-  lock C
//       ends:  A is taken out of the line, the lock is his, A's task is woken; locked stays true all the time
//
// Your task, one step at a time:
//   1. lock() is a future. Free? The first poll locks, and is Ready with the guard, the only way to the value.
//   2. Locked? Then it is Pending, and stands in line. The guard's end hands the lock to the first in line and wakes
//      him, and nobody else. With nobody in line the mutex is free.
//   3. The place in line is taken at the first poll. Everybody has his turn in that order.
//   4. Nobody overtakes: from the wake-up on the lock belongs to the one who was woken, although he has not been
//      polled yet. try_lock(), which never waits, gets nothing then.
//   5. A lock future that is dropped while it waits leaves the line.
//   6. One that is dropped when the lock was already his passes it on.
//   7. Polled again before its turn, it keeps its place; the task that polled last is the one to wake.
//   8. A guard that is moved unlocks once. And so ten tasks that read, wait and write make ten.
//
// Given: the shape below. It is for the tasks of one thread, so no lock for threads is needed, and no allocation: the
// futures themselves stand in line. A mutex outlives its guards and its lock futures.
// Do not use: kettle::Mutex, kettle::Semaphore, kettle::Permits.

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
    if (!is_linked()) mutex_.line_.push_back(*this);
    waker_ = context.waker();
    return kettle::pending;
  }

 private:
  friend class Mutex;
  Mutex& mutex_;
  bool granted_ = false;  // The lock is ours, and the guard not yet made.
  kettle::Waker waker_ = kettle::Waker::noop();
};

}  // namespace mine
