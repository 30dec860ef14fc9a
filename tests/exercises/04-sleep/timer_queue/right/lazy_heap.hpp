// Shape: a heap of deadlines and a table of wakers; the heap forgets a cancelled timer when it comes to the top.
#include <kettle/clock.hpp>
#include <kettle/waker.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <unordered_map>
#include <utility>
#include <vector>

namespace mine {

class TimerQueue {
 public:
  std::uint64_t add(kettle::Instant deadline, kettle::Waker waker) {
    ++last_number_;
    heap_.emplace(deadline, last_number_);
    wakers_.emplace(last_number_, std::move(waker));
    return last_number_;
  }

  bool cancel(std::uint64_t number) {
    const bool was_there = wakers_.erase(number) == 1;
    while (!heap_.empty() && !wakers_.contains(heap_.top().second)) heap_.pop();
    return was_there;
  }

  std::optional<kettle::Instant> next_deadline() const {
    if (heap_.empty()) return std::nullopt;
    return heap_.top().first;
  }

  std::size_t fire(kettle::Instant now) {
    std::size_t fired = 0;
    while (!heap_.empty() && heap_.top().first <= now) {
      const std::uint64_t number = heap_.top().second;
      heap_.pop();
      const auto found = wakers_.find(number);
      if (found == wakers_.end()) continue;
      const kettle::Waker waker = std::move(found->second);
      cancel(number);
      waker.wake();
      ++fired;
    }
    return fired;
  }

 private:
  using Entry = std::pair<kettle::Instant, std::uint64_t>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> heap_;
  std::unordered_map<std::uint64_t, kettle::Waker> wakers_;
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
