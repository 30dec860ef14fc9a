// Mistake: leaves the waker of the first poll in the queue, whoever polls later.
// Kind: wrong waker
// Fails: a sleep wakes the task that polled it last
#include <kettle/clock.hpp>
#include <kettle/waker.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace mine {

/// Who is to be woken when.
class TimerQueue {
 public:
  /// Adds a timer. Returns its number, which is never 0 and never given twice.
  std::uint64_t add(kettle::Instant deadline, kettle::Waker waker) {
    const std::uint64_t number = ++last_number_;
    timers_.emplace(Place(deadline, number), std::move(waker));
    deadlines_.emplace(number, deadline);
    return number;
  }

  /// Takes a timer out, without waking. False when it has fired, was cancelled, or never was.
  bool cancel(std::uint64_t number) {
    const auto found = deadlines_.find(number);
    if (found == deadlines_.end()) return false;
    timers_.erase(Place(found->second, number));
    deadlines_.erase(found);
    return true;
  }

  /// The earliest deadline; nothing when there is no timer.
  std::optional<kettle::Instant> next_deadline() const {
    if (timers_.empty()) return std::nullopt;
    return timers_.begin()->first.first;
  }

  /// Takes out every timer whose deadline is not after `now`, earliest first, and wakes it. Returns how many.
  std::size_t fire(kettle::Instant now) {
    std::size_t fired = 0;
    for (; !timers_.empty() && timers_.begin()->first.first <= now; ++fired) {
      const auto timer = timers_.extract(timers_.begin());
      deadlines_.erase(timer.key().second);
      timer.mapped().wake();
    }
    return fired;
  }

 private:
  using Place = std::pair<kettle::Instant, std::uint64_t>;  // Numbers grow, so they put equal deadlines in order.
  std::map<Place, kettle::Waker> timers_;
  std::map<std::uint64_t, kettle::Instant> deadlines_;  // To find a timer by its number.
  std::uint64_t last_number_ = 0;
};

/// A future that is Ready once its deadline has come. The queue must outlive it.
class Sleep {
 public:
  using Output = void;

  Sleep(TimerQueue& queue, kettle::Instant deadline) : queue_(queue), deadline_(deadline) {}
  ~Sleep() { queue_.cancel(number_); }
  Sleep(const Sleep&) = delete;
  Sleep& operator=(const Sleep&) = delete;

  kettle::Poll<> poll(kettle::Context& context) {
    if (kettle::Clock::now() >= deadline_) {
      queue_.cancel(number_);
      return kettle::Ready();
    }
    if (number_ == 0) number_ = queue_.add(deadline_, context.waker());
    return kettle::pending;
  }

 private:
  TimerQueue& queue_;
  kettle::Instant deadline_;
  std::uint64_t number_ = 0;  // Of its timer; 0 is nobody's.
};

}  // namespace mine
