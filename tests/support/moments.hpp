#pragma once
// Moments: two threads, played by one. A mutex that the test hands in knows every moment at which it is free during
// an operation, and lets somebody else act in exactly one of them: each run tries the next moment, none is left to
// luck.
//
// For one thread at a time. What happens between two moments happens under the lock, where nobody else can act.

#include <kettle/waker.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "futures.hpp"
#include "story.hpp"

namespace story {

/// A lock for graded code: a drop-in for std::mutex that never blocks.
class MomentMutex {
 public:
  MomentMutex() = default;
  MomentMutex(const MomentMutex&) = delete;
  MomentMutex& operator=(const MomentMutex&) = delete;

  void lock() {
    if (held_) {
      teach("A std::mutex is locked once: take the lock in one place, and let the functions below expect it.",
            "lessons/02-waker/README.md#what-can-go-wrong");
      fail("the lock is free when it is taken",
           "it is locked again by the thread that holds it: with std::mutex that hangs for ever");
    }
    pass_moment("just before it takes the lock");
    held_ = true;
    ++held_now;
    ++locked_so_far;
  }
  bool try_lock() {
    if (held_) return false;
    lock();
    return true;
  }
  void unlock() noexcept {
    held_ = false;
    --held_now;
    pass_moment("just after it has given the lock back");
  }

  /// Whether any lock is held now.
  static bool is_any_held() noexcept { return held_now != 0; }

  /// How often a lock has been taken so far.
  static int times_locked() noexcept { return locked_so_far; }

  /// The moment that run() was asked for last. At the first one the operation has not had the lock yet.
  static int moment() noexcept { return wanted; }

  /// Runs `operation`, and `other` at the moment number `at` of it, counted from 1. False when there is none.
  static bool run(int at, const std::function<void()>& operation, const std::function<void()>& other) {
    wanted = at;
    passed = 0;
    error = nullptr;
    intruder = &other;
    try {
      operation();
    } catch (...) {
      intruder = nullptr;
      throw;
    }
    intruder = nullptr;
    if (error != nullptr) std::rethrow_exception(error);
    return passed >= at;
  }

 private:
  // Called from destructors of locks, too: what the intruder throws is kept for run().
  static void pass_moment(std::string_view where) noexcept {
    if (intruder == nullptr || ++passed != wanted) return;
    const auto* const other = std::exchange(intruder, nullptr);  // Its own moments do not count.
    try {
      note(fmt::format("moment {}, {}:", passed, where));
      (*other)();
    } catch (...) {
      error = std::current_exception();
    }
    intruder = other;
  }

  static inline int held_now = 0;
  static inline int locked_so_far = 0;
  static inline int wanted = 0;
  static inline int passed = 0;
  static inline const std::function<void()>* intruder = nullptr;
  static inline std::exception_ptr error;
  bool held_ = false;
};

/// Plays `scene(1)`, `scene(2)`, ... until one returns false: there are no more moments. Returns how many there were.
template <class Scene>
int at_every_moment(Scene scene) {
  int at = 1;
  while (scene(at)) ++at;
  return at - 1;
}

/// A task that notices whether it is woken while a lock is held.
class LockWatcher {
 public:
  LockWatcher() : header_(new Header), waker_(*header_) { header_->release(); }
  LockWatcher(const LockWatcher&) = delete;
  LockWatcher& operator=(const LockWatcher&) = delete;

  const kettle::Waker& waker() const noexcept { return waker_; }
  int wakes() const noexcept { return header_->wakes; }
  bool was_woken_under_a_lock() const noexcept { return header_->under_a_lock; }

 private:
  struct Header final : kettle::Wakeable {
    void schedule() noexcept override {
      ++wakes;
      under_a_lock = MomentMutex::is_any_held();
      note(under_a_lock ? "the task is woken, and the lock is held" : "the task is woken, and the lock is free");
    }
    int wakes = 0;
    bool under_a_lock = false;
  };
  Header* header_;
  kettle::Waker waker_;
};

/// Polls `future` with a waker and a context that are gone as soon as the poll is over, as they may be.
template <class F>
void poll_with_lent_waker(F& future, const CountingWaker& task, std::string_view name) {
  const auto waker = std::make_unique<kettle::Waker>(task.waker());
  kettle::Context context(*waker);
  auto answer = future.poll(context);
  step("poll of {}: {}; the waker that was lent for it is gone", name, show_poll(answer));
}

}  // namespace story
