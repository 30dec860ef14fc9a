// Mistake: asks the next mirror when the last one has answered.
// Kind: one after the other
// Fails: all three mirrors are asked at once, and each is asked once
// Fails: the first good answer wins, whoever it comes from
// Fails: a bad answer does not win
// Fails: two bad answers do not win, either
// Fails: three bad answers are one answer, in the order of the mirrors
// Fails: whoever is not needed any more is cancelled
#include <kettle/task.hpp>
#include <kettle/timeout.hpp>

#include <expected>
#include <functional>
#include <string>
#include <utility>

namespace mine {

using kettle::Task;

/// The file, or why there is none.
using Answer = std::expected<std::string, std::string>;

/// Asks a mirror: each call is one question, and what it returns is the answer. Dropping that cancels the question.
using Mirror = std::function<Task<Answer>()>;

inline Task<Answer> first_good(Mirror a, Mirror b, Mirror c) {
  Answer of_a = co_await a();
  if (of_a.has_value()) co_return of_a;
  Answer of_b = co_await b();
  if (of_b.has_value()) co_return of_b;
  Answer of_c = co_await c();
  if (of_c.has_value()) co_return of_c;
  co_return std::unexpected("a: " + of_a.error() + "; b: " + of_b.error() + "; c: " + of_c.error());
}

/// The first good answer of three mirrors; if there is none, why; Elapsed, if that takes longer than `limit`.
inline Task<std::expected<Answer, kettle::Elapsed>> download(Mirror a, Mirror b, Mirror c, kettle::Duration limit) {
  co_return co_await kettle::timeout(limit, first_good(std::move(a), std::move(b), std::move(c)));
}

}  // namespace mine
