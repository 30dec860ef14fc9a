#pragma once
// What several rows of Asio's program do: a concrete executor, and a context that knows of its one thread.

#include <asio.hpp>
#include <asio/experimental/channel.hpp>
#include <asio/experimental/concurrent_channel.hpp>
#include <chrono>

#include "bench.hpp"

using bench::Count;
using bench::Meter;
using Executor = asio::io_context::executor_type;
template <class T = void>
using Task = asio::awaitable<T, Executor>;
inline constexpr asio::use_awaitable_t<Executor> use_task;
using Channel = asio::experimental::channel<Executor, void(std::error_code, Count)>;
using SharedChannel = asio::experimental::concurrent_channel<Executor, void(std::error_code, Count)>;
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

/// Runs `work` to its end.
inline void run(asio::io_context& context, Task<> work) {
  asio::co_spawn(context.get_executor(), std::move(work), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
  context.run();
}

template <class Function, class... Args>
void run(Function function, Args&&... args) {
  asio::io_context context(1);
  run(context, function(context.get_executor(), std::forward<Args>(args)...));
}

inline Task<> yield_now() { co_await asio::post(use_task); }

/// Spawned tasks that can be waited for all together: a count, and a timer that never fires.
class Group {
 public:
  explicit Group(Executor executor) : executor_(executor), all_done_(executor) {
    all_done_.expires_at(Timer::time_point::max());
  }
  template <class T, class Done>
  void spawn(Task<T> task, Done done) {
    ++running_;
    asio::co_spawn(executor_, std::move(task), [this, done](std::exception_ptr error, auto... result) {
      bench::check(!error, "a task failed");
      done(result...);
      if (--running_ == 0) all_done_.cancel();
    });
  }
  void spawn(Task<> task) {
    spawn(std::move(task), [] {});
  }
  Task<> join() {
    while (running_ != 0) {
      std::error_code cancelled;
      co_await all_done_.async_wait(asio::redirect_error(use_task, cancelled));
    }
  }

 private:
  Executor executor_;
  Timer all_done_;
  Count running_ = 0;
};

inline Task<> yields(Count times) {
  for (Count i = 0; i < times; ++i) co_await asio::post(use_task);
}

inline Task<> lock_times(Channel& mutex, Count& value, Count times, bool yields_inside) {
  for (Count i = 0; i < times; ++i) {
    co_await mutex.async_send({}, Count{0}, use_task);
    ++value;
    if (yields_inside) co_await asio::post(use_task);
    mutex.try_receive([](std::error_code, Count) {});
  }
}

inline void timer_times(asio::io_context& context, Meter& meter, Count times) {
  bench::Deadlines deadlines;
  Count cancelled = 0;
  meter.start();
  for (Count i = 0; i < times; ++i) {
    Timer timer(context.get_executor());
    timer.expires_after(std::chrono::milliseconds(deadlines.next_milliseconds()));
    timer.async_wait([&cancelled](std::error_code) { ++cancelled; });
    timer.cancel();
    context.poll();
    context.restart();
  }
  meter.stop();
  meter.units(times);
  bench::check(cancelled == times, "a timer was lost");
}
