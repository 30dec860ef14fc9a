// Shape: the room is a task of its own, which gets events through a channel and owns all queues.
#include <kettle/buf_reader.hpp>
#include <kettle/channel.hpp>
#include <kettle/join_handle.hpp>
#include <kettle/notify.hpp>
#include <kettle/select.hpp>
#include <kettle/split.hpp>
#include <kettle/task.hpp>
#include <kettle/yield.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mine {

using kettle::Task;

inline constexpr std::size_t longest = 1000;  // Bytes of a line, with its end.
inline constexpr std::size_t queue = 32;      // Lines that wait for one member.

/// What happens at one member's.
struct Event {
  enum Kind { joins, says, leaves };
  Event(Kind k, std::uint64_t i, std::string t) : kind(k), id(i), text(std::move(t)) {}
  Kind kind;
  std::uint64_t id;
  std::string text;
  std::optional<kettle::mpsc::Sender<std::string>> lines;  // Of who joins.
  std::shared_ptr<kettle::Notify> out;                     // Rung for who is out.
};

/// Somebody who is in.
struct Member {
  Member(std::string n, kettle::mpsc::Sender<std::string> l, std::shared_ptr<kettle::Notify> o)
      : name(std::move(n)), lines(std::move(l)), out(std::move(o)) {}
  std::string name;
  kettle::mpsc::Sender<std::string> lines;
  std::shared_ptr<kettle::Notify> out;
};

/// The room: the members by their numbers, which is the order of their coming.
class Room {
 public:
  void take(Event event) {
    if (event.kind == Event::joins) {
      join(event);
    } else if (members_.contains(event.id)) {
      const std::string name = members_.at(event.id).name;
      if (event.kind == Event::leaves) members_.erase(event.id);
      tell(event.kind == Event::leaves ? "* " + name + " has gone\n" : name + ": " + event.text + "\n", event.id);
    }
  }

 private:
  void join(Event& event) {
    for (const auto& [id, member] : members_) {
      if (member.name != event.text) continue;
      static_cast<void>(event.lines->try_send("* " + event.text + " is taken\n"));
      return;  // The queue has no more senders: its end is the end of the visit.
    }
    static_cast<void>(event.lines->try_send("* welcome, " + event.text + "\n"));
    tell("* " + event.text + " has come\n", event.id);
    members_.emplace(event.id, Member(event.text, std::move(*event.lines), event.out));
  }

  void tell(const std::string& line, std::uint64_t but) {
    std::vector<std::uint64_t> slow;
    for (const auto& [id, member] : members_) {
      if (id != but && !member.lines.try_send(line).has_value()) slow.push_back(id);
    }
    std::vector<std::string> names;
    for (const std::uint64_t id : slow) {
      members_.at(id).out->notify_one();
      names.push_back(members_.at(id).name);
      members_.erase(id);
    }
    for (const std::string& name : names) tell("* " + name + " is too slow\n", 0);
  }

  std::map<std::uint64_t, Member> members_;
};

using Events = kettle::mpsc::Sender<Event>;

inline Task<> run(kettle::mpsc::Receiver<Event> events) {
  Room room;
  while (auto event = co_await events.recv()) room.take(std::move(*event));
}

template <class Stream>
Task<> listen(kettle::BufReader<Stream>& reader, const Events& events, std::uint64_t id) {
  while (auto line = co_await reader.read_line(longest)) {
    const auto sent = co_await events.send(Event(Event::says, id, std::move(*line)));
    if (!sent.has_value()) co_return;
    co_await kettle::yield_now();
  }
}

template <class Stream>
Task<> pass_on(kettle::mpsc::Receiver<std::string>& lines, Stream& stream) {
  while (auto line = co_await lines.recv()) co_await stream.write_all(*line);
}

/// One client, from the first line to the last.
template <class Stream>
Task<> attend(Stream stream, Events events, std::uint64_t id) {
  const auto out = std::make_shared<kettle::Notify>();
  try {
    kettle::BufReader<Stream> reader(stream);
    std::optional<std::string> name = co_await reader.read_line(longest);
    if (!name.has_value()) co_return;
    auto [sender, receiver] = kettle::mpsc::channel<std::string>(queue);
    Event joining(Event::joins, id, std::move(*name));
    joining.lines = std::move(sender);
    joining.out = out;
    const auto joined = co_await events.send(std::move(joining));
    if (joined.has_value()) {
      co_await kettle::select(listen(reader, events, id), pass_on(receiver, stream), out->notified());
    }
  } catch (const std::exception&) {
  }
  const auto left = co_await events.send(Event(Event::leaves, id, ""));
  static_cast<void>(left);
}

/// Lets clients in, for ever. `listener` outlives it.
template <class Listener>
Task<> chat(Listener& listener) {
  auto [events, receiver] = kettle::mpsc::channel<Event>(1);
  kettle::spawn("room", run(std::move(receiver)));
  for (std::uint64_t id = 1;; ++id) {
    auto stream = co_await listener.accept();
    kettle::spawn("client", attend(std::move(stream), events, id));
  }
}

}  // namespace mine
