// Mistake: begins to pour each cup and does not await it.
// Kind: not awaited
// Fails: two cups: the same work and the same answers, poll by poll
// Fails: work that is done at once makes no poll Pending
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
  for (;;) {
    const int degrees = co_await house.boil();
    if (degrees >= 95) break;
    house.say(fmt::format("{} degrees: too cold", degrees));
  }
  int filled = 0;
  while (filled < cups) {
    ++filled;
    static_cast<void>(house.pour(filled));
    house.say(fmt::format("cup {}, please", filled));
  }
  co_return filled;
}

}  // namespace mine
