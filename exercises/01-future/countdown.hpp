#pragma once
// Countdown, then Map
// build · lesson 01 · ./learn test countdown
//
//   poll      Countdown(2):  Pending      Pending      Ready
//             left           2 -> 1       1 -> 0       0
//
//   the inner future says       Map(future, function) says
//   Pending                     Pending
//   Ready(value)                Ready(function(value))
//
// Your task, one step at a time:
//   1. Countdown(n) is Pending n times, then Ready. Countdown(0) is Ready at once.
//   2. It does nothing until it is polled, and counts one step a poll.
//   3. Each poll of Map polls the inner future once, with the same context. Pending is passed on, and the function
//      is not called.
//   4. When the inner future is Ready, Map is Ready with function(value); the function runs once.
//   5. Map works over any future that has a value, also a value that can only be moved.
//
// Given: kettle/poll.hpp. Do not use: loops, threads, anything that waits.

#include <kettle/poll.hpp>

#include <type_traits>
#include <utility>

namespace mine {

/// Pending `steps` times, then Ready.
class Countdown {
 public:
  using Output = void;

  explicit Countdown(int steps) : left_(steps) {}

  kettle::Poll<> poll(kettle::Context&) {
    // TODO 1, 2: count down, one step a poll.
    return kettle::Ready();
  }

 private:
  int left_;
};

/// A future whose value is that of `Inner`, passed through `Function`.
template <kettle::Future Inner, class Function>
class Map {
 public:
  using Output = std::invoke_result_t<Function&, typename Inner::Output>;

  Map(Inner inner, Function function) : inner_(std::move(inner)), function_(std::move(function)) {}

  kettle::Poll<Output> poll(kettle::Context&) {
    // TODO 3, 4, 5: poll inner_ (hand it the context), and pass its answer on.
    return kettle::pending;
  }

 private:
  Inner inner_;
  Function function_;
};

}  // namespace mine
