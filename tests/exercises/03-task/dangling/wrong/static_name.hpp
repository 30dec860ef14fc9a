// Mistake: keeps the name in a static: it lives long enough, but all orders share it.
// Kind: shared state
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

/// Boils water, makes tea, writes the customer's name on the cup.
inline kettle::Task<std::string> brew(const Name& customer) {
  co_await Boil();
  co_return "tea for " + customer.text();
}

inline kettle::Task<std::string> tea_for(const Name& customer) {
  static Name kept("nobody");
  kept = customer;
  return brew(kept);
}

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
