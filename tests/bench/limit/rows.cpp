// The limit: the same work with bare coroutines, by hand, and an array as the queue. No wakers, no cancellation, no
// locks, no handles that can be dropped: what is left when a runtime does nothing for anybody.
#include <algorithm>
#include <coroutine>
#include <exception>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "bench.hpp"

namespace {

using bench::Count;
using bench::Meter;

/// The ready queue: a ring in an array, as large as the row needs.
class Ready {
 public:
  void reserve(Count places) {
    Count room = 1;
    while (room < places + 1) room *= 2;
    ring_.resize(room);
    first_ = last_ = 0;
  }
  void push(std::coroutine_handle<> coroutine) noexcept { ring_[last_++ & (ring_.size() - 1)] = coroutine; }
  void run() {
    while (first_ != last_) ring_[first_++ & (ring_.size() - 1)].resume();
  }

 private:
  std::vector<std::coroutine_handle<>> ring_;
  Count first_ = 0;
  Count last_ = 0;
};

Ready ready;

/// A coroutine that waits for its first resume, and whose frame its owner destroys.
struct Job {
  struct promise_type {
    Job get_return_object() noexcept { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_value(Count v) noexcept { value = v; }
    void unhandled_exception() noexcept { std::terminate(); }
    Count value = 0;
  };
  std::coroutine_handle<promise_type> coroutine;
};

/// To the back of the queue.
struct Yield {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> self) const noexcept { ready.push(self); }
  void await_resume() const noexcept {}
};

/// A coroutine that is awaited: it starts when it is, and hands the thread back when it ends.
class Nested {
 public:
  struct promise_type {
    struct Back {
      bool await_ready() const noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> self) const noexcept {
        return self.promise().caller;
      }
      void await_resume() const noexcept {}
    };
    Nested get_return_object() noexcept { return Nested(std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    Back final_suspend() noexcept { return {}; }
    void return_value(Count v) noexcept { value = v; }
    void unhandled_exception() noexcept { std::terminate(); }
    std::coroutine_handle<> caller;
    Count value = 0;
  };

  explicit Nested(std::coroutine_handle<promise_type> coroutine) noexcept : coroutine_(coroutine) {}
  Nested(const Nested&) = delete;
  Nested& operator=(const Nested&) = delete;
  ~Nested() { coroutine_.destroy(); }
  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> caller) const noexcept {
    coroutine_.promise().caller = caller;
    return coroutine_;
  }
  Count await_resume() const noexcept { return coroutine_.promise().value; }

 private:
  std::coroutine_handle<promise_type> coroutine_;
};

void start(const Job& job) { ready.push(job.coroutine); }

Count finish(const Job& job) {
  const Count value = job.coroutine.promise().value;
  job.coroutine.destroy();
  return value;
}

// --- tasks ---------------------------------------------------------------------------------------------------------

Job value(Count number) { co_return number; }

void spawn_and_join(Meter& meter, Count rounds, Count tasks) {
  std::vector<Job> jobs;
  jobs.reserve(tasks);
  ready.reserve(tasks);
  Count sum = 0;
  meter.start();
  for (Count round = 0; round < rounds; ++round) {
    for (Count i = 0; i < tasks; ++i) start(jobs.emplace_back(value(i)));
    ready.run();
    for (const Job& job : jobs) sum += finish(job);
    jobs.clear();
  }
  meter.stop();
  meter.units(rounds * tasks);
  bench::check(sum == rounds * (tasks * (tasks - 1) / 2), "a task's value was lost");
}

void spawn_held(Meter& meter, Count size) { spawn_and_join(meter, 1, size); }
void spawn_batches(Meter& meter, Count size) { spawn_and_join(meter, size / 1000, 1000); }

Job yields(Count times) {
  for (Count i = 0; i < times; ++i) co_await Yield();
  co_return 0;
}

void yield_1000(Meter& meter, Count size) {
  constexpr Count tasks = 1000;
  std::vector<Job> jobs;
  ready.reserve(tasks);
  meter.start();
  for (Count i = 0; i < tasks; ++i) start(jobs.emplace_back(yields(size / tasks)));
  ready.run();
  for (const Job& job : jobs) finish(job);
  meter.stop();
  meter.units(size / tasks * tasks);
}

// --- channels ------------------------------------------------------------------------------------------------------

/// Room for `capacity` numbers; whoever finds no room, or no number, waits in line.
class Channel {
 public:
  explicit Channel(Count capacity) : ring_(capacity) {}

  struct Send {
    bool await_ready() const noexcept { return channel.size_ < channel.ring_.size(); }
    void await_suspend(std::coroutine_handle<> self) const { channel.senders_.push(self); }
    void await_resume() const noexcept { channel.put(number); }
    Channel& channel;
    Count number;
  };
  struct Recv {
    bool await_ready() const noexcept { return channel.size_ != 0; }
    void await_suspend(std::coroutine_handle<> self) const noexcept { channel.receiver_ = self; }
    Count await_resume() const noexcept { return channel.take(); }
    Channel& channel;
  };
  Send send(Count number) noexcept { return {*this, number}; }
  Recv recv() noexcept { return {*this}; }

 private:
  void put(Count number) noexcept {
    ring_[last_++ % ring_.size()] = number;
    ++size_;
    if (receiver_) ready.push(std::exchange(receiver_, nullptr));
  }
  Count take() noexcept {
    --size_;
    if (!senders_.empty()) {
      ready.push(senders_.front());
      senders_.pop();
    }
    return ring_[first_++ % ring_.size()];
  }

  std::vector<Count> ring_;
  Count first_ = 0;
  Count last_ = 0;
  Count size_ = 0;
  std::coroutine_handle<> receiver_;
  std::queue<std::coroutine_handle<>> senders_;
};

Job echo_values(Channel& requests, Channel& replies, Count times) {
  for (Count i = 0; i < times; ++i) {
    const Count number = co_await requests.recv();
    co_await replies.send(number + 1);
  }
  co_return 0;
}

Job ask(Channel& requests, Channel& replies, Count times) {
  Count number = 0;
  for (Count i = 0; i < times; ++i) {
    co_await requests.send(number);
    number = co_await replies.recv();
  }
  co_return number;
}

void ping_pong(Meter& meter, Count size) {
  Channel requests(1);
  Channel replies(1);
  ready.reserve(4);
  const Job server = echo_values(requests, replies, size);
  const Job client = ask(requests, replies, size);
  meter.start();
  start(server);
  start(client);
  ready.run();
  meter.stop();
  meter.units(size);
  bench::check(finish(client) == size, "a message was lost");
  finish(server);
}

Job produce(Channel& channel, Count messages) {
  for (Count i = 0; i < messages; ++i) co_await channel.send(i);
  co_return 0;
}

Job consume(Channel& channel, Count messages) {
  Count received = 0;
  for (; received < messages; ++received) co_await channel.recv();
  co_return received;
}

void mpsc_4(Meter& meter, Count size) {
  constexpr Count producers = 4;
  Channel channel(1024);
  ready.reserve(16);
  std::vector<Job> jobs;
  meter.start();
  for (Count i = 0; i < producers; ++i) start(jobs.emplace_back(produce(channel, size / producers)));
  start(jobs.emplace_back(consume(channel, size / producers * producers)));
  ready.run();
  meter.stop();
  meter.units(size / producers * producers);
  bench::check(jobs.back().coroutine.done(), "a message was lost");
}

// --- awaits --------------------------------------------------------------------------------------------------------

Nested nested(Count depth, Count times) {
  if (depth == 0) {
    for (Count i = 0; i < times; ++i) co_await Yield();
    co_return times;
  }
  const Count done = co_await nested(depth - 1, times);
  co_return done;
}

Job wake_job(Count depth, Count times) {
  const Count done = co_await nested(depth, times);
  co_return done;
}

template <Count depth>
void wake(Meter& meter, Count size) {
  ready.reserve(4);
  const Job job = wake_job(depth, size);
  meter.start();
  start(job);
  ready.run();
  meter.stop();
  meter.units(size);
  bench::check(finish(job) == size, "a wake-up was lost");
}

Nested nested_value(Count number) { co_return number; }

Job await_values(Count times) {
  Count sum = 0;
  for (Count i = 0; i < times; ++i) {
    const Count result = co_await nested_value(i);
    sum += result;
  }
  co_return sum;
}

void await_ready(Meter& meter, Count size) {
  ready.reserve(4);
  const Job job = await_values(size);
  meter.start();
  start(job);
  ready.run();
  meter.stop();
  meter.units(size);
  bench::check(finish(job) == size * (size - 1) / 2, "a value was lost");
}

// --- memory: a frame, and its place in a heap of deadlines -----------------------------------------------------------

using Entry = std::pair<Count, std::coroutine_handle<>>;
std::vector<Entry> heap;

struct SleepUntil {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> self) const {
    heap.emplace_back(deadline, self);
    std::push_heap(heap.begin(), heap.end(), std::greater<>());
  }
  void await_resume() const noexcept {}
  Count deadline;
};

Job sleeper(Count deadline) {
  co_await SleepUntil(deadline);
  co_return 0;
}

void memory(Meter& meter, Count size) {
  bench::Deadlines deadlines;
  heap.reserve(size);
  const Count before = bench::memory();
  meter.start();
  for (Count i = 0; i < size; ++i) sleeper(deadlines.next_milliseconds()).coroutine.resume();
  meter.stop();
  meter.units(size);
  meter.bytes(bench::memory() - before);
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run("limit", argc, argv,
                    {
                        {"spawn-held", 1'000'000, spawn_held},
                        {"spawn-batches", 1'000'000, spawn_batches},
                        {"yield", 2'000'000, yield_1000},
                        {"ping-pong", 500'000, ping_pong},
                        {"mpsc", 2'000'000, mpsc_4},
                        {"wake-1", 2'000'000, wake<1>},
                        {"wake-10", 2'000'000, wake<10>},
                        {"wake-100", 500'000, wake<100>},
                        {"await-ready", 5'000'000, await_ready},
                        {"memory", 1'000'000, memory},
                    });
}
