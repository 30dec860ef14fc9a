// Breakfast takes as long as its slowest dish; a recipe takes as long as the quickest answer, and two seconds at most.
#include <fmt/format.h>
#include <kettle/block_on.hpp>
#include <kettle/join.hpp>
#include <kettle/select.hpp>
#include <kettle/task.hpp>
#include <kettle/timeout.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace {

using kettle::Clock;
using kettle::Duration;
using kettle::Instant;
using kettle::say;
using kettle::Task;
using namespace std::chrono_literals;

// Whole tenths of a second, rounded down. A sleep is never early, and on a busy machine it may be a little late.
double seconds_since(Instant start) { return static_cast<double>((Clock::now() - start) / 100ms) / 10; }

Task<std::string> make_tea() {
  co_await kettle::sleep(300ms);
  say("  the tea has steeped");
  co_return "a cup of tea";
}

Task<int> make_toast() {
  co_await kettle::sleep(200ms);
  say("  the toast pops up");
  co_return 2;
}

// #region breakfast
Task<> breakfast() {
  const Instant start = Clock::now();
  say("Breakfast:");
  auto [tea, slices] = co_await kettle::join(make_tea(), make_toast());
  say(fmt::format("{} and {} slices of toast, after {:.1f} s.", tea, slices, seconds_since(start)));
}
// #endregion

// A question that is under way. Who is cancelled does not run on, but his locals are destroyed: so this one can tell.
class Question {
 public:
  // #region question
  explicit Question(std::string_view whom) : whom_(whom) { say(fmt::format("  {}: asked", whom_)); }
  ~Question() {
    if (!answered_) say(fmt::format("  {}: cancelled", whom_));
  }
  // #endregion
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;

  void note_answer() {
    say(fmt::format("  {}: answers", whom_));
    answered_ = true;
  }

 private:
  std::string_view whom_;
  bool answered_ = false;
};

// #region ask
Task<std::string> ask(std::string_view whom, Duration answers_after) {
  Question question(whom);
  co_await kettle::sleep(answers_after);
  question.note_answer();
  co_return "flour, butter, milk";
}
// #endregion

// #region find
Task<> find_recipe(Duration cache_takes, Duration network_takes) {
  const Instant start = Clock::now();
  auto found = co_await kettle::timeout(2s, kettle::select(ask("cache", cache_takes), ask("network", network_takes)));
  if (!found.has_value()) {
    say(fmt::format("No recipe after {:.1f} s: time is up. Bread will do.", seconds_since(start)));
    co_return;
  }
  switch (found->index()) {
    case 0:
      say(fmt::format("From the cache, after {:.1f} s: {}.", seconds_since(start), std::get<0>(*found)));
      break;
    case 1:
      say(fmt::format("From the network, after {:.1f} s: {}.", seconds_since(start), std::get<1>(*found)));
      break;
  }
}
// #endregion

}  // namespace

int main() {
  kettle::block_on(breakfast());

  say("A recipe for scones, within two seconds:");
  kettle::block_on(find_recipe(1s, 3s));

  say("And one for crumpets, on a slow day:");
  kettle::block_on(find_recipe(3s, 4s));
}
