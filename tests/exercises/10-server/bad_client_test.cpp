// Grades 10-server/bad_client: guests who behave and guests who do not, at a scripted door and at a real one.
#include "bad_client.hpp"

#include <kettle/block_on.hpp>
#include <kettle/notify.hpp>
#include <kettle/select.hpp>
#include <kettle/tcp_listener.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "door.hpp"

namespace {

using namespace std::chrono_literals;
using door::Client;
using door::Door;
using kettle::Task;
using kettle::TcpListener;
using kettle::TcpStream;
using kettle::UnixStream;
using story::expect;
using story::expect_equal;

constexpr auto loop_section = "lessons/10-server/README.md#a-task-for-each";
constexpr auto limit_section = "lessons/10-server/README.md#at-the-limit";

// The log, and the task that serves.
class Restaurant {
 public:
  template <class Listener>
  void open(Listener& listener) {
    kettle::spawn("restaurant", serve(*this, listener));
  }

  /// How often the log was told of `who`.
  int told_of(const std::string& who) const {
    int times = 0;
    for (const auto& [whom, what] : entries_) times += whom == who && !what.empty() ? 1 : 0;
    return times;
  }

  /// Fails unless the log was told of these, once each, and of nobody else.
  void expect_log(const std::vector<std::string>& all) const {
    for (const std::string& who : all) expect_equal(told_of(who), 1, fmt::format("entries in the log about {}", who));
    expect_equal(entries_.size(), all.size(), "entries in the log in all");
  }

  /// Ready when the log is told of something.
  kettle::Notified news() { return news_.notified(); }
  bool has_ended() const { return has_ended_; }
  bool says_which_exception = false;
  bool notes_who = true;

 private:
  template <class Listener>
  static Task<> serve(Restaurant& self, Listener& listener) {
    try {
      co_await mine::serve(listener, self.log_);
      story::step("serve ends");
    } catch (const std::exception& error) {
      const std::string what = error.what();
      self.says_which_exception = what.find("accept at the door") != what.npos;
      story::step("serve ends with an exception{}", self.notes_who ? ": " + what : "");
    }
    self.has_ended_ = true;
  }

  std::vector<std::pair<std::string, std::string>> entries_;
  kettle::Notify news_;
  bool has_ended_ = false;
  mine::Log log_ = [this](const std::string& who, const std::string& what) {
    entries_.emplace_back(who, what);
    if (notes_who) story::step("log: {}, {}", who, what);
    news_.notify_one();
  };
};

template <class Stream>
Task<> expect_dinner(Client<Stream>& guest) {
  Task<> said = guest.say(guest.name() + "\n");
  co_await said;
  Task<> welcomed = guest.expect_line("welcome, " + guest.name());
  co_await welcomed;
  for (const char* dish : {"soup", "cake"}) {
    Task<> ordered = guest.say(fmt::format("{}\n", dish));
    co_await ordered;
    Task<> served = guest.expect_line(fmt::format("coming up: {}", dish));
    co_await served;
  }
}

// Somebody else comes, and is served.
Task<> expect_another(Door& door) {
  Client<UnixStream> guest("zoe", door.connect("address of zoe"));
  Task<> dinner = expect_dinner(guest);
  co_await dinner;
}

// Everybody who is spawned has his turn.
Task<> settle() {
  for (int turn = 0; turn < 20; ++turn) co_await kettle::sleep(1ms);
}

void run(Task<> scene) {
  const door::NotedErrors noted;
  const kettle::VirtualTime time;
  kettle::block_on(scene);
}

Task<> all_behave(Restaurant& restaurant, Door& door) {
  restaurant.open(door);
  Client<UnixStream> ann("ann", door.connect("address of ann"));
  Client<UnixStream> ben("ben", door.connect("address of ben"));
  Task<> dinner_of_ben = expect_dinner(ben);
  co_await dinner_of_ben;
  Task<> dinner_of_ann = expect_dinner(ann);
  co_await dinner_of_ann;
  Task<> two_at_once = ben.say("tea\ntoast\n");
  co_await two_at_once;
  Task<> tea = ben.expect_line("coming up: tea");
  co_await tea;
  Task<> toast = ben.expect_line("coming up: toast");
  co_await toast;
  restaurant.expect_log({});
}

TEST_CASE("who behaves is welcomed, and gets an answer to each order") {
  story::teach("The loop accepts and spawns. It waits for no guest.", loop_section);
  Restaurant restaurant;
  Door door;
  run(all_behave(restaurant, door));
}

Task<> some_say_nothing(Restaurant& restaurant, Door& door) {
  restaurant.open(door);
  Client<UnixStream> silent("the silent one", door.connect("address 1"));
  Client<UnixStream> half("the slow one", door.connect("address 2"));
  Task<> half_a_name = half.say("be");
  co_await half_a_name;
  Task<> another = expect_another(door);
  co_await another;
  Task<> rest = half.say("n\n");
  co_await rest;
  Task<> welcomed = half.expect_line("welcome, ben");
  co_await welcomed;
  restaurant.expect_log({});
}

TEST_CASE("who says nothing, or half of his name, holds up nobody else") {
  story::teach("Whatever the loop awaits, every guest awaits. The loop accepts and spawns, and waits for no guest.",
               loop_section);
  Restaurant restaurant;
  Door door;
  run(some_say_nothing(restaurant, door));
}

Task<> some_break_off(Restaurant& restaurant, Door& door) {
  restaurant.open(door);
  Client<UnixStream> ann("ann", door.connect("address of ann"));
  Task<> soup = expect_dinner(ann);
  co_await soup;
  {
    Client<UnixStream> first("the first one", door.connect("address 1"));
    Task<> name = first.say("first\n");
    co_await name;
    first.leave();  // Before the answer: the write throws.
  }
  Task<> another = expect_another(door);
  co_await another;
  restaurant.expect_log({"address 1"});
  {
    Client<UnixStream> second("the second one", door.connect("address 2"));
    Task<> name = second.say("second\n");
    co_await name;
    Task<> pause = settle();
    co_await pause;
    second.leave();  // The welcome is unread: the read throws.
  }
  Task<> one_more = expect_another(door);
  co_await one_more;
  restaurant.expect_log({"address 1", "address 2"});
  Task<> tea = ann.say("tea\n");
  co_await tea;
  Task<> served = ann.expect_line("coming up: tea");
  co_await served;
}

TEST_CASE("who breaks off is in the log, with his address, and the others are served on") {
  story::teach("An exception of one guest ends in the task of that guest, as an entry that says whose it was.",
               loop_section);
  Restaurant restaurant;
  Door door;
  run(some_break_off(restaurant, door));
}

Task<> some_ask_nonsense(Restaurant& restaurant, Door& door) {
  restaurant.open(door);
  Client<UnixStream> endless("the endless one", door.connect("address 1"));
  Task<> name = endless.say(std::string(200, 'x'));
  co_await name;
  Task<> another = expect_another(door);
  co_await another;
  restaurant.expect_log({"address 1"});
  Task<> cut_off = endless.expect_end();
  co_await cut_off;
  Client<UnixStream> empty("eve", door.connect("address 2"));
  Task<> dinner = expect_dinner(empty);
  co_await dinner;
  Task<> order = empty.say("\n");
  co_await order;
  Task<> sent_away = empty.expect_end();
  co_await sent_away;
  restaurant.expect_log({"address 1", "address 2"});
  Task<> one_more = expect_another(door);
  co_await one_more;
}

TEST_CASE("a wrong request is in the log, and ends no connection but its own") {
  story::teach("Not every error is a std::system_error. At the edge of a task, catch std::exception.", loop_section);
  Restaurant restaurant;
  Door door;
  run(some_ask_nonsense(restaurant, door));
}

Task<> some_leave(Restaurant& restaurant, Door& door) {
  restaurant.open(door);
  {
    Client<UnixStream> curious("the curious one", door.connect("address 1"));
    curious.leave();
  }
  {
    Client<UnixStream> ann("ann", door.connect("address 2"));
    Task<> dinner = expect_dinner(ann);
    co_await dinner;
    ann.leave();
  }
  Task<> another = expect_another(door);
  co_await another;
  restaurant.expect_log({});
}

TEST_CASE("who closes his connection between two lines is not in the log") {
  story::teach("The end of a stream is a value, not an error.", loop_section);
  Restaurant restaurant;
  Door door;
  run(some_leave(restaurant, door));
}

Task<> the_door_breaks(Restaurant& restaurant, Door& door) {
  restaurant.open(door);
  Client<UnixStream> ann("ann", door.connect("address of ann"));
  Task<> pause = settle();
  co_await pause;
  door.break_down();
  Task<> served_on = expect_dinner(ann);
  co_await served_on;
  Task<> longer_pause = settle();
  co_await longer_pause;
}

TEST_CASE("when accept itself throws, serve ends with that exception, and who is in is served on") {
  story::teach("A loop that goes on after every error goes round for ever when the error stays.", limit_section);
  Restaurant restaurant;
  Door door;
  run(the_door_breaks(restaurant, door));
  expect(door.failed_accepts == 1, "after accept has thrown, it is not called again",
         door.failed_accepts == 0 ? "accept is not called" : "it is called again and again");
  expect(restaurant.has_ended() && restaurant.says_which_exception, "serve ends with the exception of accept",
         restaurant.has_ended() ? "it ends without it" : "it does not end");
}

// Closes a connection so that the other side gets "connection reset".
void reset(TcpStream stream) {
  const linger at_once{1, 0};
  setsockopt(stream.fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

Task<> expect_told(Restaurant& restaurant, const std::string& who, std::string_view name) {
  while (restaurant.told_of(who) == 0 && !restaurant.has_ended()) {
    auto news = co_await kettle::timeout(5s, restaurant.news());
    if (!news.has_value()) break;
  }
  expect(restaurant.told_of(who) == 1, fmt::format("the log has the address of {}, once", name),
         restaurant.told_of(who) == 0 ? "it does not" : "it has it more often");
}

Task<> over_tcp(Restaurant& restaurant, TcpListener& listener) {
  restaurant.open(listener);
  const kettle::SocketAddress address = listener.local_address();
  Task<TcpStream> connecting_ann = TcpStream::connect(address);
  Client<TcpStream> ann("ann", co_await connecting_ann, 5s);
  Task<> dinner = expect_dinner(ann);
  co_await dinner;
  for (const bool after_welcome : {true, false}) {
    Task<TcpStream> connecting = TcpStream::connect(address);
    Client<TcpStream> bad(after_welcome ? "bob" : "bill", co_await connecting, 5s);
    const std::string who = bad.stream().local_address().to_string();
    if (after_welcome) {
      Task<> bad_dinner = expect_dinner(bad);
      co_await bad_dinner;
    }
    story::step("{} resets his connection", bad.name());
    reset(std::move(bad.stream()));
    Task<> told = expect_told(restaurant, who, bad.name());
    co_await told;
  }
  Task<TcpStream> connecting_zoe = TcpStream::connect(address);
  Client<TcpStream> zoe("zoe", co_await connecting_zoe, 5s);
  Task<> dinner_of_zoe = expect_dinner(zoe);
  co_await dinner_of_zoe;
  Task<> tea = ann.say("tea\n");
  co_await tea;
  Task<> served = ann.expect_line("coming up: tea");
  co_await served;
}

TEST_CASE("real clients who reset their connections stop nobody else") {
  story::teach("An exception of one guest ends in the task of that guest, as an entry that says whose it was.",
               loop_section);
  Restaurant restaurant;
  restaurant.notes_who = false;  // A port is another one in each run.
  TcpListener listener = TcpListener::bind(kettle::SocketAddress::loopback(0));
  const door::NotedErrors noted;
  Task<> scene = over_tcp(restaurant, listener);
  kettle::block_on(scene);
}

}  // namespace
