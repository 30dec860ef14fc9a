#pragma once
// Barrier: nobody goes on until all have arrived. Lesson 08.
//
// Every wait() is an arrival; the last of a group lets the whole group go, and is told that it was the last. Then the
// barrier is ready for the next group. Works on any thread. Cancel-safe: dropping a wait takes its arrival back.

#include <cstdint>

#include "kettle/permits.hpp"

namespace kettle {

class Barrier;

/// Waits for the group. Ready with true for the one that came last, and false for the others.
class [[nodiscard]] BarrierWait {
 public:
  using Output = bool;
  explicit BarrierWait(Barrier& barrier) noexcept : barrier_(&barrier) {}
  BarrierWait(BarrierWait&&) = default;
  BarrierWait& operator=(BarrierWait&&) = delete;
  ~BarrierWait();
  Poll<bool> poll(Context& context);

 private:
  Barrier* barrier_;
  PermitWaiter waiter_{1};
  std::uint64_t round_ = 0;  // Which group it belongs to, once it has arrived.
};

/// It must outlive the futures that wait at it.
class Barrier {
 public:
  /// Misuse when `group` is zero.
  explicit Barrier(std::size_t group);
  Barrier(const Barrier&) = delete;
  Barrier& operator=(const Barrier&) = delete;

  /// Arrives, and waits for the others. It counts as an arrival from its first poll on.
  BarrierWait wait() noexcept { return BarrierWait(*this); }

 private:
  friend class BarrierWait;
  sync::Mutex mutex_;
  Permits permits_{0};
  const std::size_t group_;
  std::size_t arrived_ = 0;  // Of the group that gathers now.
  std::uint64_t round_ = 0;  // How many groups have been let go.
  std::uint64_t number_;
};

}  // namespace kettle
