// The promises of runtime/kettle/lookup_host.hpp.
#include "kettle/lookup_host.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "calling_waker.hpp"
#include "futures.hpp"
#include "kettle/block_on.hpp"
#include "kettle/join_handle.hpp"
#include "kettle/task.hpp"
#include "kettle/yield.hpp"
#include "slow_names.hpp"

namespace {

using kettle::lookup_host;
using kettle::LookupHost;
using kettle::SocketAddress;
using kettle::Task;
using slow_names::gate;
using story::CountingWaker;
using story::quiet_poll;

static_assert(kettle::Future<LookupHost>);
static_assert(!std::is_copy_constructible_v<LookupHost> && std::is_nothrow_move_constructible_v<LookupHost>);

TEST_CASE("an address that is written out is ready at the first poll, and asks nobody") {
  CountingWaker task;
  for (const auto& [host, written] : {std::pair("127.0.0.1", "127.0.0.1:80"), std::pair("::1", "[::1]:80"),
                                      std::pair("2001:db8::7", "[2001:db8::7]:80")}) {
    auto lookup = lookup_host(host, 80);
    const std::vector<SocketAddress> addresses = quiet_poll(lookup, task).take();
    REQUIRE_EQ(addresses.size(), 1);
    CHECK_EQ(addresses[0].to_string(), written);
  }
  CHECK_FALSE(task.is_held());
}

TEST_CASE("localhost has an address, with the port that was asked for") {
  const auto addresses = kettle::block_on(lookup_host("localhost", 8080));
  REQUIRE_FALSE(addresses.empty());
  for (const SocketAddress& address : addresses) CHECK_EQ(address.port(), 8080);
}

TEST_CASE("nothing is asked before the first poll, and once however often it is polled") {
  gate.close();
  const int before = gate.asked();
  CountingWaker first;
  CountingWaker second;
  auto made = lookup_host("a.slow", 80);
  auto lookup = std::move(made);
  CHECK(quiet_poll(lookup, first).is_pending());
  gate.await_asked(before + 1);
  CHECK(quiet_poll(lookup, first).is_pending());
  CHECK(quiet_poll(lookup, second).is_pending());
  CHECK_FALSE(first.is_held());
  gate.open();
  gate.await_end();
  CHECK_EQ(gate.asked(), before + 1);
  CHECK_EQ(first.wakes(), 0);
  CHECK_EQ(second.wakes(), 1);
  CHECK_EQ(quiet_poll(lookup, second).value().at(0).to_string(), "127.0.0.1:80");
  CHECK_FALSE(second.is_held());
}

TEST_CASE("a name that nobody has is an error that says what was looked up, and why") {
  gate.open();
  CHECK_THROWS_WITH_AS(kettle::block_on(lookup_host("no.slow", 80)), "look up no.slow: Name or service not known",
                       std::runtime_error);
}

TEST_CASE("dropped while the system is asked: the waker is let go, and the late answer with it") {
  gate.close();
  const int before = gate.asked();
  CountingWaker task;
  {
    auto lookup = lookup_host("b.slow", 80);
    CHECK(quiet_poll(lookup, task).is_pending());
    CHECK(task.is_held());
  }
  CHECK_FALSE(task.is_held());
  gate.await_asked(before + 1);
  gate.open();
  gate.await_end();
  CHECK_EQ(task.wakes(), 0);
}

// Other tasks run while the system is asked.
Task<int> count_meanwhile(int rounds) {
  int turns = 0;
  for (; turns < rounds; ++turns) co_await kettle::yield_now();
  gate.open();  // It cannot have been answered before.
  co_return turns;
}

Task<> look_up_and_count() {
  auto counting = kettle::spawn(count_meanwhile(1000));
  LookupHost lookup("c.slow", 80);
  const std::vector<SocketAddress> addresses = co_await lookup;
  CHECK_EQ(addresses.size(), 1);
  CHECK(counting.is_finished());
  const int turns = co_await counting;
  CHECK_EQ(turns, 1000);
}

TEST_CASE("other tasks run while the system is asked") {
  gate.close();
  kettle::block_on(look_up_and_count());
  gate.await_end();
}

TEST_CASE("a hundred lookups at the same time, a half of them dropped") {
  gate.close();
  const int before = gate.asked();
  std::vector<LookupHost> lookups;
  for (int i = 0; i < 100; ++i) lookups.push_back(lookup_host("d.slow", static_cast<std::uint16_t>(i)));
  {
    CountingWaker task;
    for (LookupHost& lookup : lookups) CHECK(quiet_poll(lookup, task).is_pending());
    gate.await_asked(before + 100);
    gate.open();
    for (int i = 0; i < 50; ++i) lookups.pop_back();
    gate.await_end();
    CHECK_GE(task.wakes(), 1);
    for (std::size_t i = 0; i < lookups.size(); ++i) {
      CHECK_EQ(quiet_poll(lookups[i], task).value().at(0).port(), i);
    }
    CHECK_FALSE(task.is_held());
  }
}

}  // namespace
