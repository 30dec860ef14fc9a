// Mistake: puts the runtime's queue behind the names that were asked for.
// Kind: another task
// Fails: fire wakes what is due, earliest first, and leaves the rest
#include <kettle/timer_queue.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

namespace mine {

class TimerQueue {
 public:
  std::uint64_t add(kettle::Instant deadline, const kettle::Waker& waker) {
    queue_.arm(timers_[++last_number_], deadline, waker);
    return last_number_;
  }

  bool cancel(std::uint64_t number) {
    const auto found = timers_.find(number);
    if (found == timers_.end() || !found->second.is_armed()) return false;
    timers_.erase(found);
    return true;
  }

  std::optional<kettle::Instant> next_deadline() const {
    if (queue_.next_deadline() == kettle::never) return std::nullopt;
    return queue_.next_deadline();
  }

  std::size_t fire(kettle::Instant now) { return queue_.fire_due(now); }

 private:
  kettle::TimerQueue queue_;
  std::map<std::uint64_t, kettle::Timer> timers_;
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
