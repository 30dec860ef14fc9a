#pragma once
// From state machine to coroutine
// use · lesson 03 · ./learn test port
//
//            take the pot        hot enough        last cup filled
//     start -------------> boil -------------> pour ---------------> end
//                          ^  |                ^  |
//                          '--' too cold       '--' next cup
//
//     At the end the pot is back, and the answer is Ready with the cups.
//
// TeaService was written by hand. It works, and nobody wants to change it any more. Port it:
//   1. serve_tea(house, cups) returns a kettle::Task<int>, written as a coroutine.
//   2. Nothing happens before the first poll.
//   3. The same work in the same order, with the same answer to every poll.
//   4. Water below 95 degrees is boiled again, as often as it takes.
//   5. No cups: the pot is filled and put back all the same.
//   6. Destroying the task half-way puts the pot back, once. (What did the machine's destructor do? A coroutine has
//      none. It has locals.)
//   7. Delete TeaService.
//
// Given: kettle/task.hpp, and TeaHouse (tests/support/tea_house.hpp): take_pot(), put_pot_back(), say(line), and two
// futures, boil(), Ready with degrees, and pour(cup). Each call of these two begins new work. Do not use: block_on.

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
    const int cup = co_await house.pour(filled + 1);
    house.say(fmt::format("cup {}, please", cup));
    ++filled;
  }
  co_return filled;
}

}  // namespace mine
