#pragma once
// Root: the task that a block_on runs, and the turns that it takes with others. Lesson 02.
//
// It owns the header that wakers point at and the parker that the thread sleeps in. When its future is Pending and
// nobody can ever wake it, it says so instead of sleeping for ever. Lesson 05 puts more tasks beside it.

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "kettle/park.hpp"
#include "kettle/trace.hpp"
#include "kettle/waker.hpp"

namespace kettle {

/// Thrown by block_on when the future can never be ready: it is pending, and nobody is left who could wake it.
class Stuck : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Other tasks that share a block_on's thread with its future. Lesson 05's executor is the one there is.
class OtherTasks {
 public:
  /// Cancels them all.
  virtual ~OtherTasks() = default;

  /// Polls each task that is ready now once. False when there was none.
  virtual bool run_ready() = 0;

  /// Announces that the thread is about to sleep: from here on, wake-ups from other threads end its park().
  /// False when one has just come, and there is work after all.
  virtual bool announce_sleep() noexcept = 0;

  /// The thread is awake again.
  virtual void end_sleep() noexcept = 0;

  /// Who waits for what, a line each, every line after a newline. Polls every task one last time to find out.
  virtual std::string explain_waiting() = 0;
};

/// The first task of a block_on: its wakeable header, the thread that sleeps behind it, and the turns it takes.
class Root {
 public:
  /// Misuse when this thread is inside another block_on: sleeping here would stop everything that one runs.
  Root();
  ~Root();
  Root(const Root&) = delete;
  Root& operator=(const Root&) = delete;

  /// The root of the block_on that runs on this thread; nullptr outside one.
  static Root* current() noexcept;

  /// Polls `future` once. The wake-ups before it are used up: this poll is the answer to them.
  template <Future F>
  Poll<typename F::Output> poll(F& future) {
    const trace::Acting turn({"task", 1});
    begin_poll();
    Context context(waker_);
    try {
      auto answer = future.poll(context);
      end_poll(answer.is_ready() ? "ready" : "");
      if (answer.is_pending() || !explaining_) return answer;
    } catch (...) {
      end_poll("threw");
      throw;
    }
    report_lost_wakeup();
  }

  /// Gives the other tasks a turn, and sleeps until the next poll is due. Throws Stuck when that can never be.
  void wait();

  /// What the thread sleeps on. Shared, so that a late wake-up still finds it.
  const std::shared_ptr<Parker>& parker() const noexcept { return parker_; }

  /// The other tasks on this thread; empty until the first is spawned.
  std::unique_ptr<OtherTasks> others;

 private:
  class Header;
  void begin_poll() noexcept;
  void end_poll(std::string_view done);  // How it is done: "ready" or "threw". Empty: it is pending.
  bool is_poll_due() const noexcept;
  bool give_others_a_turn();  // True when one of them ran.
  void look_outside();
  void sleep();
  void park();
  bool has_work_ahead() const noexcept;
  bool is_stuck() noexcept;
  void start_explaining() noexcept;
  void stop_explaining() noexcept;
  [[noreturn]] void give_up();
  [[noreturn]] void report_lost_wakeup();

  std::shared_ptr<Parker> parker_;
  Header* header_ = nullptr;
  Waker waker_;
  unsigned turns_ = 0;
  bool idle_ = false;        // The last sleep ended without a wake-up.
  bool explaining_ = false;  // Every task is being asked what it waits for.
  trace::Waiting waits_for_;
};

}  // namespace kettle
