// The promises of runtime/kettle/select.hpp.
#include "kettle/select.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "futures.hpp"
#include "kettle/block_on.hpp"
#include "kettle/channel.hpp"
#include "kettle/join.hpp"
#include "kettle/join_handle.hpp"
#include "kettle/task.hpp"
#include "kettle/time.hpp"
#include "kettle/yield.hpp"

namespace {

using namespace std::chrono_literals;
using kettle::select;
using kettle::select_biased;
using kettle::Task;
using story::CountingWaker;
using story::Record;
using story::Scripted;

template <class F>
kettle::Poll<typename F::Output> poll(F& future, CountingWaker& task) {
  task.clear();
  kettle::Context context(task.waker());
  return future.poll(context);
}

std::shared_ptr<Record> record() { return std::make_shared<Record>(); }

// Writes down when it is polled, and when it is destroyed: "a", "~a".
template <class T>
class Noted {
 public:
  using Output = T;
  Noted(char name, int pendings, T value, std::string& log)
      : name_(name), pendings_(pendings), value_(std::move(value)), log_(&log) {}
  Noted(Noted&& other) noexcept
      : name_(other.name_),
        pendings_(other.pendings_),
        value_(std::move(other.value_)),
        log_(std::exchange(other.log_, nullptr)) {}
  Noted& operator=(Noted&&) = delete;
  ~Noted() {
    if (log_ != nullptr) *log_ += {'~', name_};
  }
  kettle::Poll<T> poll(kettle::Context&) {
    *log_ += name_;
    if (pendings_-- > 0) return kettle::pending;
    return kettle::Ready<T>(std::move(value_));
  }

 private:
  char name_;
  int pendings_;
  T value_;
  std::string* log_;
};

TEST_CASE("select is Pending while all are, polls each once a poll, and hands its context on") {
  CountingWaker task;
  auto a = record();
  auto b = record();
  auto first = select(Scripted<int>("a", 9, 1, a), Scripted<int>("b", 9, 2, b));
  CHECK(a->polls + b->polls == 0);  // Lazy.
  for (int polls = 1; polls <= 3; ++polls) {
    CHECK(poll(first, task).is_pending());
    CHECK(a->polls == polls);
    CHECK(b->polls == polls);
  }
  CHECK(a->waker->will_wake(task.waker()));
  CHECK(b->waker->will_wake(task.waker()));
}

TEST_CASE("the index tells who won, also among values of one type") {
  for (std::size_t winner = 0; winner < 3; ++winner) {
    CountingWaker task;
    auto pendings = [winner](std::size_t place) { return place == winner ? 1 : 9; };
    auto first = select(Scripted<int>("a", pendings(0), 10), Scripted<int>("b", pendings(1), 11),
                        Scripted<int>("c", pendings(2), 12));
    CHECK(poll(first, task).is_pending());
    auto answer = poll(first, task);
    REQUIRE(answer.is_ready());
    auto value = answer.take();
    CHECK(value.index() == winner);
    CHECK(std::visit([](int number) { return number; }, value) == 10 + static_cast<int>(winner));
  }
}

TEST_CASE("values may be void, and may be movable only") {
  CountingWaker task;
  auto first = select(Scripted<std::unique_ptr<int>>("a", 9, nullptr), kettle::sleep(0s));
  auto answer = poll(first, task);
  REQUIRE(answer.is_ready());
  CHECK(answer.value().index() == 1);
  static_assert(std::is_same_v<decltype(first)::Output, std::variant<std::unique_ptr<int>, std::monostate>>);
  auto second = select(Scripted<std::unique_ptr<int>>("a", 0, std::make_unique<int>(7)), kettle::sleep(1h));
  CHECK(*std::get<0>(poll(second, task).take()) == 7);
}

TEST_CASE("the losers are destroyed in order, before the winner's value is handed out") {
  CountingWaker task;
  std::string log;
  auto first = select_biased(Noted<int>('a', 9, 1, log), Noted<int>('b', 1, 2, log), Noted<int>('c', 9, 3, log));
  CHECK(poll(first, task).is_pending());
  CHECK(log == "abc");
  log.clear();
  CHECK(poll(first, task).is_ready());
  CHECK(log == "ab~a~b~c");  // The select itself is still there.
}

TEST_CASE("a future behind the winner is not asked: what it has stays in it") {
  CountingWaker task;
  auto b = record();
  Scripted<int> named("b", 0, 2, b);
  auto first = select_biased(Scripted<int>("a", 0, 1), named);
  CHECK(poll(first, task).take().index() == 0);
  CHECK(b->polls == 0);
  auto second = select_biased(Scripted<int>("a", 9, 1), named);
  CHECK(std::get<1>(poll(second, task).take()) == 2);
}

TEST_CASE("select_biased asks in order: the earlier of two that are ready wins, every time") {
  CountingWaker task;
  for (int i = 0; i < 100; ++i) {
    std::string log;
    auto first = select_biased(Noted<int>('a', 1, 1, log), Noted<int>('b', 0, 2, log), Noted<int>('c', 0, 3, log));
    CHECK(poll(first, task).take().index() == 1);
    CHECK(log == "ab~a~b~c");
  }
}

// --- who is asked first --------------------------------------------------------------------------------------------

// Of `rounds` selects between futures that are all ready, how often each place won, and the longest time without.
template <std::size_t places>
struct Fairness {
  std::array<int, places> wins{};
  std::array<int, places> waits{};
  int longest_wait = 0;
  void add(std::size_t winner) {
    ++wins[winner];
    for (int& wait : waits) longest_wait = std::max(longest_wait, ++wait);
    waits[winner] = 0;
  }
};

TEST_CASE("of two that are always ready each wins half of the time, however selects of others come in between") {
  constexpr int rounds = 10'000;
  for (const int others : {0, 1, 2, 3, 7, 54, 88}) {
    CAPTURE(others);
    CountingWaker task;
    Fairness<2> fairness;
    for (int i = 0; i < rounds; ++i) {
      auto first = select(kettle::sleep(0s), kettle::sleep(0s));
      fairness.add(poll(first, task).take().index());
      for (int other = 0; other < others; ++other) (void)select(kettle::sleep(0s), kettle::sleep(0s));
    }
    CHECK(fairness.wins[0] > rounds * 48 / 100);
    CHECK(fairness.wins[1] > rounds * 48 / 100);
    CHECK(fairness.longest_wait < 25);
  }
}

TEST_CASE("of five that are always ready each wins a fifth of the time") {
  constexpr int rounds = 10'000;
  CountingWaker task;
  Fairness<5> fairness;
  for (int i = 0; i < rounds; ++i) {
    auto first = select(kettle::sleep(0s), kettle::sleep(0s), kettle::sleep(0s), kettle::sleep(0s), kettle::sleep(0s));
    fairness.add(poll(first, task).take().index());
  }
  for (const int wins : fairness.wins) CHECK(wins > rounds * 18 / 100);
  CHECK(fairness.longest_wait < 70);
}

TEST_CASE("the start is drawn for each select, and the same at all its polls") {
  CountingWaker task;
  for (int i = 0; i < 20; ++i) {
    std::string log;
    auto first = select(Noted<int>('a', 2, 1, log), Noted<int>('b', 2, 2, log));
    CHECK(poll(first, task).is_pending());
    CHECK(poll(first, task).is_pending());
    CHECK(log.substr(0, 2) == log.substr(2, 2));
  }
}

TEST_CASE("on every thread the starts come in the same sequence") {
  const auto sequence = [] {
    std::vector<std::size_t> starts;
    std::thread([&starts] {
      for (int i = 0; i < 50; ++i) starts.push_back(kettle::next_start(7));
    }).join();
    return starts;
  };
  const auto one = sequence();
  CHECK(one == sequence());
  CHECK(*std::max_element(one.begin(), one.end()) == 6);
  CHECK(*std::min_element(one.begin(), one.end()) == 0);
}

// --- after the end --------------------------------------------------------------------------------------------------

TEST_CASE("a select that was Ready is not polled again") {
  CountingWaker task;
  Scripted<int> named("b", 9, 2);
  auto first = select(Scripted<int>("a", 0, 1), named);
  CHECK(poll(first, task).is_ready());
  CHECK_THROWS_AS((void)poll(first, task), kettle::Misuse);
}

Task<int> burn() {
  co_await kettle::sleep(1s);
  throw std::runtime_error("burnt");
}

TEST_CASE("what one throws leaves co_await, and the others are gone by then") {
  const kettle::VirtualTime time;
  auto loser = record();
  struct Scene {
    static Task<std::string> play(std::shared_ptr<Record> seen) {
      try {
        co_await select(Scripted<int>("a", 99, 1, seen), burn());
      } catch (const std::runtime_error& error) {
        CHECK(seen->destroyed == 1);
        co_return error.what();
      }
      co_return "no exception";
    }
  };
  CHECK(kettle::block_on(Scene::play(loser)) == "burnt");
}

TEST_CASE("dropping a select drops what it holds, in order, at every stage, and each future once") {
  for (int polls = 0; polls <= 3; ++polls) {
    CAPTURE(polls);
    CountingWaker task;
    std::string log;
    {
      auto first = select_biased(Noted<int>('a', 2, 1, log), Noted<int>('b', 3, 2, log));
      for (int i = 0; i < polls; ++i) CHECK(poll(first, task).is_ready() == (i == 2));
      if (polls < 3) log.clear();
    }
    CHECK(log.substr(log.size() - 4) == "~a~b");
    CHECK(std::count(log.begin(), log.end(), '~') == 2);
  }
}

TEST_CASE("a task that waits in a select can be dropped there: timers are cancelled") {
  const kettle::VirtualTime time;
  CountingWaker task;
  struct Scene {
    static Task<> play() { co_await select(kettle::sleep(1s), kettle::sleep(2s)); }
  };
  {
    Task<> play = Scene::play();
    CHECK(poll(play, task).is_pending());
    CHECK(kettle::TimerQueue::current().next_deadline().time_since_epoch() == 1s);
  }
  CHECK(kettle::TimerQueue::current().next_deadline() == kettle::never);
  CHECK_FALSE(task.is_held());
}

TEST_CASE("a select may move before its first poll") {
  CountingWaker task;
  std::string log;
  {
    auto first = select(Noted<int>('a', 0, 1, log), Noted<int>('b', 9, 2, log));
    auto moved = std::move(first);
    CHECK(log.empty());
    CHECK(poll(moved, task).is_ready());
  }
  CHECK(std::count(log.begin(), log.end(), '~') == 2);
}

// --- named futures, again and again ---------------------------------------------------------------------------------

TEST_CASE("a named future goes on where it was, in the next select") {
  const kettle::VirtualTime time;
  struct Scene {
    static Task<int> cook() {
      co_await kettle::sleep(5s);
      co_return 5;
    }
    static Task<int> play() {
      Task<int> dish = cook();
      int looks = 0;
      for (;;) {
        auto winner = co_await select(dish, kettle::sleep(1500ms));
        if (winner.index() == 0) co_return 100 * looks + std::get<0>(winner);
        ++looks;
      }
    }
  };
  CHECK(kettle::block_on(Scene::play()) == 305);
  CHECK(kettle::Clock::now().time_since_epoch() == 5s);
}

// A reader selects between a channel and something that is ready very often; a writer sends a thousand numbers.
template <class Other>
std::vector<int> received_beside(Other other) {
  struct Scene {
    static Task<> write(kettle::mpsc::Sender<int> sender) {
      for (int number = 0; number < 1000; ++number) {
        if (number % 3 == 0) co_await kettle::yield_now();
        const auto sent = co_await sender.send(number);
        CHECK(sent.has_value());
      }
    }
    static Task<std::vector<int>> read(kettle::mpsc::Receiver<int> receiver, Other beside) {
      std::vector<int> numbers;
      for (;;) {
        auto winner = co_await select(receiver.recv(), beside());
        if (winner.index() == 1) continue;
        auto& number = std::get<0>(winner);
        if (!number.has_value()) co_return numbers;
        numbers.push_back(*number);
      }
    }
    static Task<std::vector<int>> play(Other beside) {
      auto [sender, receiver] = kettle::mpsc::channel<int>(3);
      auto writer = kettle::spawn(write(std::move(sender)));
      auto numbers = co_await read(std::move(receiver), beside);
      co_await writer;
      co_return numbers;
    }
  };
  return kettle::block_on(Scene::play(other));
}

TEST_CASE("a recv that loses loses no message") {
  const kettle::VirtualTime time;
  std::vector<int> all;
  for (int number = 0; number < 1000; ++number) all.push_back(number);
  CHECK(received_beside([] { return kettle::yield_now(); }) == all);
  CHECK(received_beside([] { return Scripted<int>("beside", 3, 0); }) == all);
  CHECK(received_beside([] { return kettle::sleep(1ms); }) == all);
}

TEST_CASE("a select inside a join inside a select") {
  const kettle::VirtualTime time;
  struct Scene {
    static Task<int> wait_for(kettle::Duration length, int value) {
      co_await kettle::sleep(length);
      co_return value;
    }
    static Task<int> play() {
      auto winner =
          co_await select(kettle::join(select(wait_for(3s, 1), wait_for(2s, 2)), wait_for(1s, 4)), kettle::sleep(10s));
      auto [inner, other] = std::get<0>(winner);
      co_return std::get<1>(inner) + other;
    }
  };
  CHECK(kettle::block_on(Scene::play()) == 6);
  CHECK(kettle::Clock::now().time_since_epoch() == 2s);
  CHECK(kettle::TimerQueue::current().next_deadline() == kettle::never);
}

}  // namespace
