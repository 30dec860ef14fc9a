// Mistake: gives each mirror the limit for itself, and takes "too late" for one more bad answer.
// Kind: wrong time
// Fails: when the limit is over, it is Elapsed
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

/// Asks a mirror: each call is one question, and what it returns is the answer. Dropping that cancels the question.
using Mirror = std::function<Task<Answer>()>;

/// What the mirrors have said that had no file.
struct Refusals {
  std::array<std::string, 3> texts;  // By the mirror's place.
  int missing = 3;
};

/// Asks one mirror. Ready with a good answer, or, when it is the last of three bad ones, with all of them. Otherwise it
/// is never Ready, so that it does not win.
inline Task<Answer> ask(Mirror mirror, std::size_t place, kettle::Duration limit, Refusals& refusals) {
  auto in_time = co_await kettle::timeout(limit, mirror());
  Answer answer = in_time.has_value() ? *in_time : Answer(std::unexpected("too late"));
  if (answer.has_value()) co_return answer;
  refusals.texts[place] = answer.error();
  if (--refusals.missing > 0) co_await kettle::sleep_until(kettle::never);
  const auto& [a, b, c] = refusals.texts;
  co_return std::unexpected("a: " + a + "; b: " + b + "; c: " + c);
}

/// The first good answer, or all the bad ones.
inline Task<Answer> first_good(Mirror a, Mirror b, Mirror c, kettle::Duration limit) {
  Refusals refusals;
  auto winner = co_await kettle::select(ask(std::move(a), 0, limit, refusals), ask(std::move(b), 1, limit, refusals),
                                        ask(std::move(c), 2, limit, refusals));
  co_return std::visit([](Answer& answer) { return std::move(answer); }, winner);
}

/// The first good answer of three mirrors; if there is none, why; Elapsed, if that takes longer than `limit`.
inline Task<std::expected<Answer, kettle::Elapsed>> download(Mirror a, Mirror b, Mirror c, kettle::Duration limit) {
  co_return co_await first_good(std::move(a), std::move(b), std::move(c), limit);
}

}  // namespace mine
