#pragma once
// Dinner on your own runtime
// use · lesson 05 · ./learn test dinner
//
// A milestone. There is no kettle::Task, spawn, sleep or block_on here: this dinner runs on what you have written.
//
//   block_on (02) polls dinner(), and while that is Pending, it parks in
//      KitchenParker:  executor.run_ready()        (05)  tea, toast and eggs, which are tasks (03), have their turns
//                      timers.fire(now)            (04)  who has slept enough is woken
//                      timers.next_deadline()      (04)  nobody to wake yet: sleep until then
//
//       0 min  dinner: three dishes are begun           4 min  tea: the leaves are in
//       0 min  tea: the water is on                     5 min  eggs: served
//       0 min  toast: slice 1 goes in                   6 min  toast: 2 slices served
//       0 min  eggs: beaten                             7 min  tea: served
//       3 min  toast: slice 2 goes in                   7 min  dinner: all is on the table
//
// Your task:
//   1. A call to unpark() is kept: then the next park() returns at once, and does nothing else.
//   2. Otherwise park() does ONE of these, the first that there is to do, and returns: give the ready tasks their turn;
//      wake who is due; sleep until the next deadline, with kettle::Clock::block_for.
//   3. When nobody is ready and no timer is armed, nothing can happen any more: throw kettle::Stuck.
//   4. tea, toast, eggs and dinner, as tasks, so that the lines above come at their minutes.
//   5. 20 strokes beat the eggs: a Countdown(20). It wakes nobody, so let Busy poll it. The other tasks go on
//      meanwhile.
//   6. toast() is Ready with the number of slices; serve_toast makes a text of it with a Map.
//
// Given: everything below, and your own files: <pieces/X.hpp> is your X.hpp once it passes its test, and the course's
// until then. The verdict says which. Do not use: kettle/task.hpp, time.hpp, block_on.hpp, executor.hpp, threads.

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
    if (kitchen->executor.run_ready() != 0) return;
    if (kitchen->timers.fire(Clock::now()) != 0) return;
    const auto deadline = kitchen->timers.next_deadline();
    if (!deadline) throw kettle::Stuck("The kitchen is stuck: nobody is ready, and no timer is armed.");
    Clock::block_for(*deadline - Clock::now());
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
