#pragma once
// Notify: "something has changed, look again", without a value. Lesson 08.
//
// notify_one() wakes the task that has waited longest; if none waits, the next one to come does not wait: one such
// call is remembered, never more. notify_waiters() wakes those that wait now. Works on any thread.

#include <cstdint>

#include "kettle/permits.hpp"

namespace kettle {

class Notify;

/// Waits to be notified. Cancel-safe: dropped with a notification that it did not use, it passes that on to the next
/// in line, or to the next to come.
class [[nodiscard]] Notified {
 public:
  using Output = void;
  explicit Notified(Notify& notify) noexcept : notify_(&notify) {}
  Notified(Notified&&) = default;
  Notified& operator=(Notified&&) = delete;
  ~Notified();
  Poll<> poll(Context& context);

 private:
  Notify* notify_;
  PermitWaiter waiter_{1};
};

/// It must outlive the futures that wait for it.
class Notify {
 public:
  Notify() noexcept;
  Notify(const Notify&) = delete;
  Notify& operator=(const Notify&) = delete;

  /// Waits for the next notification; its place in line is taken at its first poll.
  Notified notified() noexcept { return Notified(*this); }

  void notify_one() noexcept;
  void notify_waiters() noexcept;

 private:
  friend class Notified;
  sync::Mutex mutex_;
  Permits permits_{0};
  std::uint64_t number_;
};

}  // namespace kettle
