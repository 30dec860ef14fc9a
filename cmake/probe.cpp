// Is this compiler's coroutine support sound? GCC 12's is not: it loses or corrupts a coroutine that declares nothing
// and awaits in a condition, and destroys some temporaries of an awaiting expression twice. Exit status 0: sound.
#include <coroutine>
#include <cstdlib>
#include <utility>

namespace {

int alive = 0;

struct Counted {
  Counted() { ++alive; }
  Counted(const Counted&) { ++alive; }
  ~Counted() { --alive; }
};

struct Pair {
  Counted first;
  Counted second;
};

struct Coroutine {
  struct promise_type {
    Coroutine get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::abort(); }
  };
  std::coroutine_handle<promise_type> handle;
};

struct Yes {
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<>) {}
  bool await_resume() { return true; }
};

struct Takes {
  explicit Takes(Pair) {}
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<>) {}
  void await_resume() {}
};

int passed_condition = 0;

Coroutine condition() {
  if (co_await Yes{}) ++passed_condition;
}

Coroutine aggregate() { co_await Takes(Pair{Counted(), Counted()}); }

bool ends(Coroutine coroutine) {
  for (int resumed = 0; resumed < 10 && !coroutine.handle.done(); ++resumed) coroutine.handle.resume();
  const bool done = coroutine.handle.done();
  if (done) coroutine.handle.destroy();
  return done;
}

}  // namespace

int main() {
  // _Exit: a heap that was corrupted here must not decide how the program ends.
  if (!ends(aggregate()) || alive != 0) std::_Exit(1);
  if (!ends(condition()) || passed_condition != 1) std::_Exit(1);
  std::_Exit(0);
}
