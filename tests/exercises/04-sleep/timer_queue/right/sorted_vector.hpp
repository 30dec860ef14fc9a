// Shape: a vector with the latest deadline first: what is due next stands at the end.
#include <kettle/clock.hpp>
#include <kettle/waker.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace mine {

class TimerQueue {
 public:
  std::uint64_t add(kettle::Instant deadline, kettle::Waker waker) {
    const auto place =
        std::lower_bound(timers_.begin(), timers_.end(), deadline,
                         [](const Timer& timer, kettle::Instant wanted) { return timer.deadline > wanted; });
    return timers_.insert(place, Timer{deadline, ++last_number_, std::move(waker)})->number;
  }

  bool cancel(std::uint64_t number) {
    return std::erase_if(timers_, [number](const Timer& timer) { return timer.number == number; }) == 1;
  }

  std::optional<kettle::Instant> next_deadline() const {
    if (timers_.empty()) return std::nullopt;
    return timers_.back().deadline;
  }

  std::size_t fire(kettle::Instant now) {
    std::size_t fired = 0;
    for (; !timers_.empty() && timers_.back().deadline <= now; ++fired) {
      const kettle::Waker waker = std::move(timers_.back().waker);
      timers_.pop_back();
      waker.wake();
    }
    return fired;
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
