// Mistake: a queue of one: who pauses for a moment is out
// Kind: off by one
// Fails: a slow reader holds up nobody, and is out when 32 lines wait
// Fails: who pauses, and reads on in time, gets every line
#include <kettle/buf_reader.hpp>
#include <kettle/channel.hpp>
#include <kettle/join_handle.hpp>
#include <kettle/notify.hpp>
#include <kettle/select.hpp>
#include <kettle/split.hpp>
#include <kettle/task.hpp>
#include <kettle/yield.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mine {

using kettle::Task;

inline constexpr std::size_t longest = 1000;  // Bytes of a line, with its end.
inline constexpr std::size_t queue = 32;      // Lines that wait for one member.

/// Somebody who is in.
struct Member {
  Member(std::string n, kettle::mpsc::Sender<std::string> l) : name(std::move(n)), lines(std::move(l)) {}

  std::string name;
  kettle::mpsc::Sender<std::string> lines;  // What waits to be read.
  kettle::Notify is_out;                    // There is no room for more of it.
};

/// Who is in.
class Room {
 public:
  /// Adds `member`, and tells the others. False when the name is taken.
  bool join(Member& member) {
    for (const Member* other : members_) {
      if (other->name == member.name) return false;
    }
    tell_others("* " + member.name + " has come", &member);
    static_cast<void>(member.lines.try_send("* welcome, " + member.name + "\n"));
    members_.push_back(&member);
    return true;
  }

  /// Takes `member` out and tells the others, unless that has been done.
  void leave(Member& member) {
    if (std::erase(members_, &member) != 0) tell_others("* " + member.name + " has gone", nullptr);
  }

  /// Tells all but one. Who has no room for it is out.
  void tell_others(const std::string& line, const Member* but) {
    std::vector<Member*> slow;
    for (Member* member : members_) {
      if (member != but && !member->lines.try_send(line + "\n").has_value()) slow.push_back(member);
    }
    for (Member* member : slow) {
      std::erase(members_, member);
      member->is_out.notify_one();
    }
    for (const Member* member : slow) tell_others("* " + member->name + " is too slow", nullptr);
  }

 private:
  std::vector<Member*> members_;
};

/// A place in the room, for as long as it lives.
class Seat {
 public:
  Seat(Room& room, Member& member) : room_(room), member_(member), is_taken_(room.join(member)) {}
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;
  ~Seat() {
    if (is_taken_) room_.leave(member_);
  }
  bool is_taken() const noexcept { return is_taken_; }

 private:
  Room& room_;
  Member& member_;
  bool is_taken_;
};

/// What a member says goes to the others.
template <class Stream>
Task<> listen(kettle::BufReader<Stream>& reader, Room& room, const Member& member) {
  while (auto line = co_await reader.read_line(longest)) {
    room.tell_others(member.name + ": " + *line, &member);
    co_await kettle::yield_now();
  }
}

/// What waits for a member goes to the stream.
template <class Stream>
Task<> pass_on(kettle::mpsc::Receiver<std::string>& lines, Stream& stream) {
  while (auto line = co_await lines.recv()) co_await stream.write_all(*line);
}

/// One client, from the first line to the last.
template <class Stream>
Task<> visit(Stream& stream, Room& room) {
  kettle::BufReader<Stream> reader(stream);
  const std::optional<std::string> name = co_await reader.read_line(longest);
  if (!name.has_value()) co_return;

  auto [sender, receiver] = kettle::mpsc::channel<std::string>(1);
  Member member(*name, std::move(sender));
  const Seat seat(room, member);
  if (!seat.is_taken()) {
    const std::string refusal = "* " + *name + " is taken\n";
    co_await stream.write_all(refusal);
    co_return;
  }
  co_await kettle::select(listen(reader, room, member), pass_on(receiver, stream), member.is_out.notified());
}

/// A client and the connection. What goes wrong with it concerns nobody else.
template <class Stream>
Task<> attend(Stream stream, std::shared_ptr<Room> room) {
  try {
    Task<> visiting = visit(stream, *room);
    co_await visiting;
  } catch (const std::exception&) {
  }
}

/// Lets clients in, for ever. `listener` outlives it.
template <class Listener>
Task<> chat(Listener& listener) {
  const auto room = std::make_shared<Room>();
  for (;;) {
    auto stream = co_await listener.accept();
    kettle::spawn("client", attend(std::move(stream), room));
  }
}

}  // namespace mine
