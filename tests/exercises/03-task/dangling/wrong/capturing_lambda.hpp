// Mistake: copies the name into a coroutine lambda: captures live in the lambda, which ends with the call.
// Kind: use after destroy
// Fails: tea that is awaited on the spot has the name on it
// Fails: the name may be gone before the first poll
// Fails: the name may go between two polls
// Fails: two teas at a time have two names
// Fails: the counter serves everybody in order
#include <kettle/task.hpp>
#include <kettle/waker.hpp>

#include <string>
#include <utility>
#include <vector>

#include "tea_house.hpp"

namespace mine {

using story::Name;

/// Ready at its second poll, which it asks for at once.
class [[nodiscard]] Boil {
 public:
  using Output = void;
  Boil() {}
  kettle::Poll<> poll(kettle::Context& context) {
    if (std::exchange(boiling_, true)) return kettle::Ready();
    context.waker().wake();
    return kettle::pending;
  }

 private:
  bool boiling_ = false;
};

// #region lambda
/// Boils water, makes tea, writes the customer's name on the cup.
inline kettle::Task<std::string> tea_for(const Name& customer) {
  const auto brew = [customer]() -> kettle::Task<std::string> {
    co_await Boil();
    co_return "tea for " + customer.text();
  };
  return brew();
}
// #endregion

/// Takes orders now, and serves them later.
class Counter {
 public:
  void order(std::string name) { teas_.push_back(tea_for(Name(std::move(name)))); }

  /// All teas that were ordered, in order. Call it once.
  kettle::Task<std::vector<std::string>> serve() {
    std::vector<std::string> cups;
    for (auto& tea : teas_) {
      std::string cup = co_await tea;
      cups.push_back(std::move(cup));
    }
    teas_.clear();
    co_return cups;
  }

 private:
  std::vector<kettle::Task<std::string>> teas_;
};

}  // namespace mine
