// Shape: recipes are lists of steps, which one task follows; park as a chain of conditions.
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
#include <vector>

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
    if (called_) {
      called_ = false;
    } else if (kitchen->executor.run_ready() == 0 && kitchen->timers.fire(Clock::now()) == 0) {
      sleep_until_the_next(kitchen->timers);
    }
  }

  /// Called when block_on's own future is woken.
  void unpark() noexcept { called_ = true; }

  /// Whose tasks and timers they are.
  static inline Kitchen* kitchen = nullptr;

 private:
  static void sleep_until_the_next(const TimerQueue& timers) {
    const auto next = timers.next_deadline();
    if (!next.has_value()) throw kettle::Stuck("Everybody waits for somebody else.");
    Clock::block_for(*next - Clock::now());
  }

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

/// One step of a recipe: how long to wait, and what to say then.
struct Step {
  kettle::Duration wait;
  std::string line;
};

inline Task<> follow(Kitchen& kitchen, std::vector<Step> recipe, Report report) {
  for (const Step& step : recipe) {
    if (step.wait > 0min) co_await pause(kitchen, step.wait);
    report(step.line);
  }
}

inline Task<> tea(Kitchen& kitchen, Table& table, Report report) {
  std::vector<Step> recipe;
  recipe.push_back({0min, "tea: the water is on"});
  recipe.push_back({4min, "tea: the leaves are in"});
  recipe.push_back({3min, "tea: served"});
  Task<> cooking = follow(kitchen, std::move(recipe), report);
  co_await cooking;
  table.serve();
}

/// Ready with the number of slices.
inline Task<int> toast(Kitchen& kitchen, int slices, Report report) {
  int done = 0;
  while (done < slices) {
    ++done;
    report("toast: slice " + std::to_string(done) + " goes in");
    co_await pause(kitchen, 3min);
  }
  co_return done;
}

inline std::string in_words(int slices) { return "toast: " + std::to_string(slices) + " slices served"; }

inline Task<> serve_toast(Kitchen& kitchen, Table& table, Report report) {
  Map dish(toast(kitchen, 2, report), &in_words);
  std::string line = co_await dish;
  report(std::move(line));
  table.serve();
}

inline Task<> eggs(Kitchen& kitchen, Table& table, Report report) {
  Busy<Countdown> strokes{Countdown(20)};
  co_await strokes;
  std::vector<Step> recipe;
  recipe.push_back({0min, "eggs: beaten"});
  recipe.push_back({5min, "eggs: served"});
  Task<> cooking = follow(kitchen, std::move(recipe), report);
  co_await cooking;
  table.serve();
}

/// Makes all three at the same time. The table is told by the last of them.
inline Task<> dinner(Kitchen& kitchen, Report report) {
  Table table(3);
  report("dinner: three dishes are begun");
  for (auto* begin : {&tea, &serve_toast, &eggs}) kitchen.executor.spawn(begin(kitchen, table, report));
  co_await table;
  report("dinner: all is on the table");
}

}  // namespace mine
