// The bench's work, written with Kettle. All of it runs in spawned tasks of one block_on.
#include <chrono>
#include <thread>
#include <vector>

#include "kettle/channel.hpp"
#include "kettle/timeout.hpp"
#include "work.hpp"

void serve(bool http);  // server.cpp
// growth.cpp
void grow_tasks(Meter& meter, Count size);
void grow_timers(Meter& meter, Count size);
void grow_waiters(Meter& meter, Count size);
void grow_messages(Meter& meter, Count size);
void grow_firing(Meter& meter, Count size);

namespace {

constexpr std::chrono::hours long_time(1);

// --- tasks ---------------------------------------------------------------------------------------------------------

Task<Count> value(Count number) { co_return number; }

Task<> spawn_and_join(Meter& meter, Count rounds, Count tasks) {
  std::vector<JoinHandle<Count>> handles;
  handles.reserve(tasks);
  Count sum = 0;
  meter.start();
  for (Count round = 0; round < rounds; ++round) {
    for (Count i = 0; i < tasks; ++i) handles.push_back(spawn(value(i)));
    for (auto& handle : handles) {
      const Count result = co_await handle;
      sum += result;
    }
    handles.clear();
  }
  meter.stop();
  meter.units(rounds * tasks);
  bench::check(sum == rounds * (tasks * (tasks - 1) / 2), "a task's value was lost");
}

void spawn_held(Meter& meter, Count size) { run(spawn_and_join(meter, 1, size)); }
void spawn_batches(Meter& meter, Count size) { run(spawn_and_join(meter, size / 1000, 1000)); }

Task<> yield_among(Meter& meter, Count tasks, Count times) {
  std::vector<JoinHandle<void>> handles;
  meter.start();
  for (Count i = 0; i < tasks; ++i) handles.push_back(spawn(yields(times)));
  for (auto& handle : handles) co_await handle;
  meter.stop();
  meter.units(tasks * times);
}

void yield_1000(Meter& meter, Count size) { run(yield_among(meter, 1000, size / 1000)); }

// --- channels ------------------------------------------------------------------------------------------------------

Task<> echo_values(mpsc::Receiver<Count> requests, mpsc::Sender<Count> replies) {
  while (auto number = co_await requests.recv()) co_await replies.send(*number + 1);
}

Task<> ping_pong_task(Meter& meter, Count times) {
  auto [request, requests] = mpsc::channel<Count>(1);
  auto [reply, replies] = mpsc::channel<Count>(1);
  auto other = spawn(echo_values(std::move(requests), std::move(reply)));
  Count number = 0;
  meter.start();
  for (Count i = 0; i < times; ++i) {
    co_await request.send(number);
    const auto answer = co_await replies.recv();
    number = *answer;
  }
  meter.stop();
  meter.units(times);
  bench::check(number == times, "a message was lost");
}

void ping_pong(Meter& meter, Count size) { run(ping_pong_task(meter, size)); }

// Kettle has no oneshot channel: a channel with room for one value does its work.
struct Request {
  Count number;
  mpsc::Sender<Count> reply;
};

Task<> answer_requests(mpsc::Receiver<Request> requests) {
  while (auto request = co_await requests.recv()) co_await request->reply.send(request->number + 1);
}

Task<> request_reply_task(Meter& meter, Count times) {
  auto [requests, inbox] = mpsc::channel<Request>(32);
  auto server = spawn(answer_requests(std::move(inbox)));
  Count number = 0;
  meter.start();
  for (Count i = 0; i < times; ++i) {
    auto [reply, replies] = mpsc::channel<Count>(1);
    Request request{number, std::move(reply)};
    co_await requests.send(std::move(request));
    const auto answer = co_await replies.recv();
    number = *answer;
  }
  meter.stop();
  meter.units(times);
  bench::check(number == times, "a reply was lost");
}

void request_reply(Meter& meter, Count size) { run(request_reply_task(meter, size)); }

Task<> produce(mpsc::Sender<Count> sender, Count messages) {
  for (Count i = 0; i < messages; ++i) co_await sender.send(i);
}

Task<> consume(mpsc::Receiver<Count> receiver, Count messages) {
  Count received = 0;
  while (auto message = co_await receiver.recv()) ++received;
  bench::check(received == messages, "a message was lost");
}

constexpr Count producers = 4;

Task<> mpsc_task(Meter& meter, Count messages) {
  auto [sender, receiver] = mpsc::channel<Count>(1024);
  meter.start();
  for (Count i = 0; i < producers; ++i) spawn(produce(sender, messages / producers));
  {
    const auto last_of_ours = std::move(sender);
  }
  auto consumer = spawn(consume(std::move(receiver), messages));
  co_await consumer;
  meter.stop();
  meter.units(messages);
}

void mpsc_4(Meter& meter, Count size) { run(mpsc_task(meter, size)); }

Task<> produce_all(mpsc::Sender<Count> sender, Count messages) {
  std::vector<JoinHandle<void>> handles;
  for (Count i = 0; i < producers; ++i) handles.push_back(spawn(produce(sender, messages / producers)));
  for (auto& handle : handles) co_await handle;
}

void mpsc_two_threads(Meter& meter, Count size) {
  auto [sender, receiver] = mpsc::channel<Count>(1024);
  meter.start();
  std::thread other([&size, sending = std::move(sender)]() mutable { run(produce_all(std::move(sending), size)); });
  run(consume(std::move(receiver), size));
  meter.stop();
  other.join();
  meter.units(size);
}

// --- locks ---------------------------------------------------------------------------------------------------------

Task<> lock_among(Meter& meter, Count tasks, Count times, bool yields_inside) {
  Mutex<Count> mutex;
  std::vector<JoinHandle<void>> handles;
  meter.start();
  for (Count i = 0; i < tasks; ++i) handles.push_back(spawn(lock_times(mutex, times, yields_inside)));
  for (auto& handle : handles) co_await handle;
  meter.stop();
  meter.units(tasks * times);
}

void mutex_free(Meter& meter, Count size) { run(lock_among(meter, 1, size, false)); }
void mutex_held(Meter& meter, Count size) { run(lock_among(meter, 100, size / 100, true)); }

// --- timers --------------------------------------------------------------------------------------------------------

Task<> timers_task(Meter& meter, Count timers) {
  std::vector<Sleep> sleeps;
  sleeps.reserve(timers);
  bench::Deadlines deadlines;
  meter.start();
  for (Count i = 0; i < timers; ++i) {
    auto& armed = sleeps.emplace_back(sleep(Milliseconds(deadlines.next_milliseconds())));
    co_await PollOnce<Sleep>(armed);
  }
  sleeps.clear();
  meter.stop();
  meter.units(timers);
}

Task<> timeout_task(Meter& meter, Count times) {
  meter.start();
  for (Count i = 0; i < times; ++i) {
    const auto in_time = co_await timeout(long_time, yield_now());
    bench::check(in_time.has_value(), "a timeout elapsed");
  }
  meter.stop();
  meter.units(times);
}

void timers_held(Meter& meter, Count size) { run(timers_task(meter, size)); }
void timer_alone(Meter& meter, Count size) { run(timer_task(meter, size)); }
void timeout_yield(Meter& meter, Count size) { run(timeout_task(meter, size)); }

// --- awaits --------------------------------------------------------------------------------------------------------

Task<> nested(Count depth, Count times) {
  if (depth == 0) {
    for (Count i = 0; i < times; ++i) co_await yield_now();
  } else {
    co_await nested(depth - 1, times);
  }
}

template <Count depth>
Task<> wake_task(Meter& meter, Count times) {
  meter.start();
  co_await nested(depth, times);
  meter.stop();
  meter.units(times);
}

template <Count depth>
void wake(Meter& meter, Count size) {
  run(wake_task<depth>(meter, size));
}

Task<> await_task(Meter& meter, Count times) {
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

void await_ready(Meter& meter, Count size) { run(await_task(meter, size)); }

// --- memory --------------------------------------------------------------------------------------------------------

Task<> sleeper(Count milliseconds) { co_await sleep(Milliseconds(milliseconds)); }

Task<> sleepers_task(Meter& meter, Count tasks) {
  bench::Deadlines deadlines;
  spawn(sleeper(deadlines.next_milliseconds()));
  co_await yield_now();
  const Count before = bench::memory();
  meter.start();
  for (Count i = 0; i < tasks; ++i) spawn(sleeper(deadlines.next_milliseconds()));
  co_await yield_now();  // Each has had its first turn, and sleeps.
  meter.stop();
  meter.units(tasks);
  meter.bytes(bench::memory() - before);
  meter.print("kettle", "memory", tasks);
  std::_Exit(0);
}

void memory(Meter& meter, Count size) { run(sleepers_task(meter, size)); }

// --- the same beside a second thread -------------------------------------------------------------------------------

template <void (*row)(Meter&, Count)>
void beside(Meter& meter, Count size) {
  bench::add_thread();
  row(meter, size);
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run("kettle", argc, argv,
                    {
                        {"spawn-held", 1'000'000, spawn_held},
                        {"spawn-batches", 1'000'000, spawn_batches},
                        {"yield", 2'000'000, yield_1000},
                        {"ping-pong", 500'000, ping_pong},
                        {"request-reply", 500'000, request_reply},
                        {"mpsc", 2'000'000, mpsc_4},
                        {"mpsc-two-threads", 1'000'000, mpsc_two_threads},
                        {"mutex-free", 3'000'000, mutex_free},
                        {"mutex-held", 500'000, mutex_held},
                        {"timers-held", 1'000'000, timers_held},
                        {"timer-alone", 1'000'000, timer_alone},
                        {"timeout-yield", 500'000, timeout_yield},
                        {"wake-1", 2'000'000, wake<1>},
                        {"wake-10", 2'000'000, wake<10>},
                        {"wake-100", 500'000, wake<100>},
                        {"await-ready", 5'000'000, await_ready},
                        {"yield-beside", 2'000'000, beside<yield_1000>},
                        {"ping-pong-beside", 500'000, beside<ping_pong>},
                        {"mutex-free-beside", 2'000'000, beside<mutex_free>},
                        {"memory", 1'000'000, memory},
                        {"grow-tasks", 1000, grow_tasks},
                        {"grow-timers", 1000, grow_timers},
                        {"grow-firing", 1000, grow_firing},
                        {"grow-waiters", 1000, grow_waiters},
                        {"grow-messages", 1000, grow_messages},
                    },
                    serve);
}
