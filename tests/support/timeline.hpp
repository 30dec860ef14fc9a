#pragma once
// Timeline: runs a future on the virtual clock, one poll at a time, and notes what each poll does to the clock.
//
// For lesson 04's graders. Where block_on would hang (a future that wakes itself for ever, or waits for nothing), the
// test case fails and says so.

#include <kettle/time.hpp>

#include <string>

#include "futures.hpp"

namespace story {

/// "7 min", or "45 s" where it is no whole number of minutes, or fewer than two.
inline std::string show_time(kettle::Duration length) {
  using namespace std::chrono_literals;
  if (length >= 2min && length % 1min == kettle::Duration::zero()) return fmt::format("{} min", length / 1min);
  if (length % 1s == kettle::Duration::zero()) return fmt::format("{} s", length / 1s);
  return fmt::format("{} ms", length / 1ms);
}

/// The time on the virtual clock, as text.
inline std::string show_now() { return show_time(kettle::Clock::now().time_since_epoch()); }

/// A task that can be woken, and makes no step of it.
class QuietTask {
 public:
  QuietTask() : header_(new Header), waker_(*header_) { header_->release(); }
  QuietTask(const QuietTask&) = delete;
  QuietTask& operator=(const QuietTask&) = delete;
  const kettle::Waker& waker() const noexcept { return waker_; }
  bool is_woken() const noexcept { return header_->is_notified(); }
  void clear() noexcept { header_->clear_notified(); }

 private:
  struct Header final : kettle::Wakeable {
    void schedule() noexcept override {}
  };
  Header* header_;
  kettle::Waker waker_;
};

/// Virtual time, and what passes on it. Starts at zero; make one for each future that is run.
class Timeline {
 public:
  /// Polls `future` until it is Ready. Between polls the clock jumps from timer to timer.
  template <class F>
  void run(F& future, std::string_view name) {
    while (!poll(future, name)) jump(name);
  }

  /// One poll. True when the future is Ready.
  template <class F>
  bool poll(F& future, std::string_view name) {
    const kettle::Instant before = kettle::Clock::now();
    task_.clear();
    kettle::Context context(task_.waker());
    step("{}: poll {} of {}", show_now(), ++polls, name);
    const auto answer = future.poll(context);
    const kettle::Duration length = kettle::Clock::now() - before;
    if (length > longest_poll) longest_poll = length;
    if (length > kettle::Duration::zero()) step("{}: poll {} ends only now", show_now(), polls);
    return answer.is_ready();
  }

  /// Lets time pass until the task is woken.
  void jump(std::string_view name) {
    if (task_.is_woken()) {
      if (++wakes_at_once_ < most_wakes_at_once) return;
      teach("Who waits leaves its waker with a timer, and does not wake itself.", timer_section);
      fail(fmt::format("while it waits, {} leaves the thread alone", name),
           fmt::format("{} woke itself {} times while the clock stood still", name, wakes_at_once_));
    }
    wakes_at_once_ = 0;
    kettle::TimerQueue& timers = kettle::TimerQueue::current();
    while (!task_.is_woken()) {
      if (timers.next_deadline() == kettle::never) {
        teach("Before Pending, leave the waker where the deadline will find it.", timer_section);
        fail(fmt::format("before {} says Pending, it leaves its waker with a timer", name),
             "it is Pending, and no timer is armed: nobody will ever wake it");
      }
      kettle::Clock::advance_to(timers.next_deadline());
      timers.fire_due(kettle::Clock::now());
    }
  }

  /// Whether `waker` wakes the task that polls: if not, somebody else polls inside of it.
  bool polls_with(const kettle::Waker& waker) const noexcept { return task_.waker().will_wake(waker); }

  /// How often the future was polled.
  int polls = 0;
  /// By how much the clock went on during the longest poll.
  kettle::Duration longest_poll{};

 private:
  static constexpr int most_wakes_at_once = 20;
  static constexpr const char* timer_section = "lessons/04-sleep/README.md#the-timer-queue";
  kettle::VirtualTime time_;
  QuietTask task_;
  int wakes_at_once_ = 0;
};

}  // namespace story
