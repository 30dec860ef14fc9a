// The clock's state is one word: the virtual time, or a mark that time is real.
#include "kettle/clock.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "kettle/misuse.hpp"
#include "kettle/sync.hpp"

namespace kettle {

namespace {

constexpr Duration real{-1};

Duration chosen_by_environment() {
  const char* choice = std::getenv("KETTLE_CLOCK");
  if (choice == nullptr || *choice == '\0' || std::strcmp(choice, "real") == 0) return real;
  if (std::strcmp(choice, "virtual") == 0) return Duration::zero();
  std::fprintf(stderr, "KETTLE_CLOCK is '%s'. Set it to 'virtual' (time jumps) or 'real' (the default).\n", choice);
  std::exit(2);
}

sync::Atomic<Duration::rep>& state() {
  static sync::Atomic<Duration::rep> nanoseconds{chosen_by_environment().count()};
  return nanoseconds;
}

// What this thread read last from the real clock. Real time begins with the machine.
constinit thread_local Instant seen_by_thread{};

// Looked at before main, so that a misspelt setting ends every program in the same way.
[[maybe_unused]] const auto& at_start = state();

}  // namespace

Instant Clock::now() noexcept {
  const Duration time{state().load(std::memory_order_relaxed)};
  if (time != real) return Instant(time);
  return seen_by_thread = Instant(std::chrono::steady_clock::now().time_since_epoch());
}

Instant Clock::seen() noexcept {
  const Duration time{state().load(std::memory_order_relaxed)};
  return time != real ? Instant(time) : seen_by_thread;
}

bool Clock::is_virtual() noexcept { return state().load(std::memory_order_relaxed) != real.count(); }

void Clock::advance_to(Instant instant) {
  const Duration::rep target = instant.time_since_epoch().count();
  Duration::rep now = state().load(std::memory_order_relaxed);
  if (now == real.count()) {
    misuse("Clock::advance_to was called while time is real.", "only the virtual clock can be moved.", "04-sleep");
  }
  while (now < target && !state().compare_exchange_weak(now, target, std::memory_order_relaxed)) {
  }
}

void Clock::block_for(Duration length) {
  if (is_virtual()) {
    advance_to(later(now(), length));
  } else {
    std::this_thread::sleep_for(length);
  }
}

VirtualTime::VirtualTime() noexcept : before_(state().exchange(0, std::memory_order_relaxed)) {}

VirtualTime::~VirtualTime() { state().store(before_.count(), std::memory_order_relaxed); }

}  // namespace kettle
