// The protocol between a task's end and its handle, and the report of an exception that nobody joins.
#include "kettle/join_handle.hpp"

#include <cstdio>

namespace kettle {

namespace {

// Needs no memory: that there is none may be what it tells.
void print(const TaskName& task, const char* error) {
  constexpr const char* happened = "kettle: a task that nobody joins has failed.";
  if (task.has_place()) {
    std::fprintf(stderr, "%s\n  task: %s, spawned at %s:%u\n  error: %s\n", happened, task.text, task.at.file_name(),
                 static_cast<unsigned>(task.at.line()), error);
  } else {
    std::fprintf(stderr, "%s\n  task: %s\n  error: %s\n", happened, task.text, error);
  }
}

void print_error(const DetachedError& detached) {
  try {
    std::rethrow_exception(detached.error);
  } catch (const std::exception& known) {
    print(detached.task, known.what());
  } catch (...) {
    print(detached.task, "something that is not a std::exception");
  }
}

constinit sync::Atomic<DetachedErrorHook> detached_error_hook{print_error};

}  // namespace

DetachedErrorHook on_detached_error(DetachedErrorHook hook) noexcept {
  return detached_error_hook.exchange(hook != nullptr ? hook : print_error, std::memory_order_acq_rel);
}

void Joinable::abort() noexcept {
  aborted_.store(true, std::memory_order_release);
  wake();
}

bool Joinable::poll_end(const Waker& waker) noexcept {
  std::uint8_t now = join_.load(std::memory_order_acquire);
  if (now == waits && waker_.will_wake(waker)) return false;
  if (now == waits && join_.compare_exchange_strong(now, nobody_waits, std::memory_order_acq_rel)) now = nobody_waits;
  if (now == ended) return true;
  waker_ = waker;  // Ours alone until the next line offers it to the end.
  if (join_.compare_exchange_strong(now, waits, std::memory_order_acq_rel)) return false;
  waker_ = Waker::noop();
  return true;
}

void Joinable::announce_end() noexcept {
  const std::uint8_t before = join_.exchange(ended, std::memory_order_acq_rel);
  if (before == waits) {
    const Waker waiter = std::exchange(waker_, Waker::noop());
    waiter.wake();
  } else if (before == detached) {
    report_error();
  }
}

void Joinable::detach() noexcept {
  std::uint8_t before = ended;
  if (!has_ended()) before = join_.exchange(detached, std::memory_order_acq_rel);
  if (before == waits) waker_ = Waker::noop();
  if (before == ended) report_error();
}

void Joinable::report_error() noexcept {
  auto error = take_error();
  if (error != nullptr) {
    detached_error_hook.load(std::memory_order_acquire)(DetachedError{name(), std::move(error)});
  }
}

}  // namespace kettle
