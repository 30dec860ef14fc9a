// Putting the kettle on: tasks that wait for real time, and no thread that waits for each of them.
#include <fmt/format.h>
#include <kettle/block_on.hpp>
#include <kettle/task.hpp>
#include <kettle/time.hpp>

#include <chrono>
#include <utility>
#include <vector>

namespace {

using kettle::Clock;
using kettle::Duration;
using kettle::Instant;
using kettle::say;
using kettle::Task;
using namespace std::chrono_literals;

// #region tea
Task<> make_tea() {
  say("Putting the kettle on.");
  co_await kettle::sleep(2s);
  say("Water boiled. Making tea.");
}
// #endregion

// Several tasks as one future: ready when all of them are.
// #region together
class Together {
 public:
  using Output = void;
  explicit Together(std::vector<Task<>> tasks) : waiting_(std::move(tasks)) {}

  kettle::Poll<> poll(kettle::Context& context) {
    ++polls_;
    std::vector<Task<>> still_waiting;
    for (Task<>& task : waiting_) {
      // One that is Ready is let go here, so that it is never polled again.
      if (task.poll(context).is_pending()) still_waiting.push_back(std::move(task));
    }
    waiting_ = std::move(still_waiting);
    if (waiting_.empty()) return kettle::Ready();
    return kettle::pending;
  }
  int polls() const { return polls_; }

 private:
  std::vector<Task<>> waiting_;
  int polls_ = 0;
};
// #endregion

Task<> steep() {
  co_await kettle::sleep(300ms);
  say("  the tea has steeped");
}

Task<> bake() {
  co_await kettle::sleep(200ms);
  say("  the biscuits are warm");
}

Task<> cool(Duration length) { co_await kettle::sleep(length); }

// Whole tenths of a second, rounded down. A sleep is never early, and on a busy machine it may be a little late.
double seconds_since(Instant start) { return static_cast<double>((Clock::now() - start) / 100ms) / 10; }

// #region both
Task<> tea_and_biscuits() {
  const Instant start = Clock::now();
  std::vector<Task<>> tasks;
  tasks.push_back(steep());
  tasks.push_back(bake());
  Together both(std::move(tasks));
  co_await both;
  say(fmt::format("Two waits, 0.5 s in all: over in {:.1f} s, after {} polls.", seconds_since(start), both.polls()));
}
// #endregion

Task<> ten_cups() {
  const Instant start = Clock::now();
  Duration sum{};
  std::vector<Task<>> cups;
  for (Duration wait = 30ms; wait <= 300ms; wait += 30ms) {
    cups.push_back(cool(wait));
    sum += wait;
  }
  co_await Together(std::move(cups));
  const double in_all = std::chrono::duration<double>(sum).count();
  say(fmt::format("Ten waits, {:.2f} s in all: over in {:.1f} s.", in_all, seconds_since(start)));
}

}  // namespace

int main() {
  kettle::block_on(make_tea());
  kettle::block_on(tea_and_biscuits());
  kettle::block_on(ten_cups());
  say("One thread did all of it.");
}
