// Mistake: calls block_on inside the task: everything else on the thread stands still, and the task is never Pending.
// Kind: blocks the thread
// Fails: two cups: the same work and the same answers, poll by poll
// Fails: water that is too cold is boiled again, until it is hot
// Fails: no cups: the water is boiled and the pot put back all the same
// Fails: destroyed after any number of polls, the pot is put back once
#include <kettle/block_on.hpp>
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
  for (;;) {
    const int degrees = kettle::block_on(house.boil());
    if (degrees >= 95) break;
    house.say(fmt::format("{} degrees: too cold", degrees));
  }
  int filled = 0;
  while (filled < cups) {
    const int cup = kettle::block_on(house.pour(filled + 1));
    house.say(fmt::format("cup {}, please", cup));
    ++filled;
  }
  co_return filled;
}

}  // namespace mine
