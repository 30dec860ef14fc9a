#pragma once
// Wake batch: wakers that were taken out under a lock, to be called after it. Lesson 06.
//
// Waking runs somebody else's code, and so does letting go of the last waker of a task. Neither may happen while a
// lock is held that this code might want. Declare the batch before the lock: then it wakes when the lock is gone.

#include <array>
#include <cstddef>
#include <memory>
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
  void push(Waker waker) noexcept { std::construct_at(&slots_[size_++].waker, std::move(waker)); }

  /// Calls every waker, in the order in which they came, and lets them go. Hold no lock.
  void wake_all() noexcept {
    const std::size_t count = std::exchange(size_, 0);
    for (std::size_t i = 0; i < count; ++i) {
      const Waker waker = std::move(slots_[i].waker);
      std::destroy_at(&slots_[i].waker);
      waker.wake();
    }
  }

 private:
  static constexpr std::size_t room = 16;
  // Room for a waker, without one in it: most batches stay empty, and making one costs nothing.
  union Slot {
    Slot() noexcept {}
    ~Slot() {}
    Waker waker;
  };
  std::array<Slot, room> slots_;
  std::size_t size_ = 0;
};

}  // namespace kettle
