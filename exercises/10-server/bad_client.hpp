#pragma once
// One bad client stops the accept loop
// fix · lesson 10 · ./learn test bad_client
//
// The restaurant takes orders over the network. A guest says his name and is welcomed; then each line is an order.
//
//     guest                        restaurant
//     ann                   --->
//                           <---   welcome, ann
//     soup                  --->
//                           <---   coming up: soup
//
// It has been tested by three people, and it works. But on some evenings nobody is let in any more: it runs, and uses
// no processor. On other evenings it ends. And the log, where it should say who it was, is empty.
//
// Your task: find what is wrong and mend it, so that
//   1. who behaves is welcomed, and gets an answer to each order, as now;
//   2. who connects and says nothing, or half of his name, holds up nobody else;
//   3. who breaks off (so that a read or a write throws), whenever that is, holds up nobody else. The log is told once:
//      his address, which is the stream's name(), and the exception's what();
//   4. a name that is too long, and an order without a dish, are handled in the same way, and the connection is closed;
//   5. who closes his connection between two lines has done nothing wrong, and is not in the log;
//   6. accept() itself copes with a connection that dies before it is let in. When it throws, the listener is of no more
//      use: serve ends with that exception. Who is in is still served.
//
// Given: everything here, and the lessons so far. Keep the texts. Do not use: time limits (they are the next exercise).

#include <kettle/buf_reader.hpp>
#include <kettle/join_handle.hpp>
#include <kettle/task.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
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
Task<> take_orders(std::unique_ptr<Guest<Stream>> guest) {
  while (auto dish = co_await guest->reader.read_line(100)) {
    if (dish->empty()) throw std::invalid_argument("an order without a dish");
    const std::string answer = "coming up: " + *dish + "\n";
    co_await guest->stream.write_all(answer);
  }
}

/// Lets guests in, for ever. `listener` and `log` outlive it, and all guests.
template <class Listener>
Task<> serve(Listener& listener, const Log& log) {
  for (;;) {
    auto stream = co_await listener.accept();
    auto guest = std::make_unique<Guest<decltype(stream)>>(std::move(stream));
    try {
      const bool stays = co_await welcome(*guest);
      if (stays) kettle::spawn("guest", take_orders(std::move(guest)));
    } catch (const std::system_error& error) {
      log(guest->stream.name(), error.what());
    }
  }
}

}  // namespace mine
