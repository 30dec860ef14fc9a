#pragma once
// Wake batch: wakers that were taken out under a lock, to be called after it. Lesson 06.
//
// Waking runs somebody else's code, and so does letting go of the last waker of a task. Neither may happen while a
// lock is held that this code might want. Declare the batch before the lock: then it wakes when the lock is gone.

#include <array>
#include <cstddef>
#include <utility>

#include "kettle/waker.hpp"

namespace kettle {

/// A few wakers on their way. It never allocates, so it cannot fail.
class WakeBatch {
 public:
  WakeBatch() noexcept = default;
  ~WakeBatch() { wake_all(); }
  WakeBatch(const WakeBatch&) = delete;
  WakeBatch& operator=(const WakeBatch&) = delete;

  /// Whether it should be woken before more is put in. There is always room for a last one.
  bool is_full() const noexcept { return size_ + 1 >= room; }

  /// Takes `waker` in.
  void push(Waker waker) noexcept { wakers_[size_++].waker = std::move(waker); }

  /// Calls every waker, in the order in which they came, and lets them go. Hold no lock.
  void wake_all() noexcept {
    const std::size_t count = std::exchange(size_, 0);
    for (std::size_t i = 0; i < count; ++i) {
      const Waker waker = std::exchange(wakers_[i].waker, Waker::noop());
      waker.wake();
    }
  }

 private:
  static constexpr std::size_t room = 16;
  struct Slot {
    Waker waker = Waker::noop();
  };
  std::array<Slot, room> wakers_;
  std::size_t size_ = 0;
};

}  // namespace kettle
