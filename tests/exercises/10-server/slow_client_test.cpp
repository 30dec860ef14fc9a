// Grades 10-server/slow_client: guests who take their time, on the virtual clock. Whether a guest was sent away, and
// when, is seen by the next one in line: she gets his place.
#include "slow_client.hpp"

#include <kettle/block_on.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "door.hpp"

namespace {

using namespace std::chrono_literals;
using door::Door;
using kettle::Duration;
using kettle::Task;
using story::expect;
using story::expect_equal;
using Client = door::Client<kettle::UnixStream>;

constexpr auto slow_section = "lessons/10-server/README.md#slow-clients";
constexpr auto limit_section = "lessons/10-server/README.md#at-the-limit";
constexpr auto bytes_section = "lessons/10-server/README.md#what-the-parser-refuses";

Duration now() { return kettle::Clock::now().time_since_epoch(); }

// A restaurant with a door, and a kitchen: "soup" with "no salt" comes as "soup, no salt". A photo is 300,000 bytes.
class Restaurant {
 public:
  Restaurant() = default;  // with the places that it has always had: two
  explicit Restaurant(std::size_t places) { limits_.places = places; }
  void open() { kettle::spawn("restaurant", mine::serve(door, kitchen_, limits_)); }

  /// A guest comes. A small buffer, so that the restaurant soon waits for a guest who does not read.
  Client guest(std::string name, Duration patience = 10min) {
    auto stream = door.connect(name, 4608);
    return Client(std::move(name), std::move(stream), patience);
  }

  Door door;

 private:
  mine::Limits limits_;
  mine::Kitchen kitchen_ = [](const mine::Order& order) {
    std::string answer;
    for (const std::string& line : order) answer += (answer.empty() ? "" : ", ") + line;
    if (answer == "photo") answer.assign(300'000, 'x');
    return answer + "\n";
  };
};

void run(Task<> scene) {
  const door::NotedErrors noted;
  kettle::block_on(scene);
}

Task<> say(Client& guest, std::string text) {
  Task<> saying = guest.say(std::move(text));
  co_await saying;
}

Task<> expect_answer(Client& guest, std::string answer) {
  Task<> hearing = guest.expect_line(std::move(answer));
  co_await hearing;
}

// Says all of it, with pauses; stops when the restaurant has closed the connection.
Task<> say_slowly(Client& guest, std::vector<std::string> texts, Duration pause) {
  for (std::string& text : texts) {
    Task<bool> saying = guest.try_say(std::move(text));
    const bool said = co_await saying;
    if (!said) co_return;
    co_await kettle::sleep(pause);
  }
}

// Zoe stands in line. When she is served, the place of the one before her has become free.
Task<Duration> next_in_line(Restaurant& restaurant) {
  Client zoe = restaurant.guest("zoe", 3min);
  Task<> asking = say(zoe, "tea\n\n");
  co_await asking;
  Task<std::string> hearing = zoe.hear();
  const std::string heard = co_await hearing;
  if (heard != "\"tea\"")
    story::fail("zoe, who stands in line, gets a place at last", "3 minutes later she still waits");
  co_return now();
}

Task<> expect_place_at(Restaurant& restaurant, Duration when) {
  Task<Duration> waiting = next_in_line(restaurant);
  const Duration served = co_await waiting;
  expect(served == when, fmt::format("zoe, who is next in line, gets the place at {}", story::show_time(when)),
         fmt::format("she gets it at {}", story::show_time(served)));
}

Task<> in_time(Restaurant& restaurant) {
  restaurant.open();
  Client ann = restaurant.guest("ann");
  Client ben = restaurant.guest("ben");
  for (int order = 1; order <= 8; ++order) {
    co_await kettle::sleep(30s);
    Task<> dish = say(ann, fmt::format("soup {}\n", order));
    co_await dish;
    co_await kettle::sleep(4s);
    Task<> wish = say(ann, "no salt\n\n");
    co_await wish;
    Task<> answer = expect_answer(ann, fmt::format("soup {}, no salt", order));
    co_await answer;
    Task<> cake = say(ben, "cake\n\n");
    co_await cake;
    Task<> answer_for_ben = expect_answer(ben, "cake");
    co_await answer_for_ben;
  }
}

TEST_CASE("who orders in time gets the answers, any number of them") {
  story::teach("A limit belongs to one request. A new request has a new one.", slow_section);
  const kettle::VirtualTime time;
  Restaurant restaurant(2);
  run(in_time(restaurant));
}

Task<> begins_and_goes_on(Restaurant& restaurant, std::vector<std::string> texts, Duration pause) {
  restaurant.open();
  Client slow = restaurant.guest("the slow one");
  co_await kettle::sleep(5s);
  auto talking = kettle::spawn("the slow one", say_slowly(slow, std::move(texts), pause));
  Task<> next = expect_place_at(restaurant, 15s);
  co_await next;
  talking.abort();
}

TEST_CASE("who sends an order line by line, and never ends it, is sent away after 10 s") {
  story::teach("A limit for each line begins anew with each line. The limit must be for the whole order.",
               slow_section);
  const kettle::VirtualTime time;
  Restaurant restaurant(1);
  run(begins_and_goes_on(restaurant, std::vector<std::string>(70, "and salt\n"), 9s));
}

TEST_CASE("who sends an order byte by byte is sent away after 10 s, counted from the first byte") {
  story::teach("A limit for each read begins anew with each byte. The limit must be for the whole order.",
               slow_section);
  const kettle::VirtualTime time;
  Restaurant restaurant(1);
  run(begins_and_goes_on(restaurant, std::vector<std::string>(70, "x"), 9s));
}

TEST_CASE("half of the first line is a begun order: 10 s, not 60") {
  story::teach("An order begins with its first byte. From there on it is no longer idle.", slow_section);
  const kettle::VirtualTime time;
  Restaurant restaurant(1);
  run(begins_and_goes_on(restaurant, {"so"}, 1s));
}

Task<> thinks_then_orders(Restaurant& restaurant) {
  restaurant.open();
  Client ann = restaurant.guest("ann");
  for (int order = 1; order <= 2; ++order) {
    co_await kettle::sleep(57s);
    Task<> dish = say(ann, "so");
    co_await dish;
    co_await kettle::sleep(9s);
    Task<> rest = say(ann, "up\n\n");
    co_await rest;
    Task<> answer = expect_answer(ann, "soup");
    co_await answer;
  }
  const Duration answered = now();
  story::step("now ann says nothing more");
  Task<> next = expect_place_at(restaurant, answered + 60s);
  co_await next;
}

Task<> says_nothing(Restaurant& restaurant) {
  restaurant.open();
  Client silent = restaurant.guest("the silent one");
  Task<> next = expect_place_at(restaurant, 60s);
  co_await next;
}

TEST_CASE("between two orders, and before the first, a guest may think for 60 s, and no longer") {
  story::teach(
      "To think and to order are two things, with a limit each. Wait for the first byte with the one, for the "
      "rest with the other.",
      slow_section);
  {
    const kettle::VirtualTime time;
    Restaurant restaurant(1);
    run(thinks_then_orders(restaurant));
  }
  const kettle::VirtualTime time;
  Restaurant restaurant(1);
  run(says_nothing(restaurant));
}

// Reads `count` bytes each second. Returns how many came before the end, or `most`.
Task<std::size_t> read_slowly(Client& guest, std::size_t count, std::size_t most) {
  std::size_t all = 0;
  std::vector<char> buffer(count);
  while (all < most) {
    for (std::size_t read_now = 0; read_now < count && all < most;) {
      const std::span<char> room = std::span(buffer).first(count - read_now);
      auto read = co_await kettle::timeout(1s, guest.stream().read(room));
      if (!read.has_value()) break;
      if (*read == 0) co_return all;
      read_now += *read;
      all += *read;
    }
    co_await kettle::sleep(1s);
  }
  co_return all;
}

Task<> reads_too_slowly(Restaurant& restaurant, std::size_t bytes) {
  restaurant.open();
  Client slow = restaurant.guest("the slow one");
  Task<> asking = say(slow, "photo\n\n");
  co_await asking;
  story::step("the slow one reads {} bytes each second", bytes);
  auto reading = kettle::spawn("the slow one", read_slowly(slow, bytes, 1'000'000));
  Task<> next = expect_place_at(restaurant, 30s);
  co_await next;
  reading.abort();
}

Task<> reads_in_time(Restaurant& restaurant) {
  restaurant.open();
  Client ann = restaurant.guest("ann");
  Task<> asking = say(ann, "photo\n\n");
  co_await asking;
  story::step("ann reads 15,000 bytes each second");
  Task<std::size_t> reading = read_slowly(ann, 15'000, 300'001);
  const std::size_t count = co_await reading;
  expect_equal(count, std::size_t{300'001}, "bytes of the answer that ann gets");
  Task<> again = say(ann, "soup\n\n");
  co_await again;
  Task<> answer = expect_answer(ann, "soup");
  co_await answer;
}

TEST_CASE("who does not take the answer within 30 s is sent away, and who takes it slowly, but in time, is not") {
  story::teach(
      "A write waits for the guest as well: when he does not read, there is no room to write to. Its limit is "
      "for the whole answer.",
      slow_section);
  for (const std::size_t bytes : {std::size_t{1000}, std::size_t{1}}) {
    const kettle::VirtualTime time;
    Restaurant restaurant(1);
    run(reads_too_slowly(restaurant, bytes));
  }
  const kettle::VirtualTime time;
  Restaurant restaurant(1);
  run(reads_in_time(restaurant));
}

Task<> come_and_go(Restaurant& restaurant) {
  restaurant.open();
  for (int round = 1; round <= 3; ++round) {
    const Duration begin = now();
    Client leaves = restaurant.guest("the one who leaves");
    Client breaks_off = restaurant.guest("the one who breaks off");
    Task<> order = say(breaks_off, "soup\n\n");
    co_await order;
    co_await kettle::sleep(1s);
    story::step("{}: both places are taken", story::show_now());
    auto zoe = kettle::spawn("zoe", expect_place_at(restaurant, begin + 2s));
    co_await kettle::sleep(1s);
    if (round % 2 == 0) {
      Task<> half = say(leaves, "ca");
      co_await half;
    }
    leaves.leave();
    breaks_off.leave();  // The answer is unread: the next read of the restaurant throws.
    co_await zoe;
  }
}

TEST_CASE("the place of who leaves, or breaks off, is free again, and there are never more guests than places") {
  story::teach("A place is a value that goes when its owner goes, whichever way. No line of its own gives it back.",
               limit_section);
  const kettle::VirtualTime time;
  Restaurant restaurant;
  run(come_and_go(restaurant));
}

Task<> orders_nothing(Restaurant& restaurant) {
  restaurant.open();
  Client ann = restaurant.guest("ann");
  Task<> nothing = say(ann, "\n");
  co_await nothing;
  Task<> answer_to_nothing = expect_answer(ann, "");
  co_await answer_to_nothing;
  Task<> soup = say(ann, "soup\n\n");
  co_await soup;
  Task<> answer = expect_answer(ann, "soup");
  co_await answer;
}

TEST_CASE("an empty line alone is an order without lines, and is answered as every order is") {
  story::teach(
      "The first byte that you wait for belongs to the first line, and may be all of it. What stands before the first "
      "end "
      "of a line is as much a line as any other.",
      bytes_section);
  const kettle::VirtualTime time;
  Restaurant restaurant(1);
  run(orders_nothing(restaurant));
}

Task<> all_at_once(Restaurant& restaurant) {
  restaurant.open();
  Client ann = restaurant.guest("ann");
  Task<> orders = say(ann, "soup\nno salt\n\ncake\n\nte");
  co_await orders;
  Task<> first = expect_answer(ann, "soup, no salt");
  co_await first;
  Task<> second = expect_answer(ann, "cake");
  co_await second;
  co_await kettle::sleep(5s);
  Task<> rest = say(ann, "a\n\n");
  co_await rest;
  Task<> third = expect_answer(ann, "tea");
  co_await third;
}

TEST_CASE("orders that come together lose no byte") {
  story::teach("What was read belongs to the reader: one for the whole connection.", bytes_section);
  const kettle::VirtualTime time;
  Restaurant restaurant(1);
  run(all_at_once(restaurant));
}

}  // namespace
