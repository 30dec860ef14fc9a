// The bench's work, written with Asio's coroutines.
#include <asio/experimental/awaitable_operators.hpp>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "work.hpp"

void serve(bool http);  // server.cpp
// growth.cpp
void grow_tasks(Meter& meter, Count size);
void grow_timers(Meter& meter, Count size);
void grow_waiters(Meter& meter, Count size);
void grow_messages(Meter& meter, Count size);

namespace {

constexpr std::chrono::hours long_time(1);

// --- tasks ---------------------------------------------------------------------------------------------------------

Task<Count> value(Count number) { co_return number; }

Task<> spawn_and_join(Executor executor, Meter& meter, Count rounds, Count tasks) {
  Group group(executor);
  std::vector<Count> results(tasks);
  Count sum = 0;
  meter.start();
  for (Count round = 0; round < rounds; ++round) {
    for (Count i = 0; i < tasks; ++i) {
      group.spawn(value(i), [&results, i](Count result) { results[i] = result; });
    }
    co_await group.join();
    for (const Count result : results) sum += result;
  }
  meter.stop();
  meter.units(rounds * tasks);
  bench::check(sum == rounds * (tasks * (tasks - 1) / 2), "a task's value was lost");
}

void spawn_held(Meter& meter, Count size) { run(spawn_and_join, meter, Count{1}, size); }
void spawn_batches(Meter& meter, Count size) { run(spawn_and_join, meter, size / 1000, Count{1000}); }

Task<> yield_among(Executor executor, Meter& meter, Count tasks, Count times) {
  Group group(executor);
  meter.start();
  for (Count i = 0; i < tasks; ++i) group.spawn(yields(times));
  co_await group.join();
  meter.stop();
  meter.units(tasks * times);
}

void yield_1000(Meter& meter, Count size) { run(yield_among, meter, Count{1000}, size / 1000); }

// --- channels ------------------------------------------------------------------------------------------------------

Task<> echo_values(Channel& requests, Channel& replies, Count times) {
  for (Count i = 0; i < times; ++i) {
    const Count number = co_await requests.async_receive(use_task);
    co_await replies.async_send({}, number + 1, use_task);
  }
}

Task<> ping_pong_task(Executor executor, Meter& meter, Count times) {
  Channel requests(executor, 1);
  Channel replies(executor, 1);
  Group group(executor);
  group.spawn(echo_values(requests, replies, times));
  Count number = 0;
  meter.start();
  for (Count i = 0; i < times; ++i) {
    co_await requests.async_send({}, number, use_task);
    number = co_await replies.async_receive(use_task);
  }
  meter.stop();
  meter.units(times);
  bench::check(number == times, "a message was lost");
  co_await group.join();
}

void ping_pong(Meter& meter, Count size) { run(ping_pong_task, meter, size); }

// Asio has no oneshot channel: a channel with room for one value does its work.
struct Request {
  Count number = 0;
  std::shared_ptr<Channel> reply;
};
using Requests = asio::experimental::channel<Executor, void(std::error_code, Request)>;

Task<> answer_requests(Requests& requests, Count times) {
  for (Count i = 0; i < times; ++i) {
    const Request request = co_await requests.async_receive(use_task);
    co_await request.reply->async_send({}, request.number + 1, use_task);
  }
}

Task<> request_reply_task(Executor executor, Meter& meter, Count times) {
  Requests requests(executor, 32);
  Group group(executor);
  group.spawn(answer_requests(requests, times));
  Count number = 0;
  meter.start();
  for (Count i = 0; i < times; ++i) {
    auto reply = std::make_shared<Channel>(executor, 1);
    Request request{number, reply};
    co_await requests.async_send({}, std::move(request), use_task);
    number = co_await reply->async_receive(use_task);
  }
  meter.stop();
  meter.units(times);
  bench::check(number == times, "a reply was lost");
  co_await group.join();
}

void request_reply(Meter& meter, Count size) { run(request_reply_task, meter, size); }

constexpr Count producers = 4;

template <class AnyChannel>
Task<> produce(AnyChannel& channel, Count messages) {
  for (Count i = 0; i < messages; ++i) co_await channel.async_send({}, i, use_task);
}

template <class AnyChannel>
Task<> consume(AnyChannel& channel, Count messages) {
  for (Count i = 0; i < messages; ++i) co_await channel.async_receive(use_task);
}

Task<> mpsc_task(Executor executor, Meter& meter, Count messages) {
  Channel channel(executor, 1024);
  Group group(executor);
  meter.start();
  for (Count i = 0; i < producers; ++i) group.spawn(produce(channel, messages / producers));
  group.spawn(consume(channel, messages / producers * producers));
  co_await group.join();
  meter.stop();
  meter.units(messages / producers * producers);
}

void mpsc_4(Meter& meter, Count size) { run(mpsc_task, meter, size); }

void mpsc_two_threads(Meter& meter, Count size) {
  asio::io_context ours(1);
  asio::io_context theirs(1);
  const auto stay = asio::make_work_guard(ours);
  auto stay_there = asio::make_work_guard(theirs);
  SharedChannel channel(ours.get_executor(), 1024);
  Count producing = producers;
  for (Count i = 0; i < producers; ++i) {
    asio::co_spawn(theirs.get_executor(), produce(channel, size / producers), [&](std::exception_ptr error) {
      bench::check(!error, "a task failed");
      if (--producing == 0) stay_there.reset();
    });
  }
  asio::co_spawn(ours.get_executor(), consume(channel, size / producers * producers), [&](std::exception_ptr error) {
    bench::check(!error, "a task failed");
    ours.stop();
  });
  meter.start();
  std::thread other([&theirs] { theirs.run(); });
  ours.run();
  meter.stop();
  other.join();
  meter.units(size / producers * producers);
}

// --- locks: Asio has none for coroutines; the idiom is a channel with room for one, full while it is locked -----------

Task<> lock_among(Executor executor, Meter& meter, Count tasks, Count times, bool yields_inside) {
  Channel mutex(executor, 1);
  Group group(executor);
  Count value = 0;
  meter.start();
  for (Count i = 0; i < tasks; ++i) group.spawn(lock_times(mutex, value, times, yields_inside));
  co_await group.join();
  meter.stop();
  meter.units(tasks * times);
  bench::check(value == tasks * times, "a lock was lost");
}

void mutex_free(Meter& meter, Count size) { run(lock_among, meter, Count{1}, size, false); }
void mutex_held(Meter& meter, Count size) { run(lock_among, meter, Count{100}, size / 100, true); }

// --- timers --------------------------------------------------------------------------------------------------------

void timers_held(Meter& meter, Count size) {
  asio::io_context context(1);
  std::vector<Timer> timers;
  timers.reserve(size);
  bench::Deadlines deadlines;
  Count cancelled = 0;
  meter.start();
  for (Count i = 0; i < size; ++i) {
    Timer& timer = timers.emplace_back(context.get_executor());
    timer.expires_after(std::chrono::milliseconds(deadlines.next_milliseconds()));
    timer.async_wait([&cancelled](std::error_code) { ++cancelled; });
  }
  timers.clear();
  context.run();
  meter.stop();
  meter.units(size);
  bench::check(cancelled == size, "a timer was lost");
}

void timer_alone(Meter& meter, Count size) {
  asio::io_context context(1);
  timer_times(context, meter, size);
}

Task<> timeout_task(Executor executor, Meter& meter, Count times) {
  using namespace asio::experimental::awaitable_operators;
  meter.start();
  for (Count i = 0; i < times; ++i) {
    Timer timer(executor);
    timer.expires_after(long_time);
    const auto first = co_await (yield_now() || timer.async_wait(use_task));
    bench::check(first.index() == 0, "a timeout elapsed");
  }
  meter.stop();
  meter.units(times);
}

void timeout_yield(Meter& meter, Count size) { run(timeout_task, meter, size); }

// --- awaits --------------------------------------------------------------------------------------------------------

Task<> nested(Count depth, Count times) {
  if (depth == 0) {
    for (Count i = 0; i < times; ++i) co_await asio::post(use_task);
  } else {
    co_await nested(depth - 1, times);
  }
}

Task<> wake_task(Executor, Meter& meter, Count depth, Count times) {
  meter.start();
  co_await nested(depth, times);
  meter.stop();
  meter.units(times);
}

template <Count depth>
void wake(Meter& meter, Count size) {
  run(wake_task, meter, Count{depth}, size);
}

Task<> await_task(Executor, Meter& meter, Count times) {
  Count sum = 0;
  meter.start();
  for (Count i = 0; i < times; ++i) {
    const Count result = co_await value(i);
    sum += result;
  }
  meter.stop();
  meter.units(times);
  bench::check(sum == times * (times - 1) / 2, "a value was lost");
}

void await_ready(Meter& meter, Count size) { run(await_task, meter, size); }

// --- memory --------------------------------------------------------------------------------------------------------

Task<> sleeper(Executor executor, Count milliseconds) {
  Timer timer(executor);
  timer.expires_after(std::chrono::milliseconds(milliseconds));
  co_await timer.async_wait(use_task);
}

void memory(Meter& meter, Count size) {
  asio::io_context context(1);
  bench::Deadlines deadlines;
  const auto spawn = [&] {
    asio::co_spawn(context.get_executor(), sleeper(context.get_executor(), deadlines.next_milliseconds()),
                   asio::detached);
  };
  spawn();
  context.poll();
  const Count before = bench::memory();
  meter.start();
  for (Count i = 0; i < size; ++i) spawn();
  context.poll();
  meter.stop();
  meter.units(size);
  meter.bytes(bench::memory() - before);
  meter.print("asio", "memory", size);
  std::_Exit(0);
}

// --- the same beside a second thread -------------------------------------------------------------------------------

template <void (*row)(Meter&, Count)>
void beside(Meter& meter, Count size) {
  bench::add_thread();
  row(meter, size);
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run("asio", argc, argv,
                    {
                        {"spawn-held", 1'000'000, spawn_held},
                        {"spawn-batches", 1'000'000, spawn_batches},
                        {"yield", 2'000'000, yield_1000},
                        {"ping-pong", 500'000, ping_pong},
                        {"request-reply", 500'000, request_reply},
                        {"mpsc", 1'000'000, mpsc_4},
                        {"mpsc-two-threads", 500'000, mpsc_two_threads},
                        {"mutex-free", 2'000'000, mutex_free},
                        {"mutex-held", 500'000, mutex_held},
                        {"timers-held", 1'000'000, timers_held},
                        {"timer-alone", 500'000, timer_alone},
                        {"timeout-yield", 100'000, timeout_yield},
                        {"wake-1", 2'000'000, wake<1>},
                        {"wake-10", 2'000'000, wake<10>},
                        {"wake-100", 500'000, wake<100>},
                        {"await-ready", 3'000'000, await_ready},
                        {"yield-beside", 2'000'000, beside<yield_1000>},
                        {"ping-pong-beside", 500'000, beside<ping_pong>},
                        {"mutex-free-beside", 2'000'000, beside<mutex_free>},
                        {"memory", 1'000'000, memory},
                        {"grow-tasks", 1000, grow_tasks},
                        {"grow-timers", 1000, grow_timers},
                        {"grow-waiters", 1000, grow_waiters},
                        {"grow-messages", 1000, grow_messages},
                    },
                    serve);
}
