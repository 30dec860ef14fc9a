// Mistake: a map by deadline alone has room for one timer a deadline.
// Kind: lost wake-up
// Fails: timers of the same deadline fire in the order of adding
// Fails: cancel takes out one timer, wherever it stands
// Fails: a due timer that is cancelled while fire wakes does not fire
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
  std::uint64_t add(kettle::Instant deadline, kettle::Waker waker) {
    const std::uint64_t number = ++last_number_;
    timers_.insert_or_assign(deadline, std::pair(number, std::move(waker)));
    return number;
  }

  bool cancel(std::uint64_t number) {
    return std::erase_if(timers_, [number](const auto& timer) { return timer.second.first == number; }) != 0;
  }

  std::optional<kettle::Instant> next_deadline() const {
    if (timers_.empty()) return std::nullopt;
    return timers_.begin()->first;
  }

  std::size_t fire(kettle::Instant now) {
    std::size_t fired = 0;
    for (; !timers_.empty() && timers_.begin()->first <= now; ++fired) {
      const auto timer = timers_.extract(timers_.begin());
      timer.mapped().second.wake();
    }
    return fired;
  }

 private:
  std::map<kettle::Instant, std::pair<std::uint64_t, kettle::Waker>> timers_;
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
