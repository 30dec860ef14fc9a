// Mistake: puts the bad answers together in the order in which they came.
// Kind: unfair order
// Fails: three bad answers are one answer, in the order of the mirrors
#include <kettle/select.hpp>
#include <kettle/task.hpp>
#include <kettle/time.hpp>
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

struct Refusals {
  std::string text;
  int missing = 3;
};

inline Task<Answer> ask(const char* name, Mirror mirror, Refusals& refusals) {
  Answer answer = co_await mirror();
  if (answer.has_value()) co_return answer;
  refusals.text += (refusals.text.empty() ? "" : "; ") + std::string(name) + ": " + answer.error();
  if (--refusals.missing > 0) co_await kettle::sleep_until(kettle::never);
  co_return std::unexpected(refusals.text);
}

inline Task<Answer> first_good(Mirror a, Mirror b, Mirror c) {
  Refusals refusals;
  auto winner = co_await kettle::select(ask("a", std::move(a), refusals), ask("b", std::move(b), refusals),
                                        ask("c", std::move(c), refusals));
  co_return std::visit([](Answer& answer) { return std::move(answer); }, winner);
}

/// The first good answer of three mirrors; if there is none, why; Elapsed, if that takes longer than `limit`.
inline Task<std::expected<Answer, kettle::Elapsed>> download(Mirror a, Mirror b, Mirror c, kettle::Duration limit) {
  co_return co_await kettle::timeout(limit, first_good(std::move(a), std::move(b), std::move(c)));
}

}  // namespace mine
