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

#include <optional>

#include "tea_house.hpp"

namespace mine {

using story::TeaHouse;

/// Serves a pot of tea: boils water, fills `cups` cups. Ready with the number of cups filled.
class TeaService {
 public:
  using Output = int;

  TeaService(TeaHouse& house, int cups) : house_(house), cups_(cups) {}
  TeaService(const TeaService&) = delete;
  TeaService& operator=(const TeaService&) = delete;
  ~TeaService() {
    if (state_ == State::boil || state_ == State::pour) house_.put_pot_back();
  }

  kettle::Poll<int> poll(kettle::Context& context) {
    for (;;) {
      switch (state_) {
        case State::start:
          house_.take_pot();
          work_.emplace(house_.boil());
          state_ = State::boil;
          break;
        case State::boil: {
          auto degrees = work_->poll(context);
          if (degrees.is_pending()) return kettle::pending;
          work_.reset();
          if (degrees.value() < 95) {
            house_.say(fmt::format("{} degrees: too cold", degrees.value()));
            work_.emplace(house_.boil());
            break;
          }
          state_ = State::pour;
          break;
        }
        case State::pour: {
          if (work_) {
            auto cup = work_->poll(context);
            if (cup.is_pending()) return kettle::pending;
            work_.reset();
            house_.say(fmt::format("cup {}, please", cup.value()));
            ++filled_;
          }
          if (filled_ < cups_) {
            work_.emplace(house_.pour(filled_ + 1));
            break;
          }
          house_.put_pot_back();
          state_ = State::end;
          return kettle::Ready(filled_);
        }
        case State::end:
          kettle::misuse("The tea was served already.", "after Ready, a future is finished.", "01-future");
      }
    }
  }

 private:
  enum class State { start, boil, pour, end };
  TeaHouse& house_;
  int cups_;
  int filled_ = 0;
  State state_ = State::start;
  std::optional<TeaHouse::Work> work_;
};

// TODO 1 to 6: make this a coroutine that returns a kettle::Task<int>.
inline TeaService serve_tea(TeaHouse& house, int cups) { return TeaService(house, cups); }

}  // namespace mine
