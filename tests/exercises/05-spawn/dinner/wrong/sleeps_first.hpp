// Mistake: sleeps until the next deadline before the ready tasks have had their turn.
// Kind: wrong time
// Fails: park gives each ready task one turn, then comes back, and the clock stands still
// Fails: when nobody is ready, the clock goes to the next deadline, and no further
// Fails: the main task goes on as soon as it is woken, though others still sleep
// Fails: the three dishes are made at the same time, and dinner is ready with the last
#include <kettle/clock.hpp>
#include <kettle/root.hpp>
#include <kettle/waker.hpp>
#include <pieces/block_on.hpp>
#include <pieces/countdown.hpp>
#include <pieces/executor.hpp>
#include <pieces/task.hpp>
#include <pieces/timer_queue.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <utility>

namespace mine {

using kettle::Clock;
using namespace std::chrono_literals;

/// Where a step is told: "tea: served".
using Report = std::function<void(std::string step)>;

/// Everything that a thread needs for many tasks.
struct Kitchen {
  TimerQueue timers;  // The first, so that it goes last: tasks that are left take their timers out.
  Executor executor;
};

/// What block_on sleeps in. It does not sleep at once: first everybody else has a turn.
class KitchenParker {
 public:
  /// Called by block_on while its own future is Pending and nobody has woken it.
  void park() {
    if (std::exchange(called_, false)) return;
    if (kitchen->timers.fire(Clock::now()) != 0) return;
    const auto deadline = kitchen->timers.next_deadline();
    if (deadline) {
      Clock::block_for(*deadline - Clock::now());
      return;
    }
    if (kitchen->executor.run_ready() != 0) return;
    throw kettle::Stuck("The kitchen is stuck: nobody is ready, and no timer is armed.");
  }

  /// Called when block_on's own future is woken.
  void unpark() noexcept { called_ = true; }

  /// Whose tasks and timers they are.
  static inline Kitchen* kitchen = nullptr;

 private:
  bool called_ = false;
};

/// Runs `future` on this thread, and the kitchen's tasks beside it.
template <kettle::Future F>
typename F::Output run(Kitchen& kitchen, F& future) {
  KitchenParker::kitchen = &kitchen;
  return block_on<KitchenParker>(future);
}

/// A sleep in this kitchen. `co_await pause(kitchen, 3min);`
inline Sleep pause(Kitchen& kitchen, kettle::Duration length) {
  return Sleep(kitchen.timers, kettle::later(Clock::now(), length));
}

/// Polls a future that wakes nobody, once a turn: it wakes its own task each time.
template <kettle::Future F>
class Busy {
 public:
  using Output = typename F::Output;
  explicit Busy(F inner) : inner_(std::move(inner)) {}

  kettle::Poll<Output> poll(kettle::Context& context) {
    auto answer = inner_.poll(context);
    if (answer.is_pending()) context.waker().wake();
    return answer;
  }

 private:
  F inner_;
};

/// Ready when all dishes have been served.
class Table {
 public:
  using Output = void;
  explicit Table(int dishes) : missing_(dishes) {}

  void serve() {
    if (--missing_ == 0) waiter_.wake();
  }
  kettle::Poll<> poll(kettle::Context& context) {
    if (missing_ <= 0) return kettle::Ready();
    waiter_ = context.waker();
    return kettle::pending;
  }

 private:
  int missing_;
  kettle::Waker waiter_ = kettle::Waker::noop();
};

inline Task<> tea(Kitchen& kitchen, Table& table, Report report) {
  report("tea: the water is on");
  co_await pause(kitchen, 4min);
  report("tea: the leaves are in");
  co_await pause(kitchen, 3min);
  report("tea: served");
  table.serve();
}

/// Ready with the number of slices.
inline Task<int> toast(Kitchen& kitchen, int slices, Report report) {
  for (int slice = 1; slice <= slices; ++slice) {
    report("toast: slice " + std::to_string(slice) + " goes in");
    co_await pause(kitchen, 3min);
  }
  co_return slices;
}

inline Task<> serve_toast(Kitchen& kitchen, Table& table, Report report) {
  Map dish(toast(kitchen, 2, report), [](int slices) { return "toast: " + std::to_string(slices) + " slices served"; });
  const std::string served = co_await dish;
  report(served);
  table.serve();
}

inline Task<> eggs(Kitchen& kitchen, Table& table, Report report) {
  Busy strokes(Countdown(20));
  co_await strokes;
  report("eggs: beaten");
  co_await pause(kitchen, 5min);
  report("eggs: served");
  table.serve();
}

/// Makes all three at the same time.
inline Task<> dinner(Kitchen& kitchen, Report report) {
  Table table(3);
  kitchen.executor.spawn(tea(kitchen, table, report));
  kitchen.executor.spawn(serve_toast(kitchen, table, report));
  kitchen.executor.spawn(eggs(kitchen, table, report));
  report("dinner: three dishes are begun");
  co_await table;
  report("dinner: all is on the table");
}

}  // namespace mine
