// The promises of kettle/channel.hpp: both ends together, in tasks and on threads.
#include <kettle/channel.hpp>

#include <doctest/doctest.h>

#include <kettle/block_on.hpp>
#include <kettle/join_handle.hpp>
#include <kettle/task.hpp>
#include <kettle/time.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "rounds.hpp"
#include "values.hpp"

namespace {

using namespace std::chrono_literals;
using kettle::block_on;
using kettle::spawn;
using kettle::Task;
using kettle::mpsc::channel;
using kettle::mpsc::Receiver;
using kettle::mpsc::Sender;
using kettle::mpsc::unbounded;
using values::poll;

TEST_CASE("a capacity of zero is misuse") {
  CHECK_THROWS_WITH_AS(channel<int>(0), doctest::Contains("capacity of zero"), kettle::Misuse);
}

TEST_CASE("an unbounded channel always has room") {
  auto [sender, receiver] = unbounded<int>();
  for (int value = 0; value < 10'000; ++value) {
    auto send = sender.send(value);
    REQUIRE(poll(send).is_ready());
  }
  CHECK_EQ(receiver.len(), 10'000);
  CHECK_EQ(sender.capacity(), kettle::mpsc::no_limit);
  for (int value = 0; value < 10'000; ++value) REQUIRE_EQ(receiver.try_recv().value(), value);
}

Task<> count_up(Sender<int> sender, int first, int count, std::size_t* deepest) {
  for (int value = first; value < first + count; ++value) {
    const auto sent = co_await sender.send(value);
    CHECK(sent.has_value());
    *deepest = std::max(*deepest, sender.len());
  }
}

Task<std::vector<int>> collect(Receiver<int> receiver, kettle::Duration pause) {
  std::vector<int> all;
  while (const auto value = co_await receiver.recv()) {
    all.push_back(*value);
    if (pause != 0s) co_await kettle::sleep(pause);
  }
  co_return all;
}

Task<std::vector<int>> slow_reader(std::size_t capacity, std::size_t* deepest) {
  auto [sender, receiver] = channel<int>(capacity);
  auto one = spawn(count_up, sender, 100, 10, deepest);
  auto two = spawn(count_up, std::move(sender), 200, 10, deepest);
  co_return co_await collect(std::move(receiver), 1s);
}

TEST_CASE("a slow reader slows its senders down: the channel is never deeper than its capacity, and nothing is lost") {
  const kettle::VirtualTime time;
  for (const std::size_t capacity : {std::size_t{1}, std::size_t{2}, std::size_t{5}}) {
    std::size_t deepest = 0;
    const auto all = block_on(slow_reader(capacity, &deepest));
    CHECK_EQ(all.size(), 20);
    CHECK_LE(deepest, capacity);
    for (const int first : {100, 200}) {
      std::vector<int> own;
      std::copy_if(all.begin(), all.end(), std::back_inserter(own),
                   [first](int value) { return value / 100 == first / 100; });
      REQUIRE_EQ(own.size(), 10);
      CHECK(std::is_sorted(own.begin(), own.end()));
    }
  }
}

Task<> wait_for_yourself() {
  auto [sender, receiver] = channel<int>(1);
  const auto value = co_await receiver.recv();
  CHECK_FALSE(value.has_value());
}

TEST_CASE("whoever keeps a sender while he waits for the end is stuck, and told so") {
  try {
    block_on(wait_for_yourself());
    FAIL("it ended");
  } catch (const kettle::Stuck& stuck) {
    CHECK_NE(std::string(stuck.what()).find("a value in channel"), std::string::npos);
  }
}

Task<> send_all(Sender<int> sender, int first, unsigned seed) {
  std::mt19937 random(seed);
  for (int value = first; value < first + 3; ++value) {
    switch (random() % 4) {
      case 0: {  // Give up what was reserved, and try again.
        auto reserve = sender.reserve();
        auto dropped = co_await reserve;
        CHECK(dropped.has_value());
        break;
      }
      case 1: {  // Stand in line for one poll, and leave.
        auto reserve = sender.reserve();
        (void)poll(reserve);
        break;
      }
      case 2:
        std::this_thread::yield();
        break;
      default:
        break;
    }
    const auto sent = co_await sender.send(value);
    CHECK(sent.has_value());
  }
}

TEST_CASE("four threads send and one receives: nothing is lost, doubled or out of order") {
  constexpr int senders = 4;
  std::mt19937 random(4);
  std::array<std::optional<Sender<int>>, senders> ends;
  std::array<unsigned, senders> seeds{};
  std::optional<Receiver<int>> receiver;
  std::vector<int> all;
  int wrong = 0;
  rounds::run(
      senders + 1, 1000,
      [&](int) {
        auto [sender, other_end] = channel<int>(1 + random() % 3);
        for (auto& end : ends) end.emplace(sender);
        for (auto& seed : seeds) seed = static_cast<unsigned>(random());
        receiver.emplace(std::move(other_end));
      },
      [&](int thread, int) {
        if (thread == 0) {
          all = block_on(collect(std::move(*receiver), 0s));
        } else {
          const auto own = static_cast<std::size_t>(thread - 1);
          Sender<int> sender = std::move(*ends[own]);
          ends[own].reset();
          block_on(send_all(std::move(sender), 10 * thread, seeds[own]));
        }
      },
      [&](int) {
        std::array<int, senders> next{10, 20, 30, 40};
        for (const int value : all) {
          int& expected = next[static_cast<std::size_t>(value / 10 - 1)];
          if (value != expected++) ++wrong;
        }
        if (all.size() != 3 * senders) ++wrong;
      });
  CHECK_EQ(wrong, 0);
}

Task<int> send_until_closed(Sender<int> sender, int most) {
  for (int sent = 0; sent < most; ++sent) {
    const auto answer = co_await sender.send(sent);
    if (!answer.has_value()) co_return sent;
  }
  co_return most;
}

Task<int> receive_some(Receiver<int> receiver, int count, bool close) {
  int received = 0;
  while (received < count) {
    const auto value = co_await receiver.recv();
    if (!value.has_value()) co_return received;
    ++received;
  }
  if (!close) co_return received;
  receiver.close();
  while (const auto value = co_await receiver.recv()) ++received;
  co_return received;
}

TEST_CASE("the receiver goes, or closes, while three threads send: nobody waits for ever") {
  constexpr int senders = 3;
  std::mt19937 random(5);
  std::optional<Sender<int>> sender;
  std::optional<Receiver<int>> receiver;
  std::array<int, senders> sent{};
  int received = 0;
  int count = 0;
  bool close = false;
  int wrong = 0;
  rounds::run(
      senders + 1, 1000,
      [&](int round) {
        auto [end, other_end] = channel<int>(1 + random() % 2);
        sender.emplace(std::move(end));
        receiver.emplace(std::move(other_end));
        count = static_cast<int>(random() % 6);
        close = round % 2 == 0;
      },
      [&](int thread, int) {
        if (thread == 0) {
          received = block_on(receive_some(std::move(*receiver), count, close));
        } else {
          sent[static_cast<std::size_t>(thread - 1)] = block_on(send_until_closed(*sender, 1000));
        }
      },
      [&](int) {
        int sum = 0;
        for (const int each : sent) sum += each;
        if (close ? sum != received : sum < received || sum > received + 2) ++wrong;  // What was inside is lost.
        sender.reset();
      });
  CHECK_EQ(wrong, 0);
}

TEST_CASE("senders are copied and dropped on several threads, and the end comes after the last") {
  constexpr int threads = 4;
  std::array<std::optional<Sender<int>>, threads> ends;
  std::array<std::mt19937, threads> random;
  for (unsigned thread = 0; thread < threads; ++thread) random[thread].seed(thread);
  std::optional<Receiver<int>> receiver;
  std::vector<int> all;
  int wrong = 0;
  rounds::run(
      threads, 1000,
      [&](int) {
        auto [sender, other_end] = channel<int>(threads);
        for (auto& end : ends) end.emplace(sender);
        ends[0].reset();
        receiver.emplace(std::move(other_end));
      },
      [&](int thread, int) {
        if (thread == 0) {
          all = block_on(collect(std::move(*receiver), 0s));
          return;
        }
        const auto own = static_cast<std::size_t>(thread);
        Sender<int> sender = *ends[own];
        ends[own].reset();
        for (auto turns = random[own]() % 4; turns != 0; --turns) {
          Sender<int> copy = sender;
          sender = std::move(copy);
        }
        CHECK(sender.try_send(thread).has_value());
      },
      [&](int) {
        std::sort(all.begin(), all.end());
        if (all != std::vector{1, 2, 3}) ++wrong;
      });
  CHECK_EQ(wrong, 0);
}

}  // namespace
