// The promises of runtime/kettle/join.hpp.
#include "kettle/join.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "futures.hpp"
#include "kettle/block_on.hpp"
#include "kettle/task.hpp"
#include "kettle/time.hpp"

namespace {

using namespace std::chrono_literals;
using kettle::join;
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

// Says who was polled, and who was destroyed.
class Noted {
 public:
  using Output = void;
  Noted(char name, int pendings, std::string& log) : name_(name), pendings_(pendings), log_(&log) {}
  Noted(Noted&& other) noexcept
      : name_(other.name_), pendings_(other.pendings_), log_(std::exchange(other.log_, nullptr)) {}
  Noted& operator=(Noted&&) = delete;
  ~Noted() {
    if (log_ != nullptr) *log_ += {'~', name_};
  }
  kettle::Poll<> poll(kettle::Context&) {
    *log_ += name_;
    if (pendings_-- > 0) return kettle::pending;
    return kettle::Ready();
  }

 private:
  char name_;
  int pendings_;
  std::string* log_;
};

TEST_CASE("join polls each pending future once a poll, in order, and never one that is ready") {
  CountingWaker task;
  std::string log;
  auto both = join(Noted('a', 2, log), Noted('b', 0, log), Noted('c', 1, log));
  CHECK(log.empty());  // Lazy.
  CHECK(poll(both, task).is_pending());
  CHECK(log == "ab~bc");  // And one that is ready is destroyed at once.
  log.clear();
  CHECK(poll(both, task).is_pending());
  CHECK(log == "ac~c");
  log.clear();
  CHECK(poll(both, task).is_ready());
  CHECK(log == "a~a");
}

TEST_CASE("join hands its own context to every future") {
  CountingWaker one;
  CountingWaker two;
  auto a = record();
  auto b = record();
  auto both = join(Scripted<int>("a", 5, 1, a), Scripted<int>("b", 5, 2, b));
  CHECK(poll(both, one).is_pending());
  CHECK(poll(both, two).is_pending());
  CHECK(a->waker->will_wake(two.waker()));
  CHECK(b->waker->will_wake(two.waker()));
}

TEST_CASE("the values come in the order of the futures, whoever is ready first") {
  CountingWaker task;
  auto all = join(Scripted<int>("a", 2, 1), Scripted<std::string>("b", 0, "two"),
                  Scripted<std::unique_ptr<int>>("c", 1, std::make_unique<int>(3)), kettle::sleep(0s));
  CHECK(poll(all, task).is_pending());
  CHECK(poll(all, task).is_pending());
  auto answer = poll(all, task);
  REQUIRE(answer.is_ready());
  auto [a, b, c, d] = answer.take();
  CHECK(a == 1);
  CHECK(b == "two");
  CHECK(*c == 3);
  static_assert(std::is_same_v<decltype(d), std::monostate>);
}

TEST_CASE("futures with names are referred to: they stay their owner's") {
  CountingWaker task;
  auto seen = record();
  {
    Scripted<int> named("a", 1, 1, seen);
    {
      auto both = join(named, Scripted<int>("b", 0, 2));
      CHECK(poll(both, task).is_pending());
    }
    CHECK(seen->destroyed == 0);
    auto again = join(Scripted<int>("c", 0, 3), named);
    auto answer = poll(again, task);
    REQUIRE(answer.is_ready());
    CHECK(answer.take() == std::tuple(3, 1));
    CHECK(seen->destroyed == 0);
  }
  CHECK(seen->destroyed == 1);
}

TEST_CASE("join of nothing, and of one") {
  CountingWaker task;
  auto nothing = join();
  CHECK(poll(nothing, task).is_ready());
  auto one = join(Scripted<int>("a", 0, 1));
  CHECK(poll(one, task).take() == std::tuple(1));
}

TEST_CASE("a join that was Ready is not polled again") {
  CountingWaker task;
  auto one = join(Scripted<std::string>("a", 0, "text"));
  CHECK(poll(one, task).is_ready());
  CHECK_THROWS_AS((void)poll(one, task), kettle::Misuse);
  auto nothing = join();
  CHECK(poll(nothing, task).is_ready());
  CHECK_THROWS_AS((void)poll(nothing, task), kettle::Misuse);
}

Task<int> burn() {
  co_await kettle::sleep(1s);
  throw std::runtime_error("burnt");
}

TEST_CASE("what one throws leaves co_await, and the others are gone by then") {
  const kettle::VirtualTime time;
  auto ready = record();
  auto unready = record();
  struct Scene {
    static Task<std::string> play(std::shared_ptr<Record> early, std::shared_ptr<Record> late) {
      try {
        co_await join(Scripted<int>("a", 0, 1, early), burn(), Scripted<int>("b", 99, 1, late));
      } catch (const std::runtime_error& error) {
        CHECK(early->destroyed == 1);
        CHECK(late->destroyed == 1);
        co_return error.what();
      }
      co_return "no exception";
    }
  };
  CHECK(kettle::block_on(Scene::play(ready, unready)) == "burnt");
  CHECK(kettle::Clock::now().time_since_epoch() == 1s);
}

TEST_CASE("dropping a join drops what it holds, at every stage, and each future once") {
  for (int polls = 0; polls <= 3; ++polls) {
    CountingWaker task;
    auto a = record();
    auto b = record();
    {
      auto both = join(Scripted<int>("a", 1, 1, a), Scripted<int>("b", 2, 2, b));
      for (int i = 0; i < polls; ++i) CHECK(poll(both, task).is_ready() == (i == 2));
    }
    CHECK(a->destroyed == 1);
    CHECK(b->destroyed == 1);
  }
}

TEST_CASE("a join may move before its first poll") {
  CountingWaker task;
  auto seen = record();
  {
    auto both = join(Scripted<int>("a", 0, 1, seen), kettle::sleep(0s));
    auto moved = std::move(both);
    CHECK(poll(moved, task).is_ready());
  }
  CHECK(seen->destroyed == 1);
}

TEST_CASE("of several that wait, the first is noted, with its own line") {
  const kettle::VirtualTime time;
  CountingWaker task;
  struct Scene {
    static Task<> nap() { co_await kettle::sleep(1s); }
  };
  kettle::trace::asked = true;
  (void)kettle::trace::take_waiting();
  Task<> alone = Scene::nap();
  CHECK(poll(alone, task).is_pending());
  const auto of_one = kettle::trace::take_waiting();
  auto both = join(Scene::nap(), kettle::sleep(2s));
  CHECK(poll(both, task).is_pending());
  const auto of_both = kettle::trace::take_waiting();
  kettle::trace::asked = false;
  CHECK(of_both.on.number == of_one.on.number + 1);  // The next timer that was armed.
  CHECK(of_both.has_at);
  CHECK(of_both.at.line() == of_one.at.line());
}

TEST_CASE("waits that are joined take as long as the longest") {
  const kettle::VirtualTime time;
  struct Scene {
    static Task<int> wait_for(kettle::Duration length, int value) {
      co_await kettle::sleep(length);
      co_return value;
    }
    static Task<int> play() {
      auto [a, b, c] = co_await join(wait_for(3s, 1), wait_for(1s, 2), wait_for(2s, 4));
      co_return a + b + c;
    }
  };
  CHECK(kettle::block_on(Scene::play()) == 7);
  CHECK(kettle::Clock::now().time_since_epoch() == 3s);
}

}  // namespace
