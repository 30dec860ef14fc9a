// Mistake: takes all timers that are due out before it wakes the first: nobody can cancel them any more.
// Kind: missing cancel
// Fails: a due timer that is cancelled while fire wakes does not fire
#include <kettle/clock.hpp>
#include <kettle/waker.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

namespace mine {

class TimerQueue {
 public:
  std::uint64_t add(kettle::Instant deadline, kettle::Waker waker) {
    const auto place =
        std::upper_bound(timers_.begin(), timers_.end(), deadline,
                         [](kettle::Instant wanted, const Timer& timer) { return wanted < timer.deadline; });
    return timers_.insert(place, Timer{deadline, ++last_number_, std::move(waker)})->number;
  }

  bool cancel(std::uint64_t number) {
    return std::erase_if(timers_, [number](const Timer& timer) { return timer.number == number; }) == 1;
  }

  std::optional<kettle::Instant> next_deadline() const {
    if (timers_.empty()) return std::nullopt;
    return timers_.front().deadline;
  }

  std::size_t fire(kettle::Instant now) {
    const auto rest =
        std::find_if(timers_.begin(), timers_.end(), [now](const Timer& timer) { return timer.deadline > now; });
    const std::vector<Timer> due(std::make_move_iterator(timers_.begin()), std::make_move_iterator(rest));
    timers_.erase(timers_.begin(), rest);
    for (const Timer& timer : due) timer.waker.wake();
    return due.size();
  }

 private:
  struct Timer {
    kettle::Instant deadline;
    std::uint64_t number;
    kettle::Waker waker;
  };
  std::vector<Timer> timers_;
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
    queue_.cancel(number_);  // Its waker may be another task's.
    if (kettle::Clock::now() >= deadline_) return kettle::Ready();
    number_ = queue_.add(deadline_, context.waker());
    return kettle::pending;
  }

 private:
  TimerQueue& queue_;
  kettle::Instant deadline_;
  std::uint64_t number_ = 0;  // Of its timer; 0 is nobody's.
};

}  // namespace mine
