#pragma once
// Waker: how a future that said Pending says "poll me again". Lesson 02.
//
// A waker is one word that points at something wakeable: a header with a count of its wakers and one bit, "notified".
// Waking sets the bit; only the first wake since the last poll has any further effect. Waking, copying and
// destroying a waker are safe on any thread, cost one atomic operation, and never throw.

#include <cstdint>
#include <utility>

#include "kettle/poll.hpp"
#include "kettle/sync.hpp"

namespace kettle {

/// What wakers point at: derive from it to make something that can be woken.
///
/// It begins with one reference, its owner's, or with more; each waker holds one. When the last is gone, destroy() is
/// called.
class Wakeable {
 public:
  Wakeable(const Wakeable&) = delete;
  Wakeable& operator=(const Wakeable&) = delete;

  /// Says that another poll is worth while.
  // #region wake
  void wake() noexcept {
    const auto before = state_.fetch_or(notified, sync_order);
    if ((before & notified) == 0) schedule();
  }
  // #endregion

  /// Whether it was woken since the last clear_notified().
  bool is_notified() const noexcept { return (state_.load(std::memory_order_acquire) & notified) != 0; }

  /// Forgets the wake-up, just before the poll that it asked for: what was written before the wake is visible now.
  void clear_notified() noexcept { state_.fetch_and(~(notified | watched), sync_order); }

  /// Whether anybody but the owner holds a reference.
  bool is_held() const noexcept { return (state_.load(std::memory_order_acquire) & ~flags) != one_reference; }

  /// Whether no waker is left. From now until clear_notified(), the last waker to go wakes before it goes.
  bool is_forgotten() noexcept { return (state_.fetch_or(watched, sync_order) & ~flags) == one_reference; }

  /// Makes every later wake-up a no-op. False when an earlier one is still on its way to schedule().
  bool close() noexcept { return (state_.fetch_or(notified, sync_order) & notified) == 0; }

  /// Gives up the owner's reference, or another one that it began with.
  void release() noexcept { drop_reference(); }

  /// close() and release() in one. False, and nothing done, when an earlier wake-up is still on its way to schedule().
  bool retire() noexcept;

 protected:
  Wakeable() noexcept = default;

  /// One that begins with so many references, and with a wake-up on its way, for which schedule() is called by hand.
  explicit Wakeable(std::uint32_t references) noexcept : state_(references * one_reference | notified) {}
  virtual ~Wakeable() = default;

 private:
  friend class Waker;
  friend class LentWaker;

  /// Called by the first wake since the last poll, on the waking thread: arrange for a poll. Must not poll here.
  virtual void schedule() noexcept = 0;

  /// Called when the last reference is gone, on any thread.
  virtual void destroy() noexcept { delete this; }

  void add_reference() noexcept { state_.fetch_add(one_reference, std::memory_order_relaxed); }
  void drop_reference() noexcept;

  // The state word: a count of references above two flags.
  //
  //   | references ... | watched | notified |
  static constexpr auto sync_order = std::memory_order_acq_rel;
  static constexpr std::uint32_t notified = 1;
  static constexpr std::uint32_t watched = 2;
  static constexpr std::uint32_t flags = notified | watched;
  static constexpr std::uint32_t one_reference = 4;
  sync::Atomic<std::uint32_t> state_{one_reference};
};

/// A handle that wakes one task. Copy it to keep it.
class Waker {
 public:
  /// A waker that reaches nobody, for polling by hand.
  static const Waker& noop() noexcept { return nobody; }

  /// A waker for `target`.
  explicit Waker(Wakeable& target) noexcept : target_(&target) { target_->add_reference(); }

  Waker(const Waker& other) noexcept : target_(other.target_) {
    if (target_ != nullptr) target_->add_reference();
  }
  Waker(Waker&& other) noexcept : target_(std::exchange(other.target_, nullptr)) {}
  Waker& operator=(Waker other) noexcept {
    std::swap(target_, other.target_);
    return *this;
  }
  ~Waker() {
    if (target_ != nullptr) target_->drop_reference();
  }

  /// Asks for another poll of the task. Waking twice before that poll is the same as waking once.
  void wake() const noexcept {
    if (target_ != nullptr) target_->wake();
  }

  /// Whether both wake the same task. A future that is polled again need not replace such a waker.
  bool will_wake(const Waker& other) const noexcept { return target_ == other.target_; }

 private:
  friend class LentWaker;
  constexpr Waker() noexcept = default;
  static const Waker nobody;
  Wakeable* target_ = nullptr;
};
inline constinit const Waker Waker::nobody;

/// A waker for the length of one poll. It is not counted, because whoever polls keeps the target alive meanwhile; a
/// future that keeps the waker copies it, and the copy is counted.
class LentWaker {
 public:
  explicit LentWaker(Wakeable& target) noexcept { waker_.target_ = &target; }
  ~LentWaker() { waker_.target_ = nullptr; }
  LentWaker(const LentWaker&) = delete;
  LentWaker& operator=(const LentWaker&) = delete;

  const Waker& waker() const noexcept { return waker_; }

 private:
  Waker waker_;
};

}  // namespace kettle
