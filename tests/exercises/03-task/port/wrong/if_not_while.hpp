// Mistake: boils too cold water once more, and no further: an if where the machine had a loop.
// Kind: off by one
// Fails: water that is too cold is boiled again, until it is hot
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
  const int degrees = co_await house.boil();
  if (degrees < 95) {
    house.say(fmt::format("{} degrees: too cold", degrees));
    co_await house.boil();
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
