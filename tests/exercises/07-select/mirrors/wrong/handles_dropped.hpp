// Mistake: spawns the questions, and takes it that dropping their handles cancels them.
// Kind: missing cancel
// Fails: whoever is not needed any more is cancelled
#include <kettle/channel.hpp>
#include <kettle/join_handle.hpp>
#include <kettle/task.hpp>
#include <kettle/timeout.hpp>

#include <array>
#include <cstddef>
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

using Answers = kettle::mpsc::Sender<std::pair<std::size_t, Answer>>;

inline Task<> ask(Mirror mirror, std::size_t place, Answers answers) {
  Answer answer = co_await mirror();
  std::pair<std::size_t, Answer> numbered(place, std::move(answer));
  const auto sent = co_await answers.send(std::move(numbered));
  (void)sent;  // Nobody listens any more? Then nobody needs it.
}

inline Task<Answer> first_good(Mirror a, Mirror b, Mirror c) {
  auto [sender, answers] = kettle::mpsc::channel<std::pair<std::size_t, Answer>>(3);
  std::array<std::string, 3> refusals;
  const auto one = kettle::spawn(ask(std::move(a), 0, sender));
  const auto two = kettle::spawn(ask(std::move(b), 1, sender));
  const auto three = kettle::spawn(ask(std::move(c), 2, sender));
  for (int missing = 3; missing > 0; --missing) {
    auto numbered = co_await answers.recv();
    auto& [place, answer] = *numbered;
    if (answer.has_value()) co_return answer;
    refusals[place] = answer.error();
  }
  co_return std::unexpected("a: " + refusals[0] + "; b: " + refusals[1] + "; c: " + refusals[2]);
}

/// The first good answer of three mirrors; if there is none, why; Elapsed, if that takes longer than `limit`.
inline Task<std::expected<Answer, kettle::Elapsed>> download(Mirror a, Mirror b, Mirror c, kettle::Duration limit) {
  co_return co_await kettle::timeout(limit, first_good(std::move(a), std::move(b), std::move(c)));
}

}  // namespace mine
