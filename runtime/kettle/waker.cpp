// Counting wakers down, and the waker that reaches nobody.
#include "kettle/waker.hpp"

namespace kettle {

Context::Context() noexcept : waker_(&Waker::noop()) {}

// Going from two references to one leaves only the owner. If the owner is asleep and watches for that, it is woken
// first, while our own reference still keeps it alive: it would wait for ever, and now it can say so.
void Wakeable::drop_reference() noexcept {
  auto state = state_.load(std::memory_order_acquire);
  for (;;) {
    if ((state & ~flags) == one_reference) return destroy();  // Nobody else is left who could count.
    const bool last_waker = (state & ~flags) == 2 * one_reference;
    if (last_waker && (state & flags) == watched) {
      wake();
      state = state_.load(std::memory_order_acquire);
    } else if (state_.compare_exchange_weak(state, state - one_reference, sync_order)) {
      return;
    }
  }
}

bool Wakeable::retire() noexcept {
  auto state = state_.load(std::memory_order_acquire);
  for (;;) {
    if ((state & notified) != 0) return false;
    if ((state & ~flags) == one_reference) {
      destroy();
      return true;
    }
    if (state_.compare_exchange_weak(state, (state | notified) - one_reference, sync_order)) return true;
  }
}

}  // namespace kettle
