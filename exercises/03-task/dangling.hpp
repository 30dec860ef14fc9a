#pragma once
// A reference that outlives its order
// fix · lesson 03 · ./learn test dangling
//
//   counter.order("Ada")     counter.order("Ben")        counter.serve()
//          |                        |                      polls all, again and again
//        a Task                   a Task    ... later ...  "tea for Ada", "tea for Ben"
//
// The symptom: tea that is awaited on the spot has its customer's name on it. Since the counter takes all orders first
// and serves them later, the names on the cups are gone, or somebody else's.
//
// Mend it, so that:
//   1. Tea that is awaited in the line that orders it is right (it is already).
//   2. Tea whose name was made on the spot and is gone when the first poll comes.
//   3. Tea whose name goes between two polls.
//   4. Several teas at a time, each with its own name.
//   5. The counter serves everybody, in order.
//   6. When the teas are gone, no name is left over.
//
// Given: Name (tests/support/tea_house.hpp), which is a string that notices when it is used after its end. Keep the
// functions' names, and let tea_for be called with a Name.

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
inline kettle::Task<std::string> tea_for(const Name& customer) {
  co_await Boil();
  co_return "tea for " + customer.text();
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
