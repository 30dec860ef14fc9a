#pragma once
// block_on: runs one future on this thread until it is ready. Lesson 02.
//
// Poll; if Pending, sleep until woken; poll again. It polls once at the start and once after each wake-up, never in
// between. What it sleeps on is the thread's park stack.

#include <stdexcept>
#include <string_view>
#include <type_traits>

#include "kettle/trace.hpp"
#include "kettle/waker.hpp"

namespace kettle {

/// Thrown by block_on when the future can never be ready: it is pending, and nobody is left who could wake it.
class Stuck : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The wakeable header of one block_on, and the thread that sleeps behind it.
class Root {
 public:
  /// Misuse when this thread is inside another block_on: sleeping here would stop everything that one runs.
  Root();
  ~Root();
  Root(const Root&) = delete;
  Root& operator=(const Root&) = delete;

  /// Polls `future` once. The wake-ups before it are used up: this poll is the answer to them.
  template <Future F>
  Poll<typename F::Output> poll(F& future) {
    const trace::Acting turn({"task", 1});
    begin_poll();
    Context context(waker_);
    try {
      auto answer = future.poll(context);
      end_poll(answer.is_ready() ? "ready" : "");
      return answer;
    } catch (...) {
      end_poll("threw");
      throw;
    }
  }

  /// Sleeps until woken. Throws Stuck when that cannot happen any more.
  void wait();

 private:
  class Header;
  void begin_poll() noexcept;
  void end_poll(std::string_view done);  // How it is done: "ready" or "threw". Empty: it is pending.
  Header* header_ = nullptr;
  Waker waker_;
};

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
