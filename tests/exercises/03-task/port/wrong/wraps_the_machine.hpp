// Mistake: puts the old machine into a Task and awaits it: now there are two things to maintain.
// Kind: another task
// Fails: TeaService is gone
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

inline kettle::Task<int> serve_tea(TeaHouse& house, int cups) {
  TeaService service(house, cups);
  const int filled = co_await service;
  co_return filled;
}

}  // namespace mine
