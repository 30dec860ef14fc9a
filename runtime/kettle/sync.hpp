#pragma once
// Sync: the names under which the runtime uses atomics, thread locks and thread parking.
//
// A foundation. Nothing else in the runtime says std::atomic or std::mutex, so a model checker can stand in here and try
// every interleaving. In a process that has no second thread nothing has to be atomic: on Linux the C library knows, and
// Atomic and Mutex ask it, as the C library's own lock does.

#include <atomic>
#include <cstdint>
#include <mutex>

#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#endif

#include "kettle/clock.hpp"

namespace kettle::sync {

/// Whether nobody else can see what this thread does now. False also where that cannot be told.
inline bool is_alone() noexcept {
#if __has_include(<sys/single_threaded.h>)
  return __libc_single_threaded != 0;
#else
  return false;
#endif
}

/// A variable that several threads read and write without a lock: std::atomic, and cheaper for a thread that is alone.
/// Not for signal handlers, except load and store.
template <class T>
class Atomic {
 public:
  using Order = std::memory_order;
  constexpr Atomic() noexcept = default;
  constexpr Atomic(T value) noexcept : value_(value) {}

  T load(Order order = Order::seq_cst) const noexcept { return value_.load(order); }
  void store(T value, Order order = Order::seq_cst) noexcept { value_.store(value, order); }

  T exchange(T value, Order order = Order::seq_cst) noexcept {
    return is_alone() ? put(value) : value_.exchange(value, order);
  }
  T fetch_add(T value, Order order = Order::seq_cst) noexcept {
    return is_alone() ? put(static_cast<T>(now() + value)) : value_.fetch_add(value, order);
  }
  T fetch_sub(T value, Order order = Order::seq_cst) noexcept {
    return is_alone() ? put(static_cast<T>(now() - value)) : value_.fetch_sub(value, order);
  }
  T fetch_and(T value, Order order = Order::seq_cst) noexcept {
    return is_alone() ? put(static_cast<T>(now() & value)) : value_.fetch_and(value, order);
  }
  T fetch_or(T value, Order order = Order::seq_cst) noexcept {
    return is_alone() ? put(static_cast<T>(now() | value)) : value_.fetch_or(value, order);
  }

  bool compare_exchange_strong(T& expected, T value, Order order = Order::seq_cst) noexcept {
    return is_alone() ? put_if(expected, value) : value_.compare_exchange_strong(expected, value, order);
  }
  bool compare_exchange_weak(T& expected, T value, Order order = Order::seq_cst) noexcept {
    return is_alone() ? put_if(expected, value) : value_.compare_exchange_weak(expected, value, order);
  }
  bool compare_exchange_weak(T& expected, T value, Order order, Order failure) noexcept {
    return is_alone() ? put_if(expected, value) : value_.compare_exchange_weak(expected, value, order, failure);
  }

 private:
  T now() const noexcept { return value_.load(Order::relaxed); }
  T put(T value) noexcept {
    const T before = now();
    value_.store(value, Order::relaxed);
    return before;
  }
  bool put_if(T& expected, T value) noexcept {
    const T before = now();
    if (before == expected) {
      value_.store(value, Order::relaxed);
      return true;
    }
    expected = before;
    return false;
  }

  std::atomic<T> value_{};
};

/// Plain data that another thread also sees, after an atomic or a lock has passed it on.
template <class T>
using Shared = T;

/// Blocks this thread while `word` is `expected`, until `deadline` at the latest.
///
/// May return early for no reason: check the word again. Returns at once when the word already differs.
void wait(const Atomic<std::uint32_t>& word, std::uint32_t expected, Instant deadline) noexcept;

/// Wakes one thread that is blocked in wait() on `word`. Change the word first.
void notify_one(const Atomic<std::uint32_t>& word) noexcept;

/// Whether this process is known to have no thread but this one. False also where that cannot be told.
bool is_only_thread() noexcept;

#if defined(__linux__)
/// A lock for threads: held for a few lines, never across a co_await (lesson 08 brings the lock for tasks).
///
/// One word, with two answers for whoever finds it held: somebody waits already, or he is the first and says so.
class Mutex {
 public:
  void lock() noexcept {
    if (!try_lock()) lock_slowly();
  }
  bool try_lock() noexcept {
    std::uint32_t expected = free;
    return state_.compare_exchange_strong(expected, held, std::memory_order_acquire);
  }
  // The next holder may destroy the lock before notify_one: it uses only the address, to look who sleeps there.
  void unlock() noexcept {
    if (state_.exchange(free, std::memory_order_release) == awaited) notify_one(state_);
  }

 private:
  void lock_slowly() noexcept;
  static constexpr std::uint32_t free = 0;
  static constexpr std::uint32_t held = 1;
  static constexpr std::uint32_t awaited = 2;  // Held, and somebody may sleep until it is free.
  Atomic<std::uint32_t> state_{free};
};
#else
using Mutex = std::mutex;
#endif

/// Holds a Mutex until the end of the scope. It may let go of it for a while: unlock(), and lock() before the end.
class Lock {
 public:
  explicit Lock(Mutex& mutex) noexcept : mutex_(mutex) { lock(); }
  ~Lock() { unlock(); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  void lock() noexcept { mutex_.lock(); }
  void unlock() noexcept { mutex_.unlock(); }

 private:
  Mutex& mutex_;
};

}  // namespace kettle::sync
