// The promises of kettle/signal.hpp: a signal is a future, and afterwards it does what it did before.
#include <kettle/block_on.hpp>
#include <kettle/select.hpp>
#include <kettle/signal.hpp>
#include <kettle/task.hpp>
#include <kettle/time.hpp>

#include <doctest/doctest.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <deque>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "futures.hpp"

namespace {

using namespace std::chrono_literals;
using kettle::Misuse;
using kettle::Signal;

// Whom the news wakes that there is now.
void look() {
  kettle::Parker parker;
  kettle::Reactor::current().park(parker, kettle::no_wait);
}

// A future that is polled by hand, after a look at what there is.
template <class F>
struct Polled {
  explicit Polled(F f) : future(std::move(f)) {}
  bool poll() {
    task.clear();
    kettle::Context context(task.waker());
    return future.poll(context).is_ready();
  }
  bool look_and_poll() {
    look();
    return poll();
  }
  story::CountingWaker task;
  F future;
};

int handled = 0;
void handle(int) { ++handled; }

TEST_CASE("a signal wakes who waits for it, and is received once") {
  Signal signal(SIGUSR1);
  Polled received(signal.received());
  CHECK_FALSE(received.poll());
  std::raise(SIGUSR1);
  look();
  CHECK(received.task.is_woken());
  CHECK(received.poll());
  CHECK_FALSE(Polled(signal.received()).look_and_poll());
}

TEST_CASE("it listens from when it is made: a signal that comes before somebody waits is kept") {
  Signal signal(SIGUSR1);
  std::raise(SIGUSR1);
  CHECK(Polled(signal.received()).look_and_poll());
}

TEST_CASE("what came for an earlier listener is not heard by the next") {
  {
    const Signal first(SIGUSR1);
    std::raise(SIGUSR1);
  }
  Signal again(SIGUSR1);
  Signal other(SIGUSR2);
  CHECK_FALSE(Polled(again.received()).look_and_poll());
  CHECK_FALSE(Polled(other.received()).look_and_poll());
}

TEST_CASE("however often it came, it is received once") {
  Signal signal(SIGUSR1);
  for (const int times : {2, 63, 64, 65, 128, 1000, 100'000}) {
    for (int i = 0; i < times; ++i) std::raise(SIGUSR1);
    CHECK(Polled(signal.received()).look_and_poll());
    CHECK_FALSE(Polled(signal.received()).look_and_poll());
  }
}

TEST_CASE("every listener hears its own signal, and no other") {
  Signal first(SIGUSR1);
  Signal second(SIGUSR1);
  Signal other(SIGUSR2);
  Polled one(first.received());
  Polled two(second.received());
  Polled three(other.received());
  CHECK_FALSE(one.poll());
  CHECK_FALSE(two.poll());
  CHECK_FALSE(three.poll());
  std::raise(SIGUSR1);
  look();
  CHECK(one.poll());
  CHECK(two.poll());
  CHECK_FALSE(three.poll());
  std::raise(SIGUSR2);
  look();
  CHECK(three.poll());
}

TEST_CASE("when the last listener goes, the signal does again what it did before the first") {
  std::signal(SIGUSR1, handle);
  handled = 0;
  std::raise(SIGUSR1);
  CHECK_EQ(handled, 1);
  {
    std::optional<Signal> first(SIGUSR1);
    Signal second(SIGUSR1);
    std::raise(SIGUSR1);
    first.reset();
    std::raise(SIGUSR1);
    CHECK_EQ(handled, 1);
    CHECK(Polled(second.received()).look_and_poll());
  }
  std::raise(SIGUSR1);
  CHECK_EQ(handled, 2);
  std::signal(SIGUSR1, SIG_IGN);
  {
    const Signal third(SIGUSR1);
  }
  std::raise(SIGUSR1);  // Ignored again, or the process would be gone.
  std::signal(SIGUSR1, SIG_DFL);
}

TEST_CASE("dropped while it waits, or woken and not polled: the signal is not lost") {
  Signal signal(SIGUSR1);
  {
    Polled dropped(signal.received());
    CHECK_FALSE(dropped.poll());
  }
  std::raise(SIGUSR1);
  CHECK(Polled(signal.received()).look_and_poll());
  {
    Polled dropped(signal.received());
    CHECK_FALSE(dropped.poll());
    std::raise(SIGUSR1);
    look();
    CHECK(dropped.task.is_woken());
  }
  CHECK(Polled(signal.received()).poll());
}

TEST_CASE("a listener may be moved while somebody waits; a future that owns one may not") {
  auto first = std::make_unique<Signal>(SIGUSR1);
  Polled received(first->received());
  CHECK_FALSE(received.poll());
  const Signal second(std::move(*first));
  first.reset();
  std::raise(SIGUSR1);
  look();
  CHECK(received.poll());

  kettle::SignalOnce once(SIGUSR2);
  kettle::SignalOnce moved(std::move(once));
  Polled polled(std::move(moved));
  CHECK_FALSE(polled.poll());
  CHECK_THROWS_AS([&] { const kettle::SignalOnce again = std::move(polled.future); }(), Misuse);
  std::raise(SIGUSR2);
  look();
  CHECK(polled.task.is_woken());
  CHECK(polled.poll());
}

TEST_CASE("what nobody can listen for is Misuse, and nothing is left behind") {
  for (const int number : {SIGKILL, SIGSTOP, 0, -1, 65, 1000}) CHECK_THROWS_AS(Signal{number}, Misuse);
  std::deque<Signal> many;
  for (int i = 0; i < 32; ++i) many.emplace_back(SIGUSR1);
  CHECK_THROWS_AS(Signal{SIGUSR2}, Misuse);
  CHECK_THROWS_AS(Signal{SIGUSR1}, Misuse);
  std::raise(SIGUSR1);
  look();
  for (Signal& each : many) CHECK(Polled(each.received()).poll());
  many.pop_front();
  Signal last(SIGUSR2);
  std::raise(SIGUSR2);
  CHECK(Polled(last.received()).look_and_poll());
}

TEST_CASE("Ctrl-C, and being asked to end") {
  Polled pressed(kettle::ctrl_c());
  Polled asked(kettle::terminate());
  CHECK_FALSE(pressed.poll());
  CHECK_FALSE(asked.poll());
  std::raise(SIGINT);
  look();
  CHECK(pressed.poll());
  CHECK_FALSE(asked.poll());
  std::raise(SIGTERM);
  look();
  CHECK(asked.poll());
}

TEST_CASE("a signal from another thread ends the sleep of block_on") {
  for (int round = 0; round < 50; ++round) {
    auto pressed = kettle::ctrl_c();
    std::thread other([] { kill(getpid(), SIGINT); });
    kettle::block_on(pressed);
    other.join();
  }
}

TEST_CASE("a storm of signals, from a thread that has listeners of its own") {
  Signal signal(SIGUSR1);
  std::atomic<bool> heard{false};
  std::thread other([&] {
    Signal own(SIGUSR2);
    while (!heard.load()) {
      kill(getpid(), SIGUSR1);
      const Signal passing(SIGUSR1);
    }
  });
  for (int i = 0; i < 100; ++i) kettle::block_on(signal.received());
  heard = true;
  other.join();
}

TEST_CASE("a signal and a timer: the first of the two") {
  const kettle::VirtualTime time;
  Signal signal(SIGUSR1);
  const auto quiet = kettle::block_on(kettle::select(signal.received(), kettle::sleep(1s)));
  CHECK_EQ(quiet.index(), 1);
  std::raise(SIGUSR1);
  const auto called = kettle::block_on(kettle::select(signal.received(), kettle::sleep(1s)));
  CHECK_EQ(called.index(), 0);
}

}  // namespace
