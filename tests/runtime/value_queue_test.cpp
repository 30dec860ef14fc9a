// The promises of kettle/value_queue.hpp: order, every value destroyed once, and which memory it asks for.
#include <kettle/value_queue.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <random>
#include <stdexcept>
#include <vector>

#include "values.hpp"

namespace {

using kettle::ValueQueue;
using values::Tracked;

// So large that a block holds one.
struct Large {
  explicit Large(int n) noexcept : number(n) {}
  int number;
  std::array<char, 600> rest{};
};

template <class T>
T take(ValueQueue<T>& queue) {
  T value = std::move(queue.front());
  queue.pop_front();
  return value;
}

TEST_CASE("values come out in the order in which they went in, across any number of blocks") {
  ValueQueue<int> queue;
  CHECK_EQ(queue.size(), 0);
  for (int round = 0; round < 3; ++round) {
    for (int value = 0; value < 1000; ++value) queue.push_back(int(value));
    CHECK_EQ(queue.size(), 1000);
    for (int value = 0; value < 1000; ++value) REQUIRE_EQ(take(queue), value);
    CHECK_EQ(queue.size(), 0);
  }
}

TEST_CASE("whatever goes in and out in whatever order, it is a queue") {
  std::mt19937 random(7);
  ValueQueue<std::unique_ptr<int>> queue;
  std::deque<int> expected;
  ValueQueue<Large> large;
  for (int step = 0; step < 20'000; ++step) {
    // Now it grows, now it shrinks, and now and then it is empty.
    const bool grows = random() % 100 < (step / 1000 % 2 == 0 ? 60U : 40U);
    if (grows) {
      queue.push_back(std::make_unique<int>(step));
      large.push_back(Large(step));
      expected.push_back(step);
    } else if (!expected.empty()) {
      REQUIRE_EQ(*take(queue), expected.front());
      REQUIRE_EQ(take(large).number, expected.front());
      expected.pop_front();
    }
    REQUIRE_EQ(queue.size(), expected.size());
  }
}

TEST_CASE("a value stays where it was put until it is taken") {
  ValueQueue<int> queue;
  queue.push_back(1);
  const int* const first = &queue.front();
  for (int value = 2; value < 1000; ++value) queue.push_back(int(value));
  CHECK_EQ(&queue.front(), first);
  CHECK_EQ(*first, 1);
}

TEST_CASE("every value is destroyed once, the oldest first: taken, cleared, or with the queue") {
  std::vector<int> destroyed;
  {
    ValueQueue<Tracked> queue;
    for (int number = 1; number <= 3; ++number) queue.push_back(Tracked(number, destroyed));
    CHECK(destroyed.empty());
    queue.pop_front();
    CHECK_EQ(destroyed, std::vector{1});
    queue.clear();
    CHECK_EQ(destroyed, std::vector{1, 2, 3});
    CHECK_EQ(queue.size(), 0);
    for (int number = 4; number <= 300; ++number) queue.push_back(Tracked(number, destroyed));
  }
  REQUIRE_EQ(destroyed.size(), 300);
  for (int number = 1; number <= 300; ++number) CHECK_EQ(destroyed[static_cast<std::size_t>(number - 1)], number);
}

TEST_CASE("a few values lie in the queue itself, also when many more came by; the rest in blocks that are used again") {
  ValueQueue<Large> queue;
  const auto is_inside = [&queue](const void* place) {
    const auto begin = reinterpret_cast<std::uintptr_t>(&queue);
    const auto at = reinterpret_cast<std::uintptr_t>(place);
    return begin <= at && at < begin + sizeof queue;
  };
  for (int value = 0; value < 10; ++value) {
    queue.push_back(Large(value));
    CHECK(is_inside(&queue.front()));
    CHECK_EQ(take(queue).number, value);
  }
  // Two values, one behind the other: two blocks take turns.
  queue.push_back(Large(0));
  std::vector<const void*> places;
  for (int value = 1; value <= 20; ++value) {
    queue.push_back(Large(value));
    CHECK_EQ(take(queue).number, value - 1);
    const void* const place = &queue.front();
    if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(place);
  }
  CHECK_LE(places.size(), 3);
}

// A value whose moves throw while they are told to.
struct Fragile {
  explicit Fragile(int n) : number(n) {}
  Fragile(Fragile&& other) : number(other.number) {
    if (fails) throw std::runtime_error("dropped it");
  }
  Fragile& operator=(Fragile&&) = delete;
  int number;
  std::array<char, 300> rest{};  // One in a block.
  static inline bool fails = false;
};

TEST_CASE("a move that throws leaves the queue as it was, also at the end of a block") {
  for (int before = 0; before <= 3; ++before) {
    CAPTURE(before);
    ValueQueue<Fragile> queue;
    for (int number = 0; number < before; ++number) queue.push_back(Fragile(number));
    Fragile fragile(7);
    Fragile::fails = true;
    CHECK_THROWS_AS(queue.push_back(std::move(fragile)), std::runtime_error);
    Fragile::fails = false;
    CHECK_EQ(queue.size(), static_cast<std::size_t>(before));
    if (before % 2 == 0) queue.push_back(Fragile(before));
    const int after = before % 2 == 0 ? before + 1 : before;
    for (int number = 0; number < after; ++number) {
      REQUIRE_EQ(queue.front().number, number);
      queue.pop_front();
    }
    CHECK_EQ(queue.size(), 0);
    queue.push_back(Fragile(9));
    CHECK_EQ(queue.front().number, 9);
  }
}

TEST_CASE("a value that wants a large alignment has it") {
  struct alignas(64) Wide {
    explicit Wide(int n) noexcept : number(n) {}
    int number;
  };
  ValueQueue<Wide> queue;
  for (int value = 0; value < 40; ++value) queue.push_back(Wide(value));
  for (int value = 0; value < 40; ++value) {
    CHECK_EQ(reinterpret_cast<std::uintptr_t>(&queue.front()) % 64, 0);
    CHECK_EQ(queue.front().number, value);
    queue.pop_front();
  }
}

}  // namespace
