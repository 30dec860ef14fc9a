#pragma once
// timeout: a future with a time limit. Lesson 07.
//
// The future is asked first, so one that is ready at the very deadline is in time. When time is up it is dropped,
// which cancels it; when it is in time, the timer is. What the future throws, timeout throws. Cancel-safe if the
// future is.

#include <expected>
#include <utility>

#include "kettle/child.hpp"
#include "kettle/time.hpp"

namespace kettle {

/// The answer "too late".
struct Elapsed {};

/// Ready with the future's value, or with Elapsed.
template <class F>
class [[nodiscard]] Timeout {
 public:
  using Output = std::expected<typename std::remove_reference_t<F>::Output, Elapsed>;

  Timeout(Instant deadline, F future) : child_(std::forward<F>(future)), limit_(Sleep(deadline)) {}

  // #region poll
  Poll<Output> poll(Context& context) {
    if (!child_.is_there()) {
      misuse("A timeout was polled again after it was Ready.", "after Ready, a future is finished.", "01-future");
    }
    auto answer = child_.future().poll(context);
    if (answer.is_pending() && poll_child(limit_, context).is_pending()) return pending;
    child_.drop();
    limit_.drop();
    if (answer.is_ready()) return in_time(std::move(answer));
    return Ready<Output>(std::unexpected(Elapsed{}));
  }
  // #endregion

 private:
  template <class T>
  static Poll<Output> in_time(Poll<T> answer) {
    if constexpr (std::is_void_v<T>) {
      return Ready<Output>(Output());
    } else {
      return Ready<Output>(Output(std::in_place, answer.take()));
    }
  }

  Child<F> child_;
  Child<Sleep> limit_;
};

/// Waits for `future`, for `length` at the most, counted from this call. The future is polled once at the least.
template <class F>
  requires Future<std::remove_reference_t<F>>
Timeout<F> timeout(Duration length, F&& future) {
  return Timeout<F>(later(Clock::now(), length), std::forward<F>(future));
}

/// Waits for `future`, until `instant` at the latest. The future is polled once at the least.
template <class F>
  requires Future<std::remove_reference_t<F>>
Timeout<F> deadline(Instant instant, F&& future) {
  return Timeout<F>(instant, std::forward<F>(future));
}

}  // namespace kettle
