// Shape: a variant that is either a race or over; every poll begins with the other one, and so does every race.
#include <kettle/poll.hpp>

#include <atomic>
#include <concepts>
#include <type_traits>
#include <utility>
#include <variant>

namespace mine {

inline std::atomic<unsigned> races{0};

template <kettle::Future A, kettle::Future B>
  requires std::same_as<typename A::Output, typename B::Output>
class Race {
 public:
  using Output = typename A::Output;

  Race(A a, B b) : state_(std::in_place_type<Both>, std::move(a), std::move(b)) {}

  kettle::Poll<Output> poll(kettle::Context& context) {
    Both* const both = std::get_if<Both>(&state_);
    if (both == nullptr) kettle::misuse("A race was polled after its end.", "after Ready, let it go.", "01-future");
    const bool b_first = turn_++ % 2 == 0;
    for (const bool b : {b_first, !b_first}) {
      auto answer = b ? both->b.poll(context) : both->a.poll(context);
      if (answer.is_pending()) continue;
      state_.template emplace<std::monostate>();
      return answer;
    }
    return kettle::pending;
  }

 private:
  struct Both {
    Both(A a_future, B b_future) : a(std::move(a_future)), b(std::move(b_future)) {}
    A a;
    B b;
  };
  std::variant<Both, std::monostate> state_;
  unsigned turn_ = races.fetch_add(1);
};

template <kettle::Future A, kettle::Future B>
Race<A, B> race(A a, B b) {
  return {std::move(a), std::move(b)};
}

}  // namespace mine
