#pragma once
// The first good answer of three mirrors
// use · lesson 07 · ./learn test mirrors
//
//     0 s   download asks a, b and c
//     1 s   a: "busy"              a bad answer: it does not win
//     2 s   c: the file            a good one: it does.    b, still at work, is cancelled
//
// Three mirrors have the same file. Each is slow at times, and each may answer that it cannot. Whoever wants the file
// does not care which of them sends it.
//
// Your task: write download, so that
//   1. all three mirrors are asked at once, and each is asked once;
//   2. the first good answer wins, whoever it comes from, as soon as it is there;
//   3. a bad answer does not win: the others go on as if nothing had happened;
//   4. if all three are bad, that is the answer, as soon as the last one is there:
//      "a: busy; b: no such file; c: busy", always in this order;
//   5. when `limit` is over, it is kettle::Elapsed, whatever has come until then;
//   6. whoever is not needed any more is cancelled at that very moment.
//
// Given: lessons 01 to 07. Select, join, join_all, timeout, spawn, a channel, a future of your own: use what you like.
// A mirror throws nothing. Do not use: threads.

#include <kettle/task.hpp>
#include <kettle/timeout.hpp>

#include <expected>
#include <functional>
#include <string>

namespace mine {

using kettle::Task;

/// The file, or why there is none.
using Answer = std::expected<std::string, std::string>;

/// Asks a mirror: each call is one question. The task that it returns brings the answer; dropping it cancels
/// the question.
using Mirror = std::function<Task<Answer>()>;

/// The first good answer of three mirrors; if there is none, why; Elapsed, if that takes longer than `limit`.
inline Task<std::expected<Answer, kettle::Elapsed>> download(Mirror a, Mirror /*b*/, Mirror /*c*/,
                                                             kettle::Duration /*limit*/) {
  // TODO 1, 2, 3, 4: ask all three. A task of its own for that, without the limit, keeps the two apart.
  // TODO 5, 6: limit it.
  co_return co_await a();
}

}  // namespace mine
