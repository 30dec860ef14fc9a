// Grades 10-server/bad_client: guests who behave and guests who do not, at a scripted door and at a real one.
#include "bad_client.hpp"

#include <kettle/block_on.hpp>
#include <kettle/notify.hpp>
#include <kettle/select.hpp>
#include <kettle/tcp_listener.hpp>

#include <doctest/doctest.h>

#include <algorithm>
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
    for (const auto& [who, what] : entries_) {
      if (std::find(all.begin(), all.end(), who) != all.end()) continue;
      story::teach("The end of a stream is a value, not an error.", loop_section);
      story::fail("the log is told only of guests who have done something wrong",
                  fmt::format("it is told of the {}: \"{}\"", who, what));
    }
  }

  /// Fails unless what the log was told of `who` has the exception's own words in it.
  void expect_words(const std::string& who, const std::string& words) const {
    for (const auto& [whom, what] : entries_) {
      if (whom != who || what.find(words) != what.npos) continue;
      story::teach("What went wrong is in the exception's what(). Words of your own say less.", loop_section);
      story::fail(fmt::format("the log is told the exception's what(), in which stands: {}", words),
                  fmt::format("it is told of the {}: \"{}\"", who, what));
    }
  }

  /// Ready when the log is told of something, or tell() is called.
  kettle::Notified news() { return news_.notified(); }
  void tell() { news_.notify_one(); }
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
    self.tell();
  }

  std::vector<std::pair<std::string, std::string>> entries_;
  kettle::Notify news_;
  bool has_ended_ = false;
  mine::Log log_ = [this](const std::string& who, const std::string& what) {
    entries_.emplace_back(who, what);
    if (notes_who) story::step("log: {}, {}", who, what);
    tell();
  };
};

template <class Stream>
Task<> expect_dinner(Client<Stream>& guest) {
  Task<> said = guest.say(guest.name() + "\n");
  co_await said;
  Task<> welcomed = guest.expect_line("welcome, " + guest.name());
  co_await welcomed;
  Task<> ordered = guest.say("soup\n");
  co_await ordered;
  Task<> served = guest.expect_line("coming up: soup");
  co_await served;
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
  Task<> dinner_of_ann = expect_dinner(ann);
  co_await dinner_of_ann;
  Client<UnixStream> ben("ben", door.connect("address of ben"));
  Task<> dinner_of_ben = expect_dinner(ben);
  co_await dinner_of_ben;
  Task<> two_at_once = ann.say("tea\ntoast\n");
  co_await two_at_once;
  Task<> tea = ann.expect_line("coming up: tea");
  co_await tea;
  Task<> toast = ann.expect_line("coming up: toast");
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

void teach_errors() {
  story::teach("Not every error is a std::system_error. At the edge of a task, catch std::exception.", loop_section);
}
void teach_the_end() {
  story::teach("A stream that is destroyed is closed. Where the task of a guest ends, his connection ends with it.",
               loop_section);
}

Task<> some_ask_nonsense(Restaurant& restaurant, Door& door) {
  restaurant.open(door);
  Client<UnixStream> endless("the endless one", door.connect("address 1"));
  Task<> name = endless.say(std::string(200, 'x'));
  co_await name;
  Task<> another = expect_another(door);
  co_await another;
  restaurant.expect_log({"address 1"});
  teach_the_end();
  Task<> cut_off = endless.expect_end();
  co_await cut_off;
  teach_errors();
  Client<UnixStream> empty("eve", door.connect("address 2"));
  Task<> dinner = expect_dinner(empty);
  co_await dinner;
  Task<> order = empty.say("\n");
  co_await order;
  teach_the_end();
  Task<> sent_away = empty.expect_end();
  co_await sent_away;
  teach_errors();
  restaurant.expect_log({"address 1", "address 2"});
  restaurant.expect_words("address 2", "an order without a dish");
  Task<> one_more = expect_another(door);
  co_await one_more;
}

TEST_CASE("a wrong request is in the log, and ends no connection but its own") {
  teach_errors();
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

// A new client at the listener.
Task<Client<TcpStream>> connect(TcpListener& listener, std::string name) {
  Task<TcpStream> connecting = TcpStream::connect(listener.local_address());
  TcpStream stream = co_await connecting;
  co_return Client<TcpStream>(std::move(name), std::move(stream), 3s);
}

Task<> expect_told(Restaurant& restaurant, const std::string& who, std::string_view name) {
  while (restaurant.told_of(who) == 0 && !restaurant.has_ended() && door::NotedErrors::count == 0) {
    auto news = co_await kettle::timeout(1s, restaurant.news());
    if (!news.has_value()) break;
  }
  expect(restaurant.told_of(who) == 1, fmt::format("the log has the address of {}, once", name),
         restaurant.told_of(who) == 0 ? "it does not" : "it has it more often");
}

Task<> expect_dinner_over_tcp(TcpListener& listener) {
  Task<Client<TcpStream>> connecting = connect(listener, "zoe");
  Client<TcpStream> zoe = co_await connecting;
  Task<> dinner = expect_dinner(zoe);
  co_await dinner;
}

Task<> over_tcp(Restaurant& restaurant, TcpListener& listener) {
  restaurant.open(listener);
  Task<Client<TcpStream>> connecting_ann = connect(listener, "ann");
  Client<TcpStream> ann = co_await connecting_ann;
  Task<> dinner = expect_dinner(ann);
  co_await dinner;
  for (const std::string name : {"bob", "bill"}) {
    Task<Client<TcpStream>> connecting = connect(listener, name);
    Client<TcpStream> bad = co_await connecting;
    const std::string who = bad.stream().local_address().to_string();
    if (name == "bob") {
      Task<> bad_dinner = expect_dinner(bad);
      co_await bad_dinner;
    }
    story::step("{} resets the connection", name);
    reset(std::move(bad.stream()));
    Task<> dinner_of_zoe = expect_dinner_over_tcp(listener);
    co_await dinner_of_zoe;
    Task<> told = expect_told(restaurant, who, name);
    co_await told;
  }
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
  const door::NotedErrors noted([&restaurant] { restaurant.tell(); });
  Task<> scene = over_tcp(restaurant, listener);
  kettle::block_on(scene);
}

}  // namespace
