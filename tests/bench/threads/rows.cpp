// The bench's work with a thread for everything that waits: what the operating system's own scheduler costs.
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "bench.hpp"

void serve(bool http);  // server.cpp

namespace {

using bench::Count;
using bench::Meter;

void spawn_batches(Meter& meter, Count size) {
  constexpr Count batch = 100;
  std::vector<Count> results(batch);
  meter.start();
  for (Count round = 0; round < size / batch; ++round) {
    std::vector<std::thread> threads;
    for (Count i = 0; i < batch; ++i) threads.emplace_back([&results, i] { results[i] = i; });
    for (auto& thread : threads) thread.join();
  }
  meter.stop();
  meter.units(size / batch * batch);
}

void yield_among(Meter& meter, Count size) {
  constexpr Count tasks = 1000;
  std::vector<std::thread> threads;
  meter.start();
  for (Count i = 0; i < tasks; ++i) {
    threads.emplace_back([times = size / tasks] {
      for (Count turn = 0; turn < times; ++turn) std::this_thread::yield();
    });
  }
  for (auto& thread : threads) thread.join();
  meter.stop();
  meter.units(size / tasks * tasks);
}

/// A bounded queue with a lock and two bells.
class Channel {
 public:
  explicit Channel(Count capacity) : capacity_(capacity) {}

  void send(Count number) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return values_.size() < capacity_; });
    values_.push_back(number);
    lock.unlock();
    value_.notify_one();
  }
  Count recv() {
    std::unique_lock lock(mutex_);
    value_.wait(lock, [this] { return !values_.empty(); });
    const Count number = values_.front();
    values_.pop_front();
    lock.unlock();
    room_.notify_one();
    return number;
  }

 private:
  const Count capacity_;
  std::mutex mutex_;
  std::condition_variable room_;
  std::condition_variable value_;
  std::deque<Count> values_;
};

void ping_pong(Meter& meter, Count size) {
  Channel requests(1);
  Channel replies(1);
  std::thread other([&] {
    for (Count i = 0; i < size; ++i) replies.send(requests.recv() + 1);
  });
  Count number = 0;
  meter.start();
  for (Count i = 0; i < size; ++i) {
    requests.send(number);
    number = replies.recv();
  }
  meter.stop();
  other.join();
  meter.units(size);
  bench::check(number == size, "a message was lost");
}

void mpsc(Meter& meter, Count size) {
  constexpr Count producers = 4;
  Channel channel(1024);
  std::vector<std::thread> threads;
  meter.start();
  for (Count i = 0; i < producers; ++i) {
    threads.emplace_back([&] {
      for (Count message = 0; message < size / producers; ++message) channel.send(message);
    });
  }
  for (Count i = 0; i < size / producers * producers; ++i) channel.recv();
  meter.stop();
  for (auto& thread : threads) thread.join();
  meter.units(size / producers * producers);
}

void memory(Meter& meter, Count size) {
  std::mutex mutex;
  std::condition_variable bell;
  Count asleep = 0;
  const Count before = bench::memory();
  meter.start();
  for (Count i = 0; i < size; ++i) {
    std::thread([&] {
      std::unique_lock lock(mutex);
      ++asleep;
      bell.wait(lock, [] { return false; });
    }).detach();
  }
  for (bool all = false; !all; std::this_thread::yield()) {
    const std::unique_lock lock(mutex);
    all = asleep == size;
  }
  meter.stop();
  meter.units(size);
  meter.bytes(bench::memory() - before);
  meter.print("threads", "memory", size);
  std::_Exit(0);
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run("threads", argc, argv,
                    {
                        {"spawn-batches", 5'000, spawn_batches},
                        {"yield", 500'000, yield_among},
                        {"ping-pong", 20'000, ping_pong},
                        {"mpsc", 500'000, mpsc},
                        {"memory", 10'000, memory},
                    },
                    serve);
}
