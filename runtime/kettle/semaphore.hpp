#pragma once
// Semaphore: at most so many at a time. Lesson 08.
//
// A number of permits; who wants some waits until they are there, in the order of asking: a large request is not
// overtaken by small ones. A permit comes back when its holder is destroyed. Works on any thread, but must outlive
// its permits and the futures that wait for them (or be shared with them: acquire_owned).

#include <expected>
#include <memory>
#include <optional>
#include <utility>

#include "kettle/permits.hpp"

namespace kettle {

class Semaphore;

/// Why there is no permit: the semaphore was closed.
struct SemaphoreClosed {};

/// Some permits in somebody's hand.
class [[nodiscard]] SemaphorePermit {
 public:
  SemaphorePermit(Semaphore& semaphore, std::size_t count, std::shared_ptr<Semaphore> keep = nullptr) noexcept
      : semaphore_(&semaphore), count_(count), keep_(std::move(keep)) {}
  SemaphorePermit(SemaphorePermit&& other) noexcept
      : semaphore_(other.semaphore_), count_(std::exchange(other.count_, 0)), keep_(std::move(other.keep_)) {}
  SemaphorePermit& operator=(SemaphorePermit other) noexcept;
  ~SemaphorePermit();

  /// How many permits these are.
  std::size_t count() const noexcept { return count_; }

  /// Lets them vanish: the semaphore has fewer from now on.
  void forget() noexcept { count_ = 0; }

 private:
  Semaphore* semaphore_;
  std::size_t count_;
  std::shared_ptr<Semaphore> keep_;
};

/// Waits for permits. Cancel-safe: dropping it gives up its place in line, and no permit is lost.
class [[nodiscard]] Acquire {
 public:
  using Output = std::expected<SemaphorePermit, SemaphoreClosed>;
  Acquire(Semaphore& semaphore, std::size_t count, std::shared_ptr<Semaphore> keep = nullptr) noexcept
      : semaphore_(&semaphore), waiter_(count), keep_(std::move(keep)) {}
  Acquire(Acquire&&) = default;
  Acquire& operator=(Acquire&&) = delete;
  ~Acquire();

  Poll<Output> poll(Context& context);

 private:
  Semaphore* semaphore_;
  PermitWaiter waiter_;
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

  /// Puts `count` permits in: new ones, or those of a permit that was forgotten.
  void add_permits(std::size_t count) noexcept;

  /// How many are free now.
  std::size_t available_permits() noexcept;

  /// Ends it: who waits, or comes later, gets SemaphoreClosed. Permits in hand stay good.
  void close() noexcept;
  bool is_closed() noexcept;

 private:
  friend class Acquire;
  friend class SemaphorePermit;
  void tell(const char* fact) const;  // The trace: "lock" or "unlock".

  sync::Mutex mutex_;
  Permits permits_;
  const char* kind_;
  std::uint64_t number_;
};

}  // namespace kettle
