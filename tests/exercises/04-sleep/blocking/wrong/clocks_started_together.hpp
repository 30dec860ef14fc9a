// Mistake: makes both sleeps of the egg at the start, and each counts from where it was made.
// Kind: wrong time
// Fails: breakfast takes as long as the egg: seven minutes
// Fails: every step comes at its own time
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

inline Task<> egg(const Report& report) {
  kettle::Sleep heating = kettle::sleep(3min);
  kettle::Sleep boiling = kettle::sleep(4min);
  report("egg: the water is on");
  co_await heating;
  report("egg: in the water");
  co_await boiling;
  report("egg: done");
}

inline Task<> toast(const Report& report) {
  report("toast: in the toaster");
  co_await cook(2min);
  report("toast: in the oven, with cheese");
  co_await cook(2min);
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
