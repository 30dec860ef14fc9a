// Shape: a future of its own, which polls those that have not answered.
#include <kettle/task.hpp>
#include <kettle/timeout.hpp>

#include <cstddef>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mine {

using kettle::Task;

/// The file, or why there is none.
using Answer = std::expected<std::string, std::string>;

/// Asks a mirror: each call is one question, and what it returns is the answer. Dropping that cancels the question.
using Mirror = std::function<Task<Answer>()>;

class FirstGood {
 public:
  using Output = Answer;
  FirstGood(Mirror a, Mirror b, Mirror c) {
    for (Mirror* mirror : {&a, &b, &c}) questions_.push_back((*mirror)());
    refusals_.resize(questions_.size());
  }

  kettle::Poll<Answer> poll(kettle::Context& context) {
    bool all_refused = true;
    for (std::size_t place = 0; place < questions_.size(); ++place) {
      if (!questions_[place]) continue;
      auto answer = questions_[place]->poll(context);
      if (answer.is_pending()) {
        all_refused = false;
        continue;
      }
      questions_[place].reset();
      if (answer.value().has_value()) return answer;
      refusals_[place] = answer.value().error();
    }
    if (!all_refused) return kettle::pending;
    const std::string text = "a: " + refusals_[0] + "; b: " + refusals_[1] + "; c: " + refusals_[2];
    return kettle::Ready<Answer>(std::unexpected(text));
  }

 private:
  std::vector<std::optional<Task<Answer>>> questions_;
  std::vector<std::string> refusals_;
};

inline FirstGood first_good(Mirror a, Mirror b, Mirror c) {
  return FirstGood(std::move(a), std::move(b), std::move(c));
}

/// The first good answer of three mirrors; if there is none, why; Elapsed, if that takes longer than `limit`.
inline Task<std::expected<Answer, kettle::Elapsed>> download(Mirror a, Mirror b, Mirror c, kettle::Duration limit) {
  co_return co_await kettle::timeout(limit, first_good(std::move(a), std::move(b), std::move(c)));
}

}  // namespace mine
