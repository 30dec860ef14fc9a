#pragma once
// A blocking sleep inside a task
// fix · lesson 04 · ./learn test blocking
//
// Egg and toast are two tasks on one thread. Breakfast should be served after seven minutes. It takes eleven, and the
// bread goes into the toaster when the egg is getting cold:
//
//    as it should be                              as it is
//      0 min  egg: the water is on                  0 min  egg: the water is on
//      0 min  toast: in the toaster                 3 min  egg: in the water
//      2 min  toast: in the oven, with cheese       7 min  egg: done
//      3 min  egg: in the water                     7 min  toast: in the toaster
//      4 min  toast: done                           9 min  toast: in the oven, with cheese
//      7 min  egg: done                            11 min  toast: done
//      7 min  breakfast: served                    11 min  breakfast: served
//
// Your task: find what is wrong and mend it, so that
//   1. breakfast takes as long as the egg does, seven minutes;
//   2. the toast begins at once;
//   3. every step comes at its own time;
//   4. no poll keeps the thread;
//   5. nobody is polled while there is nothing to do;
//   6. a breakfast that is dropped half-way stops there.
//
// Given: everything here, and lesson 04. Together is right. Do not use: threads, or one long sleep for both.

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

/// Egg and toast, at the same time. `report` must outlive it.
inline Task<> breakfast(const Report& report) {
  std::vector<Task<>> dishes;
  dishes.push_back(egg(report));
  dishes.push_back(toast(report));
  co_await Together(std::move(dishes));
  report("breakfast: served");
}

}  // namespace mine
