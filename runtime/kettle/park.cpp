// A word, a futex, and the stack of layers above them.
#include "kettle/park.hpp"

#include <utility>

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
  const std::uint32_t was = state_.exchange(called, std::memory_order_acq_rel);
  if (was == sleeping) sync::notify_one(state_);
  if (was == elsewhere) bed_->interrupt();
}
// #endregion

bool Parker::go_to(const std::shared_ptr<OtherBed>& bed) noexcept {
  if (bed_ == nullptr) bed_ = bed;
  std::uint32_t was = empty;
  if (state_.compare_exchange_strong(was, elsewhere, std::memory_order_acq_rel)) return true;
  come_back();
  return false;
}

void Parker::come_back() noexcept { state_.exchange(empty, std::memory_order_acquire); }

ParkLayer*& park_stack() noexcept {
  constinit static thread_local ParkLayer* top = nullptr;
  return top;
}

void ParkLayer::put_on_top() noexcept { below_ = std::exchange(park_stack(), this); }

void ParkLayer::put_at_bottom() noexcept {
  ParkLayer** place = &park_stack();
  while (*place != nullptr) place = &(*place)->below_;
  *place = this;
}

void ParkLayer::take_out() noexcept {
  ParkLayer** place = &park_stack();
  while (*place != nullptr && *place != this) place = &(*place)->below_;
  if (*place == this) *place = below_;
}

bool ParkLayer::park_below(Parker& parker, Instant deadline) {
  if (below_ != nullptr) return below_->park(parker, deadline);
  parker.park(deadline);
  return false;
}

}  // namespace kettle
