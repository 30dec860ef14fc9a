#pragma once
// Patience: a time limit that is moved on again and again. Lesson 10.
//
// A connection has one for as long as it lives, and with each request the limit moves. To arm and cancel a timer every
// time would be work for nothing: hardly any of them rings. So the timer stays where it is, and when it rings too early,
// it is set anew, which for a busy connection is once a minute.

#include <kettle/time.hpp>

#include <optional>

namespace hello {

/// Ready once its limit has passed. For one task; it stays where it is.
class Patience {
 public:
  using Output = void;

  /// Moves the limit. Only while nobody waits.
  void last_until(kettle::Instant limit) noexcept { limit_ = limit; }

  // #region poll
  kettle::Poll<> poll(kettle::Context& context) {
    if (!alarm_ || limit_ < alarm_->deadline()) alarm_.emplace(limit_);
    while (alarm_->poll(context).is_ready()) {
      if (alarm_->deadline() == limit_) return end();
      alarm_.emplace(limit_);  // It rang for an older limit.
    }
    return kettle::pending;
  }
  // #endregion

 private:
  kettle::Poll<> end() noexcept {
    alarm_.reset();
    return kettle::Ready();
  }

  kettle::Instant limit_ = kettle::never;
  std::optional<kettle::Sleep> alarm_;
};

}  // namespace hello
