// Shape: two tasks for each member, one for each half of the stream; who is out has his writer aborted, and the reader stops.
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

/// A member, shared by the room and the tasks.
struct Member {
  Member(std::string n, kettle::mpsc::Sender<std::string> l) : name(std::move(n)), lines(std::move(l)) {}
  std::string name;
  std::optional<kettle::mpsc::Sender<std::string>> lines;
  kettle::Notify closing;
};

/// Who is in.
class Room {
 public:
  bool has(const std::string& name) const {
    for (const auto& member : members_) {
      if (member->name == name) return true;
    }
    return false;
  }

  void join(const std::shared_ptr<Member>& member) {
    tell("* " + member->name + " has come\n", nullptr);
    static_cast<void>(member->lines->try_send("* welcome, " + member->name + "\n"));
    members_.push_back(member);
  }

  void leave(const std::shared_ptr<Member>& member, const std::string& why) {
    if (std::erase(members_, member) == 0) return;
    member->lines.reset();
    member->closing.notify_one();
    tell("* " + member->name + why, nullptr);
  }

  void tell(const std::string& line, const Member* but) {
    const std::vector<std::shared_ptr<Member>> all = members_;
    for (const auto& member : all) {
      if (member.get() == but || !member->lines.has_value()) continue;
      if (!member->lines->try_send(line).has_value()) leave(member, " is too slow\n");
    }
  }

 private:
  std::vector<std::shared_ptr<Member>> members_;
};

/// Writes what waits for a member.
inline Task<> write_lines(kettle::mpsc::Receiver<std::string> lines, kettle::WriteHalf writer) {
  while (auto line = co_await lines.recv()) co_await writer.write_all(*line);
}

/// The same, and leaves when the connection is of no more use.
inline Task<> pass_on(kettle::mpsc::Receiver<std::string> lines, kettle::WriteHalf writer, Room& room,
                      std::shared_ptr<Member> member) {
  try {
    co_await kettle::select(write_lines(std::move(lines), std::move(writer)), member->closing.notified());
  } catch (const std::exception&) {
  }
  room.leave(member, " has gone\n");
  member->closing.notify_one();
}

/// Passes what a member says to the room.
inline Task<> listen(kettle::BufReader<kettle::ReadHalf>& reader, Room& room, const Member& member) {
  while (auto line = co_await reader.read_line(longest)) {
    room.tell(member.name + ": " + *line + "\n", &member);
    co_await kettle::yield_now();
  }
}

/// One client, from the first line to the last.
template <class Stream>
Task<> attend(Stream stream, std::shared_ptr<Room> room) {
  auto [read_half, write_half] = kettle::split(std::move(stream));
  kettle::BufReader<kettle::ReadHalf> reader(read_half);
  std::optional<std::string> name;
  try {
    name = co_await reader.read_line(longest);
  } catch (const std::exception&) {
  }
  if (!name.has_value()) co_return;
  if (room->has(*name)) {
    const std::string refusal = "* " + *name + " is taken\n";
    try {
      co_await write_half.write_all(refusal);
    } catch (const std::exception&) {
    }
    co_return;
  }
  auto [sender, receiver] = kettle::mpsc::channel<std::string>(queue);
  const auto member = std::make_shared<Member>(*name, std::move(sender));
  room->join(member);
  auto writing = kettle::spawn("writer", pass_on(std::move(receiver), std::move(write_half), *room, member));
  try {
    co_await kettle::select(listen(reader, *room, *member), writing);
  } catch (const std::exception&) {
  }
  writing.abort();
  room->leave(member, " has gone\n");
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
