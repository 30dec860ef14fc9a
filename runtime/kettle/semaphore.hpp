#pragma once
// Semaphore: at most so many at a time. Lesson 08.
//
// A number of permits; who wants some waits until they are there, in the order of asking: a large request is not
// overtaken by small ones. A permit comes back when its holder is destroyed. Works on any thread, but must outlive
// its permits and the futures that wait for them (or be shared with them: acquire_owned).
//
// While nobody waits, taking and giving back is one atomic operation each. The lock is for the line.

#include <expected>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "kettle/permits.hpp"

namespace kettle {

class Semaphore;

/// Permits that come back when this goes: what a SemaphorePermit and a MutexGuard have inside.
class HeldPermits {
 public:
  HeldPermits(Semaphore& semaphore, std::size_t count) noexcept : semaphore_(&semaphore), count_(count) {}
  HeldPermits(HeldPermits&& other) noexcept : semaphore_(other.semaphore_), count_(std::exchange(other.count_, 0)) {}
  HeldPermits& operator=(HeldPermits other) noexcept {
    std::swap(semaphore_, other.semaphore_);
    std::swap(count_, other.count_);
    return *this;
  }
  ~HeldPermits() {
    if (count_ != 0) give_back();
  }

  std::size_t count() const noexcept { return count_; }
  void forget() noexcept { count_ = 0; }

 private:
  void give_back() noexcept;
  Semaphore* semaphore_;
  std::size_t count_;
};

/// A wish for permits, and its place in line: what an Acquire and a LockMutex have inside. Dropping it leaves the line.
class PermitRequest {
 public:
  PermitRequest(Semaphore& semaphore, std::size_t count) noexcept : semaphore_(&semaphore), waiter_(count) {}
  PermitRequest(PermitRequest&&) = default;
  PermitRequest& operator=(PermitRequest&&) = delete;
  ~PermitRequest() { drop(); }

  /// Asks. Misuse after take().
  Permits::Answer ask(const Waker& waker);

  /// What was granted. Once, and then the request is finished.
  HeldPermits take() noexcept { return {*std::exchange(semaphore_, nullptr), waiter_.wanted()}; }

  /// Leaves the line, or gives back what was granted and not taken.
  void drop() noexcept {
    if (waiter_.must_leave()) leave();
  }

 private:
  void leave() noexcept;
  Semaphore* semaphore_;  // nullptr once it is finished.
  PermitWaiter waiter_;
};

/// Why there is no permit: the semaphore was closed.
struct SemaphoreClosed {};

/// Some permits in somebody's hand.
class [[nodiscard]] SemaphorePermit {
 public:
  explicit SemaphorePermit(HeldPermits permits, std::shared_ptr<Semaphore> keep = nullptr) noexcept
      : keep_(std::move(keep)), permits_(std::move(permits)) {}
  SemaphorePermit(SemaphorePermit&&) noexcept = default;
  SemaphorePermit& operator=(SemaphorePermit other) noexcept {
    std::swap(keep_, other.keep_);
    std::swap(permits_, other.permits_);
    return *this;
  }

  /// How many permits these are.
  std::size_t count() const noexcept { return permits_.count(); }

  /// Lets them vanish: the semaphore has fewer from now on.
  void forget() noexcept { permits_.forget(); }

 private:
  std::shared_ptr<Semaphore> keep_;  // First, so that it goes last.
  HeldPermits permits_;
};

/// Waits for permits. Cancel-safe: dropping it gives up its place in line, and no permit is lost.
class [[nodiscard]] Acquire {
 public:
  using Output = std::expected<SemaphorePermit, SemaphoreClosed>;
  Acquire(Semaphore& semaphore, std::size_t count, std::shared_ptr<Semaphore> keep = nullptr) noexcept
      : request_(semaphore, count), keep_(std::move(keep)) {}
  Acquire(Acquire&&) = default;
  Acquire& operator=(Acquire&&) = delete;
  ~Acquire() { request_.drop(); }  // Before `keep_` goes.

  Poll<Output> poll(Context& context);

 private:
  PermitRequest request_;  // First, so that a move that it refuses has moved nothing yet.
  std::shared_ptr<Semaphore> keep_;
};

class Semaphore {
 public:
  /// `kind` is what it is called in reports of who waits for what.
  explicit Semaphore(std::size_t permits, const char* kind = "semaphore") noexcept;
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;

  /// Waits for `count` permits. Asking for more than there will ever be waits for ever.
  Acquire acquire(std::size_t count = 1) noexcept { return Acquire(*this, count); }

  /// The same for permits that keep the semaphore alive.
  static Acquire acquire_owned(std::shared_ptr<Semaphore> semaphore, std::size_t count = 1) noexcept;

  /// Permits, if they are there now and nobody waits; nothing otherwise, or when closed.
  std::optional<SemaphorePermit> try_acquire(std::size_t count = 1) noexcept;

  /// The same, for what is made of a semaphore.
  std::optional<HeldPermits> try_hold(std::size_t count = 1) noexcept;

  /// Puts `count` permits in: new ones, or those of a permit that was forgotten.
  void add_permits(std::size_t count) noexcept {
    if (!put_on_counter(count)) give_to_line(count);
  }

  /// How many are free now.
  std::size_t available_permits() noexcept;

  /// Ends it: who waits, or comes later, gets SemaphoreClosed. Permits in hand stay good.
  void close() noexcept;
  bool is_closed() noexcept;

 private:
  friend class HeldPermits;
  friend class PermitRequest;

  bool take_from_counter(std::size_t count) noexcept;
  bool put_on_counter(std::size_t count) noexcept;
  void clear_counter() noexcept;  // The lock is held.
  void fill_counter() noexcept;   // The lock is held.
  Permits::Answer stand_in_line(PermitWaiter& waiter, const Waker& waker) noexcept;
  void leave(PermitWaiter& waiter) noexcept;
  void give_to_line(std::size_t count) noexcept;
  [[gnu::cold]] void tell(const char* fact) const;  // The trace: "lock" or "unlock".

  // Either the counter has all free permits, and `permits_` has none; or it says under_lock, and `permits_` has them,
  // because somebody stands in line or it is closed. Only who holds the lock may go from the one to the other.
  static constexpr std::size_t under_lock = std::numeric_limits<std::size_t>::max();
  sync::Atomic<std::size_t> counter_;
  sync::Mutex mutex_;
  Permits permits_{0};
  const char* kind_;
  std::uint64_t number_;
};

// #region counter
inline bool Semaphore::take_from_counter(std::size_t count) noexcept {
  std::size_t free = counter_.load(std::memory_order_relaxed);
  while (free != under_lock && free >= count) {
    if (counter_.compare_exchange_weak(free, free - count, std::memory_order_acquire)) return true;
  }
  return false;
}

inline bool Semaphore::put_on_counter(std::size_t count) noexcept {
  std::size_t free = counter_.load(std::memory_order_relaxed);
  while (free != under_lock) {
    if (counter_.compare_exchange_weak(free, free + count, std::memory_order_release)) return true;
  }
  return false;
}
// #endregion

}  // namespace kettle
