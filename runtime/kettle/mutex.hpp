#pragma once
// Mutex: one task at a time may touch the value, and may co_await meanwhile. Lesson 08.
//
// The value is inside: the guard that lock() gives is the only way to it, so it cannot be touched unlocked. Tasks get
// it in the order in which they asked. A semaphore with one permit does all the work. Works on any thread.

#include <optional>
#include <utility>

#include "kettle/semaphore.hpp"

namespace kettle {

/// The locked value. Destroying the guard unlocks it, and wakes the next in line.
// #region guard
template <class T>
class [[nodiscard]] MutexGuard {
 public:
  MutexGuard(HeldPermits permit, T& value) noexcept : permit_(std::move(permit)), value_(&value) {}
  MutexGuard(MutexGuard&& other) noexcept
      : permit_(std::move(other.permit_)), value_(std::exchange(other.value_, nullptr)) {}
  MutexGuard& operator=(MutexGuard other) noexcept {
    std::swap(permit_, other.permit_);
    std::swap(value_, other.value_);
    return *this;
  }
  T& operator*() const noexcept { return *value_; }
  T* operator->() const noexcept { return value_; }

 private:
  HeldPermits permit_;
  T* value_;
};
// #endregion

/// Waits for the lock. Cancel-safe: dropping it gives up its place in line.
template <class T>
class [[nodiscard]] LockMutex {
 public:
  using Output = MutexGuard<T>;
  LockMutex(Semaphore& semaphore, std::size_t permits, T& value) noexcept
      : request_(semaphore, permits), value_(value) {}

  // #region poll
  Poll<Output> poll(Context& context) {
    if (request_.ask(context.waker()) == Permits::Answer::waiting) return pending;
    return Ready<Output>(MutexGuard<T>(request_.take(), value_));
  }
  // #endregion

 private:
  PermitRequest request_;
  T& value_;
};

/// A value and its lock. It must outlive its guards and the tasks that wait for it.
template <class T>
class Mutex {
 public:
  explicit Mutex(T value = T()) : value_(std::move(value)) {}

  /// Waits until the value is free: `auto guard = co_await mutex.lock();`
  LockMutex<T> lock() { return LockMutex<T>(semaphore_, 1, value_); }

  /// The guard, if the value is free now and nobody waits for it.
  std::optional<MutexGuard<T>> try_lock() noexcept {
    auto permit = semaphore_.try_hold();
    if (!permit) return std::nullopt;
    return MutexGuard<T>(std::move(*permit), value_);
  }

 private:
  Semaphore semaphore_{1, "mutex"};
  T value_;
};

}  // namespace kettle
