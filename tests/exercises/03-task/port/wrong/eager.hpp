// Mistake: takes the pot in a plain function, before anybody polls.
// Kind: not lazy
// Fails: nothing happens before the first poll
// Fails: destroyed after any number of polls, the pot is put back once
#include <kettle/task.hpp>

#include <fmt/format.h>

#include <memory>

#include "tea_house.hpp"

namespace mine {

using story::TeaHouse;

/// Takes the pot, and puts it back when it goes itself: at the end, or when the frame is destroyed half-way.
class PotInHand {
 public:
  explicit PotInHand(TeaHouse& house) : house_(house) { house_.take_pot(); }
  ~PotInHand() { house_.put_pot_back(); }
  PotInHand(const PotInHand&) = delete;
  PotInHand& operator=(const PotInHand&) = delete;

 private:
  TeaHouse& house_;
};

inline kettle::Task<int> boil_and_pour(TeaHouse& house, int cups, std::unique_ptr<PotInHand> pot) {
  for (;;) {
    const int degrees = co_await house.boil();
    if (degrees >= 95) break;
    house.say(fmt::format("{} degrees: too cold", degrees));
  }
  int filled = 0;
  while (filled < cups) {
    const int cup = co_await house.pour(filled + 1);
    house.say(fmt::format("cup {}, please", cup));
    ++filled;
  }
  pot.reset();
  co_return filled;
}

/// Serves a pot of tea: boils water, fills `cups` cups. Ready with the number of cups filled.
inline kettle::Task<int> serve_tea(TeaHouse& house, int cups) {
  return boil_and_pour(house, cups, std::make_unique<PotInHand>(house));
}

}  // namespace mine
