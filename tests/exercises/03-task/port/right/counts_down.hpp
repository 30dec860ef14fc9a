// Shape: recursion instead of the loop over the cups; the pot is guarded by a lambda.
#include <kettle/task.hpp>

#include <fmt/format.h>

#include <utility>

#include "tea_house.hpp"

namespace mine {

using story::TeaHouse;

template <class Function>
class AtEnd {
 public:
  explicit AtEnd(Function function) : function_(std::move(function)) {}
  ~AtEnd() { function_(); }
  AtEnd(const AtEnd&) = delete;
  AtEnd& operator=(const AtEnd&) = delete;

 private:
  Function function_;
};

inline kettle::Task<int> pour_from(TeaHouse& house, int number, int cups) {
  if (number > cups) co_return cups;
  const int cup = co_await house.pour(number);
  house.say(fmt::format("cup {}, please", cup));
  co_return co_await pour_from(house, number + 1, cups);
}

inline kettle::Task<int> serve_tea(TeaHouse& house, int cups) {
  house.take_pot();
  const AtEnd put_back([&house] { house.put_pot_back(); });
  bool is_hot = false;
  while (!is_hot) {
    const int degrees = co_await house.boil();
    is_hot = degrees >= 95;
    if (!is_hot) house.say(fmt::format("{} degrees: too cold", degrees));
  }
  co_return co_await pour_from(house, 1, cups);
}

}  // namespace mine
