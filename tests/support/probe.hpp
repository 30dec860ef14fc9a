#pragma once
// Probe: a future that tells what happens to it, and does what the test wants at each poll. For tests of tasks.

#include <kettle/waker.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace probe {

/// What became of one probe; outlives it. `during` is called in each poll with the poll's number.
struct Life {
  int polls = 0;
  int drops = 0;
  std::optional<kettle::Waker> waker;  ///< Of the last poll.
  std::function<void(int)> during = [](int) {};
  std::function<void()> at_the_end = [] {};  ///< When the future is destroyed.

  void wake() const { waker->wake(); }
};

/// Pending until its poll number `last`, then Ready with that number.
class Probe {
 public:
  using Output = int;

  Probe(std::shared_ptr<Life> life, int last) : life_(std::move(life)), last_(last) {}
  Probe(Probe&&) noexcept = default;
  Probe& operator=(Probe&&) = delete;
  ~Probe() {
    if (life_ == nullptr) return;
    ++life_->drops;
    life_->at_the_end();
  }

  kettle::Poll<int> poll(kettle::Context& context) {
    const int number = ++life_->polls;
    life_->waker = context.waker();
    life_->during(number);
    if (number < last_) return kettle::pending;
    return kettle::Ready(number);
  }

 private:
  std::shared_ptr<Life> life_;
  int last_;
};

inline std::shared_ptr<Life> make_life() { return std::make_shared<Life>(); }

}  // namespace probe
