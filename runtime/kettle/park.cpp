// Three states and a futex.
#include "kettle/park.hpp"

namespace kettle {

// #region park
void Parker::park(Instant deadline) noexcept {
  std::uint32_t was = empty;
  if (state_.compare_exchange_strong(was, sleeping, std::memory_order_acquire)) {
    sync::wait(state_, sleeping, deadline);
  }
  state_.exchange(empty, std::memory_order_acquire);
}

void Parker::unpark() noexcept {
  if (state_.exchange(called, std::memory_order_release) == sleeping) sync::notify_one(state_);
}
// #endregion

ParkLayer*& park_stack() noexcept {
  constinit static thread_local ParkLayer* top = nullptr;
  return top;
}

}  // namespace kettle
