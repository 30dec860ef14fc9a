// Clock: real time never goes back; virtual time stands still until it is moved.
#include <doctest/doctest.h>
#include <kettle/clock.hpp>
#include <kettle/misuse.hpp>

#include <chrono>
#include <cstdlib>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using kettle::Clock;
using kettle::Duration;
using kettle::Instant;
using kettle::later;
using kettle::never;

Instant at(Duration since_start) { return Instant(since_start); }

TEST_CASE("Clock is a clock of std::chrono") {
  static_assert(std::chrono::is_clock_v<Clock>);
  static_assert(Clock::is_steady);
}

TEST_CASE("time never goes back") {
  Instant before = Clock::now();
  for (int look = 0; look < 1000; ++look) {
    const Instant now = Clock::now();
    REQUIRE(now >= before);
    before = now;
  }
}

TEST_CASE("seen is what this thread read last, and never later than now") {
  const Instant read = Clock::now();
  CHECK(Clock::seen() == read);
  std::thread([read] {
    CHECK(Clock::seen() < read);  // Another thread has not looked yet.
    const Instant later_read = Clock::now();
    CHECK(Clock::seen() == later_read);
  }).join();
  CHECK(Clock::seen() == read);
}

TEST_CASE("virtual time is always seen") {
  const kettle::VirtualTime virtual_time;
  CHECK(Clock::seen() == at(0s));
  std::thread([] { Clock::advance_to(at(5s)); }).join();
  CHECK(Clock::seen() == at(5s));
}

TEST_CASE("virtual time starts at zero and stands still") {
  const kettle::VirtualTime virtual_time;
  CHECK(Clock::is_virtual());
  CHECK(Clock::now() == at(0s));
  CHECK(Clock::now() == at(0s));
}

TEST_CASE("virtual time moves forward to where it is told") {
  const kettle::VirtualTime virtual_time;
  Clock::advance_to(at(2s));
  CHECK(Clock::now() == at(2s));
  Clock::advance_to(at(1h));
  CHECK(Clock::now() == at(1h));
}

TEST_CASE("advance_to an earlier time changes nothing") {
  const kettle::VirtualTime virtual_time;
  Clock::advance_to(at(2s));
  Clock::advance_to(at(1s));
  CHECK(Clock::now() == at(2s));
  Clock::advance_to(at(2s));
  CHECK(Clock::now() == at(2s));
}

TEST_CASE("VirtualTime gives back the clock that was there before") {
  const bool was_virtual = Clock::is_virtual();
  {
    const kettle::VirtualTime outer;
    Clock::advance_to(at(5s));
    {
      const kettle::VirtualTime inner;
      CHECK(Clock::now() == at(0s));
      Clock::advance_to(at(9s));
    }
    CHECK(Clock::is_virtual());
    CHECK(Clock::now() == at(5s));
  }
  CHECK(Clock::is_virtual() == was_virtual);
}

TEST_CASE("the real clock cannot be moved") {
  if (Clock::is_virtual()) return;  // Run with KETTLE_CLOCK=virtual.
  CHECK_THROWS_AS(Clock::advance_to(never), kettle::Misuse);
  CHECK_THROWS_WITH(Clock::advance_to(never),
                    "Clock::advance_to was called while time is real.\n"
                    "  rule: only the virtual clock can be moved.\n"
                    "  read: lessons/04-sleep");
  CHECK_FALSE(Clock::is_virtual());
}

TEST_CASE("block_for takes as long as it says") {
  SUBCASE("of virtual time, at once") {
    const kettle::VirtualTime virtual_time;
    Clock::block_for(3h);
    CHECK(Clock::now() == at(3h));
    Clock::block_for(1ns);
    CHECK(Clock::now() == at(3h + 1ns));
    Clock::block_for(0s);
    Clock::block_for(-1s);
    CHECK(Clock::now() == at(3h + 1ns));
  }
  SUBCASE("of real time") {
    const Instant before = Clock::now();
    Clock::block_for(1us);
    CHECK(Clock::now() - before >= 1us);
  }
}

TEST_CASE("block_for may block for ever, and virtual time is then never") {
  const kettle::VirtualTime virtual_time;
  Clock::advance_to(at(1s));
  Clock::block_for(Duration::max());
  CHECK(Clock::now() == never);
}

TEST_CASE("later adds, and ends at never") {
  CHECK(later(at(1s), 2s) == at(3s));
  CHECK(later(at(0s), Duration::max()) == never);
  CHECK(later(at(1ns), Duration::max()) == never);
  CHECK(later(at(1ns), Duration::max() - 1ns) == never);
  CHECK(later(at(1ns), Duration::max() - 2ns) == never - 1ns);
  CHECK(later(never, 1ns) == never);
  CHECK(later(never, 0ns) == never);
}

TEST_CASE("later counts a negative length as none") {
  CHECK(later(at(1s), -2s) == at(1s));
  CHECK(later(at(1s), Duration::min()) == at(1s));
  CHECK(later(at(1s), 0s) == at(1s));
  static_assert(later(Instant(1s), -1s) == Instant(1s));
}

TEST_CASE("several threads may move virtual time, and the latest wins") {
  const kettle::VirtualTime virtual_time;
  constexpr int steps = 2000;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([thread] {
      Instant before = Clock::now();
      for (int step = 1; step <= steps; ++step) {
        Clock::advance_to(at(Duration(step * 4 + thread)));
        const Instant now = Clock::now();
        if (now < before || now < at(Duration(step * 4 + thread))) std::abort();
        before = now;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(Clock::now() == at(Duration(steps * 4 + 3)));
}

}  // namespace
