// Mistake: after a bad answer, asks the other mirrors anew: what they had done until then was cancelled.
// Kind: lost value
// Fails: all three mirrors are asked at once, and each is asked once
// Fails: a bad answer does not win
// Fails: two bad answers do not win, either
// Fails: three bad answers are one answer, in the order of the mirrors
// Fails: whoever is not needed any more is cancelled
#include <kettle/select.hpp>
#include <kettle/task.hpp>
#include <kettle/time.hpp>
#include <kettle/timeout.hpp>

#include <cstddef>
#include <expected>
#include <functional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace mine {

using kettle::Task;

/// The file, or why there is none.
using Answer = std::expected<std::string, std::string>;

/// Asks a mirror: each call is one question, and what it returns is the answer. Dropping that cancels the question.
using Mirror = std::function<Task<Answer>()>;

inline Task<Answer> never() {
  co_await kettle::sleep_until(kettle::never);
  co_return std::unexpected("");
}

inline Task<Answer> good_one_of(std::vector<Mirror> mirrors, std::vector<std::string> names, std::string refusals) {
  if (mirrors.empty()) co_return std::unexpected(refusals.substr(2));
  Mirror nobody = [] { return never(); };
  mirrors.resize(3, nobody);
  auto winner = co_await kettle::select(mirrors[0](), mirrors[1](), mirrors[2]());
  Answer answer = std::visit([](Answer& value) { return std::move(value); }, winner);
  if (answer.has_value()) co_return answer;
  const auto place = static_cast<std::ptrdiff_t>(winner.index());
  refusals += "; " + names[winner.index()] + ": " + answer.error();
  mirrors.resize(names.size());
  mirrors.erase(mirrors.begin() + place);
  names.erase(names.begin() + place);
  co_return co_await good_one_of(mirrors, names, refusals);
}

inline Task<Answer> first_good(Mirror a, Mirror b, Mirror c) {
  std::vector<Mirror> mirrors;
  std::vector<std::string> names;
  mirrors.push_back(std::move(a));
  mirrors.push_back(std::move(b));
  mirrors.push_back(std::move(c));
  for (const char* name : {"a", "b", "c"}) names.emplace_back(name);
  co_return co_await good_one_of(std::move(mirrors), std::move(names), "");
}

/// The first good answer of three mirrors; if there is none, why; Elapsed, if that takes longer than `limit`.
inline Task<std::expected<Answer, kettle::Elapsed>> download(Mirror a, Mirror b, Mirror c, kettle::Duration limit) {
  co_return co_await kettle::timeout(limit, first_good(std::move(a), std::move(b), std::move(c)));
}

}  // namespace mine
