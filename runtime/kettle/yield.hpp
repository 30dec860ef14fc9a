#pragma once
// yield_now: lets the other ready tasks have their turn. Lesson 05.
//
// A task gives its thread away only where it is Pending. A long computation that never is would keep all others
// waiting; a yield in its loop puts the task at the back of the ready queue.

#include "kettle/waker.hpp"

namespace kettle {

/// Pending once, with a wake-up already on its way.
class [[nodiscard]] Yield {
 public:
  using Output = void;

  Poll<> poll(Context& context) noexcept {
    if (yielded_) return Ready();
    yielded_ = true;
    context.waker().wake();
    return pending;
  }

 private:
  bool yielded_ = false;
};

/// Goes to the back of the queue: `co_await yield_now();`
inline Yield yield_now() noexcept { return {}; }

}  // namespace kettle
