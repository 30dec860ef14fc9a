// Mistake: awaits the same future again instead of beginning new work.
// Kind: double poll
// Fails: water that is too cold is boiled again, until it is hot
// Fails: destroyed after any number of polls, the pot is put back once
#include <kettle/task.hpp>

#include <fmt/format.h>

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

/// Serves a pot of tea: boils water, fills `cups` cups. Ready with the number of cups filled.
inline kettle::Task<int> serve_tea(TeaHouse& house, int cups) {
  const PotInHand pot(house);
  auto boiling = house.boil();
  for (;;) {
    const int degrees = co_await boiling;
    if (degrees >= 95) break;
    house.say(fmt::format("{} degrees: too cold", degrees));
  }
  int filled = 0;
  while (filled < cups) {
    const int cup = co_await house.pour(filled + 1);
    house.say(fmt::format("cup {}, please", cup));
    ++filled;
  }
  co_return filled;
}

}  // namespace mine
