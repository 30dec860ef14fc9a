// Mistake: puts the pot back in the last line, which a task that is destroyed half-way never reaches.
// Kind: missing cancel
// Fails: destroyed after any number of polls, the pot is put back once
#include <kettle/task.hpp>

#include <fmt/format.h>

#include "tea_house.hpp"

namespace mine {

using story::TeaHouse;

/// Serves a pot of tea: boils water, fills `cups` cups. Ready with the number of cups filled.
inline kettle::Task<int> serve_tea(TeaHouse& house, int cups) {
  house.take_pot();
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
  house.put_pot_back();
  co_return filled;
}

}  // namespace mine
