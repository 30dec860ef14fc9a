#pragma once
// RwLock: many readers at once, or one writer. Lesson 08.
//
// A semaphore again: a reader takes one permit, a writer takes all. Because the line is in order, a writer that waits
// is not overtaken by later readers, and nobody starves. The guards are the only way to the value.

#include <utility>

#include "kettle/semaphore.hpp"

namespace kettle {

template <class T>
class RwLock;

/// The value, locked: const for a reader. Destroying the guard unlocks it.
template <class T>
class [[nodiscard]] RwLockGuard {
 public:
  RwLockGuard(SemaphorePermit permit, T& value) noexcept : permit_(std::move(permit)), value_(&value) {}
  T& operator*() const noexcept { return *value_; }
  T* operator->() const noexcept { return value_; }

 private:
  SemaphorePermit permit_;
  T* value_;
};

/// Waits for the right to read (T is const) or to write. Cancel-safe: dropping it gives up its place in line.
template <class T>
class [[nodiscard]] LockRw {
 public:
  using Output = RwLockGuard<T>;
  LockRw(Acquire acquire, T& value) : acquire_(std::move(acquire)), value_(value) {}

  Poll<Output> poll(Context& context) {
    auto acquired = acquire_.poll(context);
    if (acquired.is_pending()) return pending;
    return Ready<Output>(RwLockGuard<T>(std::move(*acquired.take()), value_));
  }

 private:
  Acquire acquire_;
  T& value_;
};

/// A value that many may read or one may write. It must outlive its guards and the tasks that wait for it.
template <class T>
class RwLock {
 public:
  explicit RwLock(T value = T()) : value_(std::move(value)) {}

  /// Waits until nobody writes, or waits to: `auto menu = co_await lock.read();`
  LockRw<const T> read() { return LockRw<const T>(semaphore_.acquire(1), value_); }

  /// Waits until nobody reads or writes.
  LockRw<T> write() { return LockRw<T>(semaphore_.acquire(most_readers), value_); }

 private:
  static constexpr std::size_t most_readers = 1'000'000'000;
  Semaphore semaphore_{most_readers, "rw_lock"};
  T value_;
};

}  // namespace kettle
