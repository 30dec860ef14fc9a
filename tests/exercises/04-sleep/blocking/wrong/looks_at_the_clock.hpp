// Mistake: looks at the clock again and again, and wakes itself to look once more.
// Kind: busy loop
// Fails: breakfast takes as long as the egg: seven minutes
// Fails: the toast is in the toaster from the start
// Fails: every step comes at its own time
// Fails: no poll keeps the thread
// Fails: breakfast is polled once for each step, and not in between
#include <kettle/clock.hpp>
#include <kettle/task.hpp>
#include <kettle/time.hpp>

#include <chrono>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

namespace mine {

using namespace std::chrono_literals;
using kettle::Task;

/// Where the steps of a breakfast are told.
using Report = std::function<void(std::string_view step)>;

/// Several tasks as one future: ready when all of them are.
class Together {
 public:
  using Output = void;
  explicit Together(std::vector<Task<>> tasks) : waiting_(std::move(tasks)) {}

  kettle::Poll<> poll(kettle::Context& context) {
    std::vector<Task<>> still_waiting;
    for (Task<>& task : waiting_) {
      if (task.poll(context).is_pending()) still_waiting.push_back(std::move(task));
    }
    waiting_ = std::move(still_waiting);
    if (waiting_.empty()) return kettle::Ready();
    return kettle::pending;
  }

 private:
  std::vector<Task<>> waiting_;
};

/// Pending until it is time.
class Cook {
 public:
  using Output = void;
  explicit Cook(kettle::Duration length) : end_(kettle::later(kettle::Clock::now(), length)) {}
  kettle::Poll<> poll(kettle::Context& context) {
    if (kettle::Clock::now() >= end_) return kettle::Ready();
    context.waker().wake();
    return kettle::pending;
  }

 private:
  kettle::Instant end_;
};

inline Task<> egg(const Report& report) {
  report("egg: the water is on");
  co_await Cook(3min);
  report("egg: in the water");
  co_await Cook(4min);
  report("egg: done");
}

inline Task<> toast(const Report& report) {
  report("toast: in the toaster");
  co_await Cook(2min);
  report("toast: in the oven, with cheese");
  co_await Cook(2min);
  report("toast: done");
}

/// Egg and toast, at the same time. `report` must outlive it.
inline Task<> breakfast(const Report& report) {
  std::vector<Task<>> dishes;
  dishes.push_back(egg(report));
  dishes.push_back(toast(report));
  co_await Together(std::move(dishes));
  report("breakfast: served");
}

}  // namespace mine
