#pragma once
// RwLock: many readers at once, or one writer. Lesson 08.
//
// A semaphore again: a reader takes one permit, a writer takes all. Because the line is in order, a writer that waits
// is not overtaken by later readers, and nobody starves. The guards are the only way to the value.

#include <utility>

#include "kettle/mutex.hpp"

namespace kettle {

/// The locked value, const for a reader; and the future that waits for it. What they do is what a mutex's do.
template <class T>
using RwLockGuard = MutexGuard<T>;
template <class T>
using LockRw = LockMutex<T>;

/// A value that many may read or one may write. It must outlive its guards and the tasks that wait for it.
template <class T>
class RwLock {
 public:
  explicit RwLock(T value = T()) : value_(std::move(value)) {}

  /// Waits until nobody writes, or waits to: `auto menu = co_await lock.read();`
  LockRw<const T> read() { return LockRw<const T>(semaphore_, 1, value_); }

  /// Waits until nobody reads or writes.
  LockRw<T> write() { return LockRw<T>(semaphore_, most_readers, value_); }

 private:
  static constexpr std::size_t most_readers = 1'000'000'000;
  Semaphore semaphore_{most_readers, "rw_lock"};
  T value_;
};

}  // namespace kettle
