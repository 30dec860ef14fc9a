// The promises of kettle/poller.hpp: what is so already is news, news is told once, and the bell rings through.
#include <kettle/poller.hpp>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "rounds.hpp"

namespace {

using namespace std::chrono_literals;
using kettle::Clock;
using kettle::Instant;
using kettle::IoEvent;
using kettle::Poller;

// Two connected descriptors, closed at the end.
class Ends {
 public:
  enum Kind { pipe, sockets };
  explicit Ends(Kind kind = sockets) {
    int both[2];
    REQUIRE_EQ(kind == pipe ? ::pipe(both) : socketpair(AF_UNIX, SOCK_STREAM, 0, both), 0);
    first = both[0];
    second = both[1];
    for (const int end : both) fcntl(end, F_SETFL, O_NONBLOCK);
  }
  ~Ends() {
    close_one(first);
    close_one(second);
  }
  Ends(const Ends&) = delete;
  Ends& operator=(const Ends&) = delete;

  void send(std::string_view bytes = "!") const {
    REQUIRE_EQ(write(second, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  void fill() const {
    const std::string much(65536, '!');
    while (write(second, much.data(), much.size()) > 0) {
    }
  }
  static void close_one(int& end) {
    if (end >= 0) close(std::exchange(end, -1));
  }

  int first = -1;
  int second = -1;
};

// All there is to tell now.
std::vector<IoEvent> news(Poller& poller) {
  std::array<IoEvent, 64> events;
  const std::size_t count = poller.wait(events, kettle::no_wait);
  return {events.begin(), events.begin() + static_cast<std::ptrdiff_t>(count)};
}

int token = 0;
int other_token = 0;

TEST_CASE("what is the case already when a descriptor is added, is news") {
  Poller poller;
  const Ends ends;
  ends.send();
  poller.add(ends.first, &token);
  const auto told = news(poller);
  REQUIRE_EQ(told.size(), 1);
  CHECK_EQ(told[0].token, &token);
  CHECK(told[0].readable);
  CHECK(told[0].writable);
  CHECK_FALSE(told[0].no_more_reads);
  CHECK_FALSE(told[0].no_more_writes);
}

TEST_CASE("news is told once, and what was left unread is none") {
  Poller poller;
  const Ends ends;
  poller.add(ends.first, &token);
  CHECK_EQ(news(poller).size(), 1);  // There is room to write.
  CHECK(news(poller).empty());
  ends.send();
  REQUIRE_EQ(news(poller).size(), 1);
  CHECK(news(poller).empty());
  ends.send();
  const auto told = news(poller);
  REQUIRE_EQ(told.size(), 1);
  CHECK(told[0].readable);
}

TEST_CASE("there is room again: news for who writes") {
  Poller poller;
  const Ends ends;
  ends.fill();
  poller.add(ends.second, &token);
  CHECK(news(poller).empty());
  std::string room(65536, '\0');
  while (read(ends.first, room.data(), room.size()) > 0) {
  }
  const auto told = news(poller);
  REQUIRE_EQ(told.size(), 1);
  CHECK(told[0].writable);
}

TEST_CASE("the last bytes and the end may be one piece of news") {
  Poller poller;
  Ends ends;
  poller.add(ends.first, &token);
  CHECK_EQ(news(poller).size(), 1);
  ends.send("the last");
  Ends::close_one(ends.second);
  const auto told = news(poller);
  REQUIRE_EQ(told.size(), 1);
  CHECK(told[0].readable);
  CHECK(told[0].no_more_reads);
  CHECK(news(poller).empty());
}

TEST_CASE("the other side stops writing only: there is no more to read, and one may still write") {
  Poller poller;
  const Ends ends;
  poller.add(ends.first, &token);
  CHECK_EQ(news(poller).size(), 1);
  shutdown(ends.second, SHUT_WR);
  const auto told = news(poller);
  REQUIRE_EQ(told.size(), 1);
  CHECK(told[0].no_more_reads);
  CHECK_FALSE(told[0].no_more_writes);
}

TEST_CASE("the ends of a pipe: a writer that goes, a reader that goes") {
  Poller poller;
  Ends written(Ends::pipe);
  Ends read(Ends::pipe);
  read.fill();
  poller.add(written.first, &token);
  poller.add(read.second, &other_token);
  CHECK(news(poller).empty());
  Ends::close_one(written.second);
  auto told = news(poller);
  REQUIRE_EQ(told.size(), 1);
  CHECK_EQ(told[0].token, &token);
  CHECK(told[0].no_more_reads);
  Ends::close_one(read.first);
  told = news(poller);
  REQUIRE_EQ(told.size(), 1);
  CHECK_EQ(told[0].token, &other_token);
  CHECK(told[0].no_more_writes);
}

TEST_CASE("more news than there is room for: the rest comes with the next wait") {
  Poller poller;
  const Ends ends[3];
  int tokens[3] = {};
  for (int i = 0; i < 3; ++i) poller.add(ends[i].first, &tokens[i]);
  std::array<IoEvent, 1> one;
  for (int i = 0; i < 3; ++i) {
    REQUIRE_EQ(poller.wait(one, kettle::no_wait), 1);
    ++*static_cast<int*>(one[0].token);
  }
  CHECK_EQ(poller.wait(one, kettle::no_wait), 0);
  for (const int told : tokens) CHECK_EQ(told, 1);
}

TEST_CASE("of a descriptor that was removed there is no more news; added again, it begins anew") {
  Poller poller;
  const Ends ends;
  poller.add(ends.first, &token);
  ends.send();
  poller.remove(ends.first);
  CHECK(news(poller).empty());
  ends.send();
  CHECK(news(poller).empty());
  poller.add(ends.first, &other_token);
  const auto told = news(poller);
  REQUIRE_EQ(told.size(), 1);
  CHECK_EQ(told[0].token, &other_token);
  CHECK(told[0].readable);
  poller.remove(ends.second);  // It never was there: nothing happens.
}

TEST_CASE("what cannot be waited for is refused") {
  Poller poller;
  std::FILE* const file = std::tmpfile();
  REQUIRE_NE(file, nullptr);
  CHECK_THROWS_AS(poller.add(fileno(file), &token), std::system_error);
  std::fclose(file);
  CHECK_THROWS_AS(poller.add(-1, &token), std::system_error);
  const Ends ends;
  poller.add(ends.first, &token);
  CHECK_EQ(news(poller).size(), 1);
}

TEST_CASE("an interrupt before the sleep lets it return at once, and is used up by it") {
  Poller poller;
  std::array<IoEvent, 4> events;
  poller.interrupt();
  poller.interrupt();
  CHECK_EQ(poller.wait(events, kettle::never), 0);
  const Instant deadline = Clock::now() + 2ms;
  CHECK_EQ(poller.wait(events, deadline), 0);
  CHECK(Clock::now() >= deadline);
  for (int i = 0; i < 1000; ++i) {
    poller.interrupt();
    CHECK_EQ(poller.wait(events, kettle::never), 0);
  }
}

TEST_CASE("an interrupt does not hide news, nor news an interrupt") {
  Poller poller;
  const Ends ends;
  poller.add(ends.first, &token);
  poller.interrupt();
  std::array<IoEvent, 4> events;
  std::size_t told = poller.wait(events, kettle::never);
  if (told == 0) told = poller.wait(events, kettle::never);
  CHECK_EQ(told, 1);
}

TEST_CASE("an interrupt from another thread ends the sleep") {
  Poller poller;
  std::atomic<bool> called{false};
  rounds::run(
      2, 500, [&](int) { called = false; },
      [&](int thread, int) {
        std::array<IoEvent, 4> events;
        if (thread == 0) {
          while (!called.load()) poller.wait(events, kettle::never);
        } else {
          called = true;
          poller.interrupt();
        }
      },
      [](int) {});
}

TEST_CASE("news from another thread ends the sleep") {
  Poller poller;
  const Ends ends;
  poller.add(ends.first, &token);
  CHECK_EQ(news(poller).size(), 1);
  rounds::run(
      2, 200, [](int) {},
      [&](int thread, int) {
        std::array<IoEvent, 4> events;
        if (thread == 0) {
          REQUIRE_EQ(poller.wait(events, kettle::never), 1);
          CHECK(events[0].readable);
        } else {
          ends.send();
        }
      },
      [](int) {});
}

TEST_CASE("a wait that has no time returns at once; one that has is never early") {
  Poller poller;
  std::array<IoEvent, 4> events;
  CHECK_EQ(poller.wait(events, kettle::no_wait), 0);
  CHECK_EQ(poller.wait(events, Instant()), 0);
  CHECK_EQ(poller.wait(events, Clock::now()), 0);
  for (const auto length : {1ns, 1000ns, 900'000ns, 1'100'000ns}) {
    const Instant deadline = Clock::now() + length;
    CHECK_EQ(poller.wait(events, deadline), 0);
    CHECK(Clock::now() >= deadline);
  }
}

TEST_CASE("a deadline in a hundred years does not overflow") {
  Poller poller;
  std::array<IoEvent, 4> events;
  poller.interrupt();
  CHECK_EQ(poller.wait(events, Clock::now() + std::chrono::hours(24 * 365 * 100)), 0);
}

}  // namespace
