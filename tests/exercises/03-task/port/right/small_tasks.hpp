// Shape: one small Task a step; the pot is put back by a unique_ptr with a deleter of its own.
#include <kettle/task.hpp>

#include <fmt/format.h>

#include <memory>

#include "tea_house.hpp"

namespace mine {

using story::TeaHouse;

struct PutBack {
  void operator()(TeaHouse* house) const { house->put_pot_back(); }
};

inline kettle::Task<> boil_until_hot(TeaHouse& house) {
  int degrees = co_await house.boil();
  while (degrees < 95) {
    house.say(fmt::format("{} degrees: too cold", degrees));
    const int next = co_await house.boil();
    degrees = next;
  }
}

inline kettle::Task<int> fill(TeaHouse& house, int number) {
  const int cup = co_await house.pour(number);
  house.say(fmt::format("cup {}, please", cup));
  co_return cup;
}

inline kettle::Task<int> serve_tea(TeaHouse& house, int cups) {
  house.take_pot();
  const std::unique_ptr<TeaHouse, PutBack> pot(&house);
  co_await boil_until_hot(house);
  int last = 0;
  while (last < cups) {
    const int cup = co_await fill(house, last + 1);
    last = cup;
  }
  co_return last;
}

}  // namespace mine
