#pragma once
// A tiny chat room
// use · lesson 10 · ./learn test chat
//
//     ann sends          ann reads             ben, who came later, reads
//     ann                * welcome, ann
//                        * ben has come        * welcome, ben
//     hello                                    ann: hello
//                        ben: hi               (he has sent it)
//     (closes)                                 * ann has gone
//
// Your task, one step at a time:
//   1. The first line of a client is a name. Who joins is welcomed, before anything else, and all others are told.
//   2. A line of a member goes to all others, and not back: "NAME: LINE".
//   3. Who goes is gone for all others, once, however it is done: by closing the connection, by breaking it off (a read
//      or a write throws), by a line of more than `longest` bytes. The name is free again, and nothing is left over.
//   4. A name that is taken is refused: "* NAME is taken", and the connection is closed. Nobody else hears of it.
//   5. A slow reader holds up nobody. At most `queue` lines wait for a member. When there is no room for one more, the
//      member is out at once: the connection is closed, and all others get "* NAME is too slow" (and no "has gone").
//   6. Who pauses, and reads on before that, gets every line.
//   7. A hundred lines in one piece make nobody slow who reads: between two lines, the others have a turn (yield_now).
//
// Given: all of the runtime. The listener is a TcpListener, or something like it: accept() is a future of a stream. Two
// futures may use one stream at the same time, if one reads and the other writes; split is another way.

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

/// Who is in.
class Room {
 public:
  // TODO 2: tell all but one.
  // TODO 1, 3, 4: a member joins, if the name is free; a member leaves.
  // TODO 5: what becomes of a member for whom there is no room?
};

/// One client, from the first line to the last.
template <class Stream>
Task<> visit(Stream& stream, Room& room) {
  static_cast<void>(room);
  kettle::BufReader<Stream> reader(stream);
  const std::optional<std::string> name = co_await reader.read_line(longest);
  if (!name.has_value()) co_return;
  const std::string welcome = "* welcome, " + *name + "\n";
  co_await stream.write_all(welcome);

  // TODO 2, 5: two things at the same time: what the member says goes to the room, and what waits for him to the stream.
  for (;;) {
    const std::optional<std::string> line = co_await reader.read_line(longest);
    if (!line.has_value()) co_return;
  }
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
