// Mistake: mends the egg and overlooks the toast, which blocks while the egg waits.
// Kind: blocks the thread
// Fails: breakfast takes as long as the egg: seven minutes
// Fails: every step comes at its own time
// Fails: no poll keeps the thread
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

/// Leaves the stove alone for a while.
inline Task<> cook(kettle::Duration length) { co_await kettle::sleep(length); }

// #region watch
inline void cook_and_watch(kettle::Duration length) { kettle::Clock::block_for(length); }
// #endregion

inline Task<> egg(const Report& report) {
  report("egg: the water is on");
  co_await cook(3min);
  report("egg: in the water");
  co_await cook(4min);
  report("egg: done");
}

// #region toast
inline Task<> toast(const Report& report) {
  report("toast: in the toaster");
  cook_and_watch(2min);
  report("toast: in the oven, with cheese");
  cook_and_watch(2min);
  report("toast: done");
  co_return;
}
// #endregion

/// Egg and toast, at the same time. `report` must outlive it.
inline Task<> breakfast(const Report& report) {
  std::vector<Task<>> dishes;
  dishes.push_back(egg(report));
  dishes.push_back(toast(report));
  co_await Together(std::move(dishes));
  report("breakfast: served");
}

}  // namespace mine
