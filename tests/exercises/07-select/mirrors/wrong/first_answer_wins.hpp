// Mistake: takes the first answer, good or bad.
// Kind: ends too early
// Fails: a bad answer does not win
// Fails: two bad answers do not win, either
// Fails: three bad answers are one answer, in the order of the mirrors
// Fails: when the limit is over, it is Elapsed
// Fails: whoever is not needed any more is cancelled
#include <kettle/select.hpp>
#include <kettle/task.hpp>
#include <kettle/timeout.hpp>

#include <expected>
#include <functional>
#include <string>
#include <utility>
#include <variant>

namespace mine {

using kettle::Task;

/// The file, or why there is none.
using Answer = std::expected<std::string, std::string>;

/// Asks a mirror: each call is one question, and what it returns is the answer. Dropping that cancels the question.
using Mirror = std::function<Task<Answer>()>;

/// The first answer.
// #region first
inline Task<Answer> first_good(Mirror a, Mirror b, Mirror c) {
  auto winner = co_await kettle::select(a(), b(), c());
  co_return std::visit([](Answer& answer) { return std::move(answer); }, winner);
}
// #endregion

/// The first good answer of three mirrors; if there is none, why; Elapsed, if that takes longer than `limit`.
inline Task<std::expected<Answer, kettle::Elapsed>> download(Mirror a, Mirror b, Mirror c, kettle::Duration limit) {
  co_return co_await kettle::timeout(limit, first_good(std::move(a), std::move(b), std::move(c)));
}

}  // namespace mine
