// Grades 10-server/chat: a room, its members, and what each of them gets to read.
#include "chat.hpp"

#include <kettle/block_on.hpp>
#include <kettle/tcp_listener.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <iterator>
#include <string>
#include <vector>

#include "door.hpp"

namespace {

using namespace std::chrono_literals;
using door::Door;
using kettle::Duration;
using kettle::Task;
using kettle::TcpListener;
using kettle::TcpStream;
using kettle::UnixStream;
using story::expect;
using story::expect_equal;
using Client = door::Client<UnixStream>;

constexpr auto task_section = "lessons/10-server/README.md#a-task-for-each";
constexpr auto bound_section = "lessons/06-channel/README.md#the-problem";
constexpr auto loser_section = "lessons/07-select/README.md#the-losers";
constexpr auto turn_section = "lessons/05-spawn/README.md#the-ready-queue";

void run(Task<> scene) {
  const door::NotedErrors noted;
  kettle::block_on(scene);
}

// Everybody has had a turn, and more than one.
Task<> settle() {
  for (int turn = 0; turn < 20; ++turn) co_await kettle::yield_now();
}

template <class Stream>
Task<> say(door::Client<Stream>& client, std::string line) {
  Task<> saying = client.say(line + "\n");
  co_await saying;
}

template <class Stream>
Task<> expect_line(door::Client<Stream>& client, std::string line) {
  Task<> hearing = client.expect_line(std::move(line));
  co_await hearing;
}

// Those who are in: a scene is played by them.
class Party {
 public:
  /// A small buffer, so that the room soon notices who does not read.
  explicit Party(int buffer = 4608) : buffer_(buffer) {}

  void open() { kettle::spawn("chat", mine::chat(door)); }

  /// Somebody connects and says a name.
  Task<Client> knock(std::string name, std::string who) {
    Client client(std::move(who), door.connect(name, buffer_));
    Task<> naming = say(client, name);
    co_await naming;
    co_return std::move(client);
  }

  /// The same, and is welcomed. Those who are in are told.
  Task<Client> join(std::string name, std::vector<Client*> others = {}) {
    Task<Client> knocking = knock(name, name);
    Client client = co_await knocking;
    Task<> welcomed = expect_line(client, "* welcome, " + name);
    co_await welcomed;
    for (Client* other : others) {
      Task<> told = expect_line(*other, "* " + name + " has come");
      co_await told;
    }
    co_return std::move(client);
  }

  Door door;

 private:
  int buffer_;
};

Task<> three_talk(Party& party) {
  party.open();
  Task<Client> joining_ann = party.join("ann");
  Client ann = co_await joining_ann;
  Task<Client> joining_ben = party.join("ben", std::vector<Client*>{&ann});
  Client ben = co_await joining_ben;
  Task<Client> joining_cid = party.join("cid", std::vector<Client*>{&ann, &ben});
  Client cid = co_await joining_cid;
  std::vector<Client*> all{&ann, &ben, &cid};
  for (Client* speaker : all) {
    Task<> saying = say(*speaker, "hello");
    co_await saying;
    for (Client* other : all) {
      if (other == speaker) continue;
      Task<> heard = expect_line(*other, speaker->name() + ": hello");
      co_await heard;
    }
  }
  Task<> two_lines = ann.say("tea?\ntoast?\n");
  co_await two_lines;
  for (Client* other : {&ben, &cid}) {
    Task<> tea = expect_line(*other, "ann: tea?");
    co_await tea;
    Task<> toast = expect_line(*other, "ann: toast?");
    co_await toast;
  }
}

TEST_CASE("who joins is welcomed and announced, and a line goes to all others, in order") {
  story::teach("A task for each member, and one room that all of them share.", task_section);
  const kettle::VirtualTime time;
  Party party;
  run(three_talk(party));
}

Task<> nothing_comes_back(Party& party) {
  party.open();
  Task<Client> joining_ann = party.join("ann");
  Client ann = co_await joining_ann;
  Task<Client> joining_ben = party.join("ben", std::vector<Client*>{&ann});
  Client ben = co_await joining_ben;
  Task<> saying = say(ann, "hello");
  co_await saying;
  Task<> heard = expect_line(ben, "ann: hello");
  co_await heard;
  Task<> answer = say(ben, "hi");
  co_await answer;
  Task<> heard_by_ann = expect_line(ann, "ben: hi");
  co_await heard_by_ann;
}

TEST_CASE("a line does not come back to who has sent it") {
  story::teach("All others: the one who speaks is left out.", task_section);
  const kettle::VirtualTime time;
  Party party;
  run(nothing_comes_back(party));
}

// Descriptors that are open in this process.
std::ptrdiff_t descriptors() {
  return std::distance(std::filesystem::directory_iterator("/dev/fd"), std::filesystem::directory_iterator());
}

Task<> some_go(Party& party) {
  party.open();
  Task<Client> joining_ann = party.join("ann");
  Client ann = co_await joining_ann;
  const std::ptrdiff_t before = descriptors();
  for (const std::string how : {"closes", "breaks off", "says too much", "closes"}) {
    story::step("now ben comes, and {}", how);
    Task<Client> joining_ben = party.join("ben", std::vector<Client*>{&ann});
    Client ben = co_await joining_ben;
    if (how == "breaks off") {
      Task<> saying = say(ann, "hello");
      co_await saying;
      Task<> settling = settle();
      co_await settling;
    }
    if (how == "says too much") {
      Task<> saying = say(ben, std::string(1001, 'x'));
      co_await saying;
      Task<> cut_off = ben.expect_end();
      co_await cut_off;
    }
    ben.leave();  // With a line that ben has not read, the next read in the room throws.
    Task<> told = expect_line(ann, "* ben has gone");
    co_await told;
  }
  Task<> settling = settle();
  co_await settling;
  expect_equal(descriptors(), before, "descriptors that are open when ben has gone, as many as before ben came");
  story::step("now somebody comes who goes before saying a name");
  Client nobody("nobody", party.door.connect("nobody"));
  nobody.leave();
  Task<Client> joining_eve = party.join("eve", std::vector<Client*>{&ann});
  Client eve = co_await joining_eve;
}

TEST_CASE("who goes is gone, once, however it is done, and the name is free again") {
  story::teach("What has to happen at the end, whichever way it comes, belongs into a destructor.", loser_section);
  const kettle::VirtualTime time;
  Party party;
  run(some_go(party));
}

Task<> some_are_refused(Party& party) {
  party.open();
  Task<Client> joining_ann = party.join("ann");
  Client ann = co_await joining_ann;
  Task<Client> joining_ben = party.join("ben", std::vector<Client*>{&ann});
  Client ben = co_await joining_ben;
  for (int time = 1; time <= 2; ++time) {
    Task<Client> knocking = party.knock("ann", "somebody else");
    Client other = co_await knocking;
    Task<> refused = expect_line(other, "* ann is taken");
    co_await refused;
    Task<> closed = other.expect_end();
    co_await closed;
  }
  Task<> saying = say(ann, "it is me");
  co_await saying;
  Task<> heard = expect_line(ben, "ann: it is me");
  co_await heard;
  Task<> answering = say(ben, "I know");
  co_await answering;
  Task<> answered = expect_line(ann, "ben: I know");
  co_await answered;
}

TEST_CASE("a name that is taken is refused, and nobody else hears of it") {
  story::teach("Who was never in does not leave.", task_section);
  const kettle::VirtualTime time;
  Party party;
  run(some_are_refused(party));
}

// Sends text without a step of the story.
Task<> send(Client& client, std::string text) {
  bool is_open = true;
  try {
    auto sent = co_await kettle::timeout(1min, client.stream().write_all(text));
    if (!sent.has_value()) story::fail(client.name() + " can send", "the room reads nothing");
  } catch (const std::system_error&) {
    is_open = false;
  }
  expect(is_open, client.name() + " is still in", "the room has closed the connection");
}

// The next line without a step of the story.
Task<std::string> next_line(Client& client, Duration patience = 1min) {
  auto line = co_await kettle::timeout(patience, client.reader().read_line(2000));
  if (!line.has_value()) co_return "nothing";
  if (!line->has_value()) co_return "the end of the connection";
  co_return std::move(**line);
}

std::string shorten(const std::string& text) { return text.size() > 50 ? text.substr(0, 20) + "..." : text; }

// Ann says line after line, and ben reads each, until ben gets `told` as well. Returns how many lines that took, or 0.
Task<int> talk_until(Client& ann, Client& ben, std::string told) {
  const std::string padding(180, '.');
  for (int line = 1; line <= 200; ++line) {
    Task<> sending = send(ann, fmt::format("{} {}\n", line, padding));
    co_await sending;
    bool is_told = false;
    for (std::string got = told; got == told;) {
      Task<std::string> hearing = next_line(ben);
      got = co_await hearing;
      is_told |= got == told;
      const bool is_right = got == told || got == fmt::format("ann: {} {}", line, padding);
      expect(is_right, "ben gets each line of ann, at once", got.size() > 50 ? "another line" : got);
    }
    if (is_told) {
      story::step("ben gets \"{}\"", told);
      co_return line;
    }
  }
  co_return 0;
}

Task<> one_is_slow(Party& party) {
  party.open();
  Task<Client> joining_ann = party.join("ann");
  Client ann = co_await joining_ann;
  Task<Client> joining_cid = party.join("cid", std::vector<Client*>{&ann});
  Client cid = co_await joining_cid;
  Task<Client> joining_ben = party.join("ben", std::vector<Client*>{&ann, &cid});
  Client ben = co_await joining_ben;
  story::step("cid stops reading; ann says line after line, and ben reads each");
  Task<int> talking = talk_until(ann, ben, "* cid is too slow");
  const int lines = co_await talking;
  expect(lines != 0, "cid is out when 32 lines wait, and ben gets \"* cid is too slow\"",
         "after 200 lines, ben has not got it");
  expect(lines > 32, "there is room for 32 lines before cid is out", "cid is out sooner");
  Task<> told = expect_line(ann, "* cid is too slow");
  co_await told;
  story::step("cid reads what has come, up to the end");
  for (std::string line; line != "the end of the connection";) {
    Task<std::string> hearing = next_line(cid);
    line = co_await hearing;
    expect(line != "nothing", "the connection of cid is closed", "it is open");
  }
  Task<Client> joining_again = party.join("cid", std::vector<Client*>{&ann, &ben});
  Client again = co_await joining_again;
}

TEST_CASE("a slow reader holds up nobody, and is out when 32 lines wait") {
  story::teach("A queue for each member, with a bound: try_send says when there is no room, and does not wait.",
               bound_section);
  const kettle::VirtualTime time;
  Party party;
  run(one_is_slow(party));
}

Task<> one_pauses(Party& party) {
  party.open();
  Task<Client> joining_ann = party.join("ann");
  Client ann = co_await joining_ann;
  Task<Client> joining_ben = party.join("ben", std::vector<Client*>{&ann});
  Client ben = co_await joining_ben;
  for (int round = 1; round <= 3; ++round) {
    story::step("ann says 25 lines, which fill the buffers, and ben does not read");
    for (int line = 1; line <= 25; ++line) {
      Task<> sending = send(ann, fmt::format("{} {}\n", line, std::string(500, '.')));
      co_await sending;
      Task<> settling = settle();
      co_await settling;
    }
    story::step("now ben reads");
    for (int line = 1; line <= 25; ++line) {
      Task<std::string> hearing = next_line(ben);
      const std::string got = co_await hearing;
      expect(got == fmt::format("ann: {} {}", line, std::string(500, '.')), "ben gets all 25 lines", shorten(got));
    }
  }
}

TEST_CASE("who pauses, and reads on in time, gets every line") {
  story::teach("A queue is there for those who are slow for a while. Who is out, is out; who is in, gets all.",
               bound_section);
  const kettle::VirtualTime time;
  Party party;
  run(one_pauses(party));
}

Task<> one_says_much(Party& party) {
  party.open();
  Task<Client> joining_ann = party.join("ann");
  Client ann = co_await joining_ann;
  Task<Client> joining_ben = party.join("ben", std::vector<Client*>{&ann});
  Client ben = co_await joining_ben;
  std::string lines;
  for (int line = 1; line <= 100; ++line) lines += fmt::format("line {}\n", line);
  story::step("ann sends 100 lines in one piece, and ben reads");
  Task<> sending = send(ann, lines);
  co_await sending;
  for (int line = 1; line <= 100; ++line) {
    Task<std::string> hearing = next_line(ben);
    const std::string got = co_await hearing;
    expect(got == fmt::format("ann: line {}", line), fmt::format("ben gets \"ann: line {}\"", line), got);
  }
}

TEST_CASE("a hundred lines in one piece make nobody slow who reads") {
  story::teach("A task that never waits gives nobody else a turn. Lines that are here already are no wait: yield_now.",
               turn_section);
  const kettle::VirtualTime time;
  Party party(0);
  run(one_says_much(party));
}

Task<door::Client<TcpStream>> join_over_tcp(TcpListener& listener, std::string name) {
  Task<TcpStream> connecting = TcpStream::connect(listener.local_address());
  TcpStream stream = co_await connecting;
  door::Client<TcpStream> client(name, std::move(stream), 3s);
  Task<> naming = say(client, name);
  co_await naming;
  Task<> welcomed = expect_line(client, "* welcome, " + name);
  co_await welcomed;
  co_return std::move(client);
}

Task<> over_tcp(TcpListener& listener) {
  kettle::spawn("chat", mine::chat(listener));
  Task<door::Client<TcpStream>> joining_ann = join_over_tcp(listener, "ann");
  door::Client<TcpStream> ann = co_await joining_ann;
  for (int time = 1; time <= 3; ++time) {
    Task<door::Client<TcpStream>> joining_ben = join_over_tcp(listener, "ben");
    door::Client<TcpStream> ben = co_await joining_ben;
    Task<> come = expect_line(ann, "* ben has come");
    co_await come;
    Task<> saying = say(ben, "hello");
    co_await saying;
    Task<> heard = expect_line(ann, "ben: hello");
    co_await heard;
    story::step("ben resets the connection");
    const linger at_once{1, 0};
    setsockopt(ben.stream().fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ben.leave();
    Task<> gone = expect_line(ann, "* ben has gone");
    co_await gone;
  }
}

TEST_CASE("real clients may vanish") {
  story::teach("What has to happen at the end, whichever way it comes, belongs into a destructor.", loser_section);
  TcpListener listener = TcpListener::bind(kettle::SocketAddress::loopback(0));
  run(over_tcp(listener));
}

}  // namespace
