#pragma once
// Clock: the one source of time. Real by default, virtual for tests, recordings and KETTLE_CLOCK=virtual.
//
// A foundation. Under the virtual clock time stands still while anything can run and jumps to the next deadline
// when nothing can, so that an hour of waiting takes a millisecond and every run is the same. Thread-safe.

#include <chrono>

namespace kettle {

/// A length of time, in nanoseconds.
using Duration = std::chrono::nanoseconds;

class Clock;

/// A point in time of the Clock.
using Instant = std::chrono::time_point<Clock, Duration>;

/// A deadline that never comes.
inline constexpr Instant never = Instant::max();

/// A deadline that has always passed: look, do not wait.
inline constexpr Instant no_wait = Instant::min();

/// The clock that everything in Kettle reads.
///
/// Which one it is, is decided before main: the environment's KETTLE_CLOCK=virtual or =real (the default).
/// Another value ends the program with status 2 and a message.
class Clock {
 public:
  // The four names that std::chrono asks of a clock.
  using duration = Duration;
  using rep = Duration::rep;
  using period = Duration::period;
  using time_point = Instant;
  static constexpr bool is_steady = true;

  /// The time now. It never goes back. The virtual clock starts at zero.
  static Instant now() noexcept;

  /// When this thread last called now(): at this moment it is that late, or later. Reading a clock takes longer than
  /// most things in Kettle; this takes no time. The virtual clock is always read.
  static Instant seen() noexcept;

  /// Whether time is virtual at the moment.
  static bool is_virtual() noexcept;

  /// Moves the virtual clock forward to `instant`; an earlier one changes nothing. Misuse on the real clock.
  static void advance_to(Instant instant);

  /// Keeps this thread busy with nothing for `length`, as a blocking call does: everything else on it stands still.
  static void block_for(Duration length);
};

/// Time is virtual, and starts at zero, while this object lives: for tests.
///
/// Make it while no other thread looks at the clock.
class VirtualTime {
 public:
  VirtualTime() noexcept;
  ~VirtualTime();
  VirtualTime(const VirtualTime&) = delete;
  VirtualTime& operator=(const VirtualTime&) = delete;

 private:
  Duration before_;
};

/// `from + length`, or `never` where the sum would not fit. A negative length counts as none.
constexpr Instant later(Instant from, Duration length) noexcept {
  if (length <= Duration::zero()) return from;
  if (from > Instant() && length > never - from) return never;
  return from + length;
}

}  // namespace kettle
