#pragma once
// Permits: a number of things to be had, handed out in the order in which they were asked for. Lesson 06.
//
// The slots of a channel, the units of a semaphore, the one key of a mutex: who finds none stands in line, and what
// comes back is given to the first in line, who then owns it even before he runs again. Nobody overtakes. Not
// thread-safe: the owner holds a lock around every call, and wakes after it.

#include <cstddef>
#include <cstdint>
#include <utility>

#include "kettle/intrusive_list.hpp"
#include "kettle/wake_batch.hpp"

namespace kettle {

/// A future's place in line. It may move until it stands there.
class PermitWaiter : public ListNode {
 public:
  explicit PermitWaiter(std::size_t wanted) noexcept : wanted_(wanted) {}

  /// Misuse when `other` has waited: the line refers to it.
  PermitWaiter(PermitWaiter&& other);

  std::size_t wanted() const noexcept { return wanted_; }

  /// Whether it has stood in line and not left: then, and only then, its end must be told to leave(). For the
  /// waiting task alone, so that asking takes no lock.
  bool must_leave() const noexcept { return must_leave_; }

 private:
  friend class Permits;
  std::size_t wanted_;
  bool granted_ = false;
  bool must_leave_ = false;
  Waker waker_ = Waker::noop();
};

class Permits {
 public:
  enum class Answer { granted, waiting, closed };

  explicit Permits(std::size_t count) noexcept : available_(count) {}

  std::size_t available() const noexcept { return available_; }
  bool is_closed() const noexcept { return closed_; }

  /// How many are wanted, in all, by those who stand in line.
  std::size_t wanted() const noexcept { return wanted_; }

  /// Whether anybody stands in line.
  bool has_line() const noexcept { return !line_.empty(); }

  /// Takes `count` if they are there and nobody stands in line.
  bool try_take(std::size_t count) noexcept {
    if (closed_ || !line_.empty() || available_ < count) return false;
    available_ -= count;
    return true;
  }

  /// Takes all that are there, whoever waits for more.
  std::size_t take_all() noexcept { return std::exchange(available_, 0); }

  /// Takes what `waiter` wants, or puts it in line with `waker`. An older waker of it goes into `replaced`, to be let
  /// go without the lock.
  Answer poll(PermitWaiter& waiter, const Waker& waker, Waker& replaced) noexcept;

  /// Takes `waiter` out of the line, or takes back what it was granted. Then hand_out().
  void leave(PermitWaiter& waiter) noexcept;

  /// Puts `count` back. Then hand_out().
  void give(std::size_t count) noexcept { available_ += count; }

  /// Nobody gets any more: who stands in line, or comes later, is answered `closed`. Then hand_out().
  void close() noexcept { closed_ = true; }

  /// Grants what is there to those in line, and puts their wakers into `batch`. True when the batch was too small
  /// for all of them: wake it without the lock, and call again.
  bool hand_out(WakeBatch& batch) noexcept;

 private:
  std::size_t available_;
  std::size_t wanted_ = 0;
  bool closed_ = false;
  IntrusiveList<PermitWaiter> line_;
};

/// Hands out to a line that is there, leaving the lock whenever the batch is full.
void hand_out_to_line(Permits& permits, sync::Lock& lock, WakeBatch& batch) noexcept;

/// Hands out all there is, leaving the lock whenever the batch is full.
inline void hand_out(Permits& permits, sync::Lock& lock, WakeBatch& batch) noexcept {
  if (permits.has_line()) hand_out_to_line(permits, lock, batch);
}

/// The next number for a thing of this kind, by which reports and traces know it: channel 1, channel 2, ...
template <class Kind>
std::uint64_t next_number() noexcept {
  static constinit sync::Atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace kettle
