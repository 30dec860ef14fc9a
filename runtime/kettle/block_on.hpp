#pragma once
// block_on: runs one future on this thread until it is ready. Lesson 02.
//
// Poll; if Pending, sleep until woken; poll again: once at the start and once after each wake-up. (And one last time
// when nobody can wake it any more, to hear what it waits for.) What it sleeps on is the thread's park stack.

#include <type_traits>

#include "kettle/root.hpp"

namespace kettle {

/// Polls `future` on this thread until it is ready, and returns its value or throws what it threw.
///
/// Between polls the thread sleeps. Throws Stuck when the future is pending and nobody can wake it, and Misuse when
/// it is called from inside another block_on.
// #region block_on
template <Future F>
typename F::Output block_on(F& future) {
  Root root;
  for (;;) {
    auto answer = root.poll(future);
    if (answer.is_ready()) return answer.take();
    root.wait();
  }
}
// #endregion

/// The same for a future that is made on the spot: `block_on(make_tea())`.
template <class F>
  requires(Future<F> && !std::is_reference_v<F>)
typename F::Output block_on(F&& future) {
  return block_on(future);
}

}  // namespace kettle
