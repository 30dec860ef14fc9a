// Mistake: tells the log that something went wrong, and not what
// Kind: lost error
// Fails: a wrong request is in the log, and ends no connection but its own
#include <kettle/buf_reader.hpp>
#include <kettle/join_handle.hpp>
#include <kettle/task.hpp>

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace mine {

using kettle::Task;

/// Where trouble is told: with whom, and what it was.
using Log = std::function<void(const std::string& who, const std::string& what)>;

/// A connection, and what has been read from it.
template <class Stream>
struct Guest {
  explicit Guest(Stream s) : stream(std::move(s)), reader(stream) {}
  Guest(const Guest&) = delete;
  Guest& operator=(const Guest&) = delete;

  Stream stream;
  kettle::BufReader<Stream> reader;
};

/// Asks for the name. False when the guest has gone instead.
template <class Stream>
Task<bool> welcome(Guest<Stream>& guest) {
  const std::optional<std::string> name = co_await guest.reader.read_line(100);
  if (!name.has_value()) co_return false;
  const std::string answer = "welcome, " + *name + "\n";
  co_await guest.stream.write_all(answer);
  co_return true;
}

/// Takes orders until the guest goes.
template <class Stream>
Task<> take_orders(Guest<Stream>& guest) {
  while (auto dish = co_await guest.reader.read_line(100)) {
    if (dish->empty()) throw std::invalid_argument("an order without a dish");
    const std::string answer = "coming up: " + *dish + "\n";
    co_await guest.stream.write_all(answer);
  }
}

/// All that has to do with one guest. What goes wrong is told to the log, and leaves nobody but him.
template <class Stream>
Task<> attend(Stream stream, const Log& log) {
  Guest<Stream> guest(std::move(stream));
  try {
    const bool stays = co_await welcome(guest);
    if (stays) co_await take_orders(guest);
  } catch (const std::exception&) {
    log(guest.stream.name(), "trouble");
  }
}

/// Lets guests in, for ever. `listener` and `log` outlive it, and all guests.
template <class Listener>
Task<> serve(Listener& listener, const Log& log) {
  for (;;) {
    auto stream = co_await listener.accept();
    kettle::spawn("guest", attend(std::move(stream), log));
  }
}

}  // namespace mine
