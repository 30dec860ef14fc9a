#pragma once
// Polled again after Ready
// fix · lesson 01 · ./learn test finished
//
//   Both(egg, toast), Ready with a pair of their values:
//
//   poll             1          2                  3
//   egg              Pending    Ready("egg")       -
//   toast            Pending    Pending            Ready("toast")
//   Both             Pending    Pending            Ready("egg", "toast")
//
// The symptom: it worked as long as egg and toast took equally long. Since the toast takes longer, breakfast never
// comes: at the third poll the egg complains "I was polled again after I was Ready".
//
// Mend it, so that:
//   1. Two futures that are Ready at the same poll still give a pair of their values, at that poll.
//   2. When the first is Ready early, it is left alone from then on.
//   3. When the second is Ready early, it is left alone from then on.
//   4. Both is Pending until the last one is Ready. The value that came early is in the pair then.
//   5. Nobody waits for the other: each poll of Both polls each that is still Pending once, with the context that
//      Both was given.
//   6. The values may be things that can only be moved.
//
// You may add members. Given: kettle/poll.hpp. Do not use: loops, threads, anything that waits.

#include <kettle/poll.hpp>

#include <utility>

namespace mine {

/// Both futures at once: Ready, with a pair of their values, when the last of them is.
template <kettle::Future First, kettle::Future Second>
class Both {
 public:
  using Output = std::pair<typename First::Output, typename Second::Output>;

  Both(First first, Second second) : first_(std::move(first)), second_(std::move(second)) {}

  kettle::Poll<Output> poll(kettle::Context& context) {
    if (first_answer_.is_pending()) first_answer_ = first_.poll(context);
    if (second_answer_.is_pending()) second_answer_ = second_.poll(context);
    if (first_answer_.is_pending() || second_answer_.is_pending()) return kettle::pending;
    return kettle::Ready(Output(first_answer_.take(), second_answer_.take()));
  }

 private:
  First first_;
  Second second_;
  kettle::Poll<typename First::Output> first_answer_ = kettle::pending;
  kettle::Poll<typename Second::Output> second_answer_ = kettle::pending;
};

}  // namespace mine
