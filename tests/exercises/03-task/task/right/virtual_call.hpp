// Shape: the frame asks through a virtual function; value or exception in one variant; all in the promise.
#include <kettle/poll.hpp>

#include <coroutine>
#include <exception>
#include <type_traits>
#include <utility>
#include <variant>

namespace mine {

struct Waiting {
  virtual bool ask(kettle::Context& context) = 0;

 protected:
  ~Waiting() = default;
};

template <class F>
struct Await final : Waiting {
  Await(F& f, kettle::Context& c, Waiting*& w) : future(f), first_context(c), waiting(w) {}
  bool ask(kettle::Context& context) override {
    try {
      answer = future.poll(context);
      return answer.is_ready();
    } catch (...) {
      error = std::current_exception();
      return true;
    }
  }
  bool await_ready() { return ask(first_context); }
  void await_suspend(std::coroutine_handle<>) { waiting = this; }
  decltype(auto) await_resume() {
    waiting = nullptr;
    if (error) std::rethrow_exception(error);
    return answer.take();
  }
  F& future;
  kettle::Context& first_context;
  Waiting*& waiting;
  kettle::Poll<typename F::Output> answer = kettle::pending;
  std::exception_ptr error;
};

template <class T>
struct ValuePromise {
  template <class U>
  void return_value(U&& value) {
    outcome.template emplace<1>(std::forward<U>(value));
  }
  kettle::Poll<T> ready() { return kettle::Ready<T>(std::move(std::get<1>(outcome))); }
  std::variant<std::monostate, T, std::exception_ptr> outcome;
};

template <>
struct ValuePromise<void> {
  void return_void() { outcome = true; }
  kettle::Poll<> ready() { return kettle::Ready(); }
  std::variant<std::monostate, bool, std::exception_ptr> outcome;
};

template <class T = void>
class [[nodiscard]] Task {
 public:
  using Output = T;
  struct promise_type : ValuePromise<T> {
    Task get_return_object() { return Task(std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void unhandled_exception() { this->outcome.template emplace<2>(std::current_exception()); }
    template <class F>
    auto await_transform(F&& future) {
      return Await<std::remove_reference_t<F>>(future, *context, waiting);
    }
    kettle::Context* context = nullptr;
    Waiting* waiting = nullptr;
  };

  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  kettle::Poll<T> poll(kettle::Context& context) {
    if (handle_.done()) kettle::misuse("The Task has ended.", "after Ready, let go.", "01-future");
    promise_type& promise = handle_.promise();
    promise.context = &context;
    if (promise.waiting != nullptr && !promise.waiting->ask(context)) return kettle::pending;
    handle_.resume();
    if (!handle_.done()) return kettle::pending;
    if (promise.outcome.index() == 2) std::rethrow_exception(std::get<2>(promise.outcome));
    return promise.ready();
  }

 private:
  std::coroutine_handle<promise_type> handle_;
};

}  // namespace mine
