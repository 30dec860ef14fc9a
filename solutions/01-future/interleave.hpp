#pragma once
// Many futures, one poller
// use · lesson 01 · ./learn test interleave
//
//   futures          round 1    round 2    round 3
//   egg              Pending    Ready      -
//   toast            Pending    Pending    Ready
//   juice            Ready      -          -
//
//   answers: juice, egg, toast       polls: 6
//
// One thread looks after all of them, by taking turns: one poll for each, and round again.
//
// Your task, one step at a time:
//   1. Poll in rounds, in the order of the list. In each round, each future that is not Ready yet is polled once.
//   2. A future that was Ready is left alone.
//   3. Put each answer at the end of `answers` when it comes. Answers may be things that can only be moved.
//   4. Count every poll in `polls`.
//   5. Return when all are Ready. An empty list takes no poll at all.
//
// Given: kettle/poll.hpp. Do not use: threads. Polling in a loop burns a core: lesson 02 mends that, not you.

#include <kettle/poll.hpp>

#include <utility>
#include <vector>

namespace mine {

/// What came of polling a list of futures.
template <class T>
struct Report {
  std::vector<T> answers;  ///< In the order in which they came.
  int polls = 0;           ///< Of all futures together.
};

/// Polls all of `futures` in turn until each has been Ready.
template <kettle::Future F>
Report<typename F::Output> take_turns(std::vector<F*> futures) {
  Report<typename F::Output> report;
  kettle::Context context;
  while (!futures.empty()) {
    std::vector<F*> still_pending;
    for (F* future : futures) {
      ++report.polls;
      auto answer = future->poll(context);
      if (answer.is_ready()) {
        report.answers.push_back(answer.take());
      } else {
        still_pending.push_back(future);
      }
    }
    futures = std::move(still_pending);
  }
  return report;
}

}  // namespace mine
