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

#include <kettle/select.hpp>
#include <kettle/task.hpp>
#include <kettle/time.hpp>
#include <kettle/timeout.hpp>

#include <array>
#include <cstddef>
#include <expected>
#include <functional>
#include <string>
#include <utility>
#include <variant>

namespace mine {

using kettle::Task;

/// The file, or why there is none.
using Answer = std::expected<std::string, std::string>;

/// Asks a mirror: each call is one question. The task that it returns brings the answer; dropping it cancels
/// the question.
using Mirror = std::function<Task<Answer>()>;

/// What the mirrors have said that had no file.
struct Refusals {
  std::array<std::string, 3> texts;  // By the mirror's place.
  int missing = 3;
};

/// Asks one mirror. Ready with a good answer, or, when it is the last of three bad ones, with all of them. Otherwise it
/// is never Ready, so that it does not win.
inline Task<Answer> ask(Mirror mirror, std::size_t place, Refusals& refusals) {
  Answer answer = co_await mirror();
  if (answer.has_value()) co_return answer;
  refusals.texts[place] = answer.error();
  if (--refusals.missing > 0) co_await kettle::sleep_until(kettle::never);
  const auto& [a, b, c] = refusals.texts;
  co_return std::unexpected("a: " + a + "; b: " + b + "; c: " + c);
}

/// The first good answer, or all the bad ones.
inline Task<Answer> first_good(Mirror a, Mirror b, Mirror c) {
  Refusals refusals;
  auto winner = co_await kettle::select(ask(std::move(a), 0, refusals), ask(std::move(b), 1, refusals),
                                        ask(std::move(c), 2, refusals));
  co_return std::visit([](Answer& answer) { return std::move(answer); }, winner);
}

/// The first good answer of three mirrors; if there is none, why; Elapsed, if that takes longer than `limit`.
inline Task<std::expected<Answer, kettle::Elapsed>> download(Mirror a, Mirror b, Mirror c, kettle::Duration limit) {
  co_return co_await kettle::timeout(limit, first_good(std::move(a), std::move(b), std::move(c)));
}

}  // namespace mine
