// Shape: selects among named tasks, and again among those that are left.
#include <kettle/select.hpp>
#include <kettle/task.hpp>
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

inline Answer take(std::variant<Answer, Answer>& answers) {
  return std::visit([](Answer& answer) { return std::move(answer); }, answers);
}

inline Task<Answer> first_good(Mirror ask_a, Mirror ask_b, Mirror ask_c) {
  Task<Answer> a = ask_a();
  Task<Answer> b = ask_b();
  Task<Answer> c = ask_c();
  std::vector<Task<Answer>*> left;
  for (Task<Answer>* each : {&a, &b, &c}) left.push_back(each);
  std::vector<std::size_t> places;
  for (const std::size_t place : {0u, 1u, 2u}) places.push_back(place);
  std::vector<std::string> refusals(3);

  auto first = co_await kettle::select(*left[0], *left[1], *left[2]);
  Answer answer = std::visit([](Answer& value) { return std::move(value); }, first);
  if (answer.has_value()) co_return answer;
  refusals[places[first.index()]] = answer.error();
  left.erase(left.begin() + static_cast<std::ptrdiff_t>(first.index()));
  places.erase(places.begin() + static_cast<std::ptrdiff_t>(first.index()));

  auto second = co_await kettle::select(*left[0], *left[1]);
  answer = take(second);
  if (answer.has_value()) co_return answer;
  refusals[places[second.index()]] = answer.error();

  const std::size_t last = 1 - second.index();
  answer = co_await *left[last];
  if (answer.has_value()) co_return answer;
  refusals[places[last]] = answer.error();
  co_return std::unexpected("a: " + refusals[0] + "; b: " + refusals[1] + "; c: " + refusals[2]);
}

/// The first good answer of three mirrors; if there is none, why; Elapsed, if that takes longer than `limit`.
inline Task<std::expected<Answer, kettle::Elapsed>> download(Mirror a, Mirror b, Mirror c, kettle::Duration limit) {
  co_return co_await kettle::timeout(limit, first_good(std::move(a), std::move(b), std::move(c)));
}

}  // namespace mine
