// Shape: the context of the poll that runs is the thread's; a pointer and a function ask; a unique_ptr owns the frame.
#include <kettle/poll.hpp>

#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace mine {

inline thread_local kettle::Context* polled_with = nullptr;

class Polling {
 public:
  explicit Polling(kettle::Context& context) : outer_(std::exchange(polled_with, &context)) {}
  ~Polling() { polled_with = outer_; }
  Polling(const Polling&) = delete;
  Polling& operator=(const Polling&) = delete;

 private:
  kettle::Context* outer_;
};

// What a suspended coroutine needs before it goes on.
struct Question {
  void* about = nullptr;
  bool (*answered)(void* about) = nullptr;
};

struct Core {
  Question question;
  std::exception_ptr error;

  auto initial_suspend() noexcept { return std::suspend_always(); }
  auto final_suspend() noexcept { return std::suspend_always(); }
  void unhandled_exception() { error = std::current_exception(); }

  template <class Awaited>
  auto await_transform(Awaited&& awaited) {
    using F = std::remove_reference_t<Awaited>;
    struct Awaiter {
      F* future;
      Question* question;
      std::exception_ptr error;
      kettle::Poll<typename F::Output> answer;

      Awaiter(F* f, Question* q) : future(f), question(q), error(), answer(kettle::pending) {}
      static bool ask(void* self) {
        auto* me = static_cast<Awaiter*>(self);
        try {
          me->answer = me->future->poll(*polled_with);
        } catch (...) {
          me->error = std::current_exception();
        }
        return me->error != nullptr || me->answer.is_ready();
      }
      bool await_ready() { return ask(this); }
      bool await_suspend(std::coroutine_handle<>) {
        *question = {this, &ask};
        return true;
      }
      typename F::Output await_resume() {
        *question = {};
        if (error != nullptr) std::rethrow_exception(error);
        return answer.take();
      }
    };
    return Awaiter(std::addressof(awaited), &question);
  }
};

template <class T>
struct Returns : Core {
  std::optional<T> value;
  void return_value(T v) { value.emplace(std::move(v)); }
  kettle::Poll<T> outcome() { return kettle::Ready<T>(std::move(*value)); }
};

template <>
struct Returns<void> : Core {
  void return_void() {}
  kettle::Poll<> outcome() { return kettle::Ready(); }
};

template <class T = void>
class [[nodiscard]] Task {
  struct Destroy {
    void operator()(void* frame) const { std::coroutine_handle<>::from_address(frame).destroy(); }
  };

 public:
  using Output = T;
  struct promise_type : Returns<T> {
    Task get_return_object() {
      Task task;
      task.frame_.reset(std::coroutine_handle<promise_type>::from_promise(*this).address());
      return task;
    }
  };

  kettle::Poll<T> poll(kettle::Context& context) {
    const auto coroutine = std::coroutine_handle<promise_type>::from_address(frame_.get());
    if (coroutine.done()) kettle::misuse("The Task has ended.", "after Ready, let go.", "01-future");
    promise_type& promise = coroutine.promise();
    const Polling polling(context);
    const Question question = promise.question;
    if (question.answered != nullptr && !question.answered(question.about)) return kettle::pending;
    coroutine.resume();
    if (promise.error != nullptr) std::rethrow_exception(promise.error);
    if (!coroutine.done()) return kettle::pending;
    return promise.outcome();
  }

 private:
  Task() = default;
  std::unique_ptr<void, Destroy> frame_;
};

}  // namespace mine
