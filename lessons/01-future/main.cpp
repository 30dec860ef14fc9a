// A recipe card: a future is written down, and nothing is cooked until somebody polls it.
#include <fmt/format.h>
#include <kettle/poll.hpp>
#include <kettle/trace.hpp>

#include <string>

namespace {

using kettle::say;

// A stand-in for time, which lesson 04 brings: over at the n-th look.
// #region wait
class Wait {
 public:
  using Output = void;  // "It is over", and nothing more to say.

  explicit Wait(int looks) : looks_left_(looks) {}

  kettle::Poll<> poll(kettle::Context&) {
    --looks_left_;
    if (looks_left_ > 0) return kettle::pending;
    return kettle::Ready();
  }

 private:
  int looks_left_;
};
// #endregion

// The recipe:    begin ---> boil ---> steep ---> served
// It may have to wait in `boil` and in `steep`. Then step_ remembers where to go on.
class Tea {
 public:
  using Output = std::string;

  Tea(Wait water, Wait leaves) : water_(water), leaves_(leaves) {}

  // #region tea
  kettle::Poll<std::string> poll(kettle::Context& context) {
    if (step_ == Step::begin) {
      say("  fill the pot, switch it on");
      step_ = Step::boil;
    }
    if (step_ == Step::boil) {
      if (water_.poll(context).is_pending()) return kettle::pending;
      say("  the water boils: pour it over the leaves");
      step_ = Step::steep;
    }
    if (step_ == Step::steep) {
      if (leaves_.poll(context).is_pending()) return kettle::pending;
      say("  take the leaves out");
      step_ = Step::served;
      return kettle::Ready(std::string("a cup of tea"));
    }
    kettle::misuse("Tea was polled again after it was Ready.", "keep the answer, leave the future alone.", "01-future");
  }
  // #endregion

 private:
  enum class Step { begin, boil, steep, served };
  Step step_ = Step::begin;
  Wait water_;
  Wait leaves_;
};

void poll_once(Tea& tea, int number) {
  say(fmt::format("poll {}", number));
  kettle::Context context;  // Lesson 02 fills it. This one reaches nobody.
  auto answer = tea.poll(context);
  say(answer.is_ready() ? fmt::format("  -> Ready: {}", answer.take()) : "  -> Pending");
}

// #region loop
void poll_in_a_loop(Tea& tea) {
  kettle::Context context;
  int polls = 1;
  auto answer = tea.poll(context);
  while (answer.is_pending()) {
    answer = tea.poll(context);
    ++polls;
  }
  say(fmt::format("{}. Polls: {}, answered Pending: {}.", answer.take(), polls, polls - 1));
}
// #endregion

}  // namespace

int main() {
  // #region by_hand
  Tea tea(Wait(2), Wait(2));
  say("The card is written. Nothing is cooking.");
  poll_once(tea, 1);
  poll_once(tea, 2);
  poll_once(tea, 3);
  // #endregion

  Tea slow_tea(Wait(100'000), Wait(1));
  say("A second card. Its water boils at the 100000th look.");
  poll_in_a_loop(slow_tea);
}
