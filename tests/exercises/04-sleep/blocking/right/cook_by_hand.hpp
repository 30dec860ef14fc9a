// Shape: cook is a future by hand, around a sleep that it makes at its first poll; breakfast is one, too.
#include <kettle/clock.hpp>
#include <kettle/task.hpp>
#include <kettle/time.hpp>

#include <chrono>
#include <functional>
#include <optional>
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

class Cook {
 public:
  using Output = void;
  explicit Cook(kettle::Duration length) : length_(length) {}
  kettle::Poll<> poll(kettle::Context& context) {
    if (!sleep_) sleep_.emplace(kettle::later(kettle::Clock::now(), length_));
    return sleep_->poll(context);
  }

 private:
  kettle::Duration length_;
  std::optional<kettle::Sleep> sleep_;
};

inline Cook cook(kettle::Duration length) { return Cook(length); }

inline Task<> egg(const Report& report) {
  report("egg: the water is on");
  co_await cook(3min);
  report("egg: in the water");
  co_await cook(4min);
  report("egg: done");
}

inline Task<> toast(const Report& report) {
  report("toast: in the toaster");
  co_await cook(2min);
  report("toast: in the oven, with cheese");
  co_await cook(2min);
  report("toast: done");
}

class Breakfast {
 public:
  using Output = void;
  explicit Breakfast(const Report& report) : report_(report), egg_(egg(report)), toast_(toast(report)) {}
  kettle::Poll<> poll(kettle::Context& context) {
    if (!toast_done_) toast_done_ = toast_.poll(context).is_ready();
    if (!egg_done_) egg_done_ = egg_.poll(context).is_ready();
    if (!toast_done_ || !egg_done_) return kettle::pending;
    report_("breakfast: served");
    return kettle::Ready();
  }

 private:
  const Report& report_;
  Task<> egg_;
  Task<> toast_;
  bool egg_done_ = false;
  bool toast_done_ = false;
};

inline Task<> breakfast(const Report& report) { co_await Breakfast(report); }

}  // namespace mine
