#pragma once
// A slow client holds on for ever
// fix · lesson 10 · ./learn test slow_client
//
// The restaurant has so many places, and takes orders over the network. An order is some lines: the dish, and what the
// guest wishes with it. An empty line is its end. Then comes the answer. A guest may order again, as often as he likes.
// Every line ends with "\n". An empty line alone is an order too, without lines: it is answered like the others.
//
//     guest                        restaurant
//     soup                  --->
//     no salt               --->
//     (an empty line)       --->
//                           <---   a photo of the soup, which is large, and a line end
//
// There are limits, so that nobody keeps a place for nothing. And yet, in the morning all places are taken, by guests
// who have eaten nothing, and nobody else gets in. No error anywhere.
//
// Your task: find how a guest can stay for ever, and mend it, so that
//   1. who orders in time gets his answers, as now: any number of orders, on one connection;
//   2. an order is complete within `order` (10 s) after its first byte, however it comes: line by line, byte by byte;
//   3. before an order begins, a guest may think for `idle` (60 s), before the first one and between two. It is not
//      taken off the time that his order may take, and it is no more if he takes less for the order;
//   4. the answer is taken within `answer` (30 s), all of it, however it is read;
//   5. who is too slow is sent away at that moment: his connection is closed, and his place is free for the next;
//   6. the place of who leaves, or breaks off, is free as well;
//   7. bytes of the next order may come together with this one, and none is lost.
//
// Given: everything here, and the lessons so far. The reader's read_exact(1), for instance, waits for a first byte, and
// takes it: it belongs to the first line, and may be all of it.

#include <kettle/buf_reader.hpp>
#include <kettle/join_handle.hpp>
#include <kettle/semaphore.hpp>
#include <kettle/task.hpp>
#include <kettle/timeout.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mine {

using namespace std::chrono_literals;
using kettle::Duration;
using kettle::Task;

/// How long a guest may take for what, and how many there may be at a time.
struct Limits {
  Duration idle = 60s;
  Duration order = 10s;
  Duration answer = 30s;
  std::size_t places = 2;
};

/// The lines of an order, without the empty one.
using Order = std::vector<std::string>;

/// What comes back for an order.
using Kitchen = std::function<std::string(const Order& order)>;

/// One guest.
template <class Stream>
class Visit {
 public:
  Visit(Stream& stream, const Kitchen& kitchen, const Limits& limits)
      : stream_(stream), reader_(stream), kitchen_(kitchen), limits_(limits) {}

  /// Until the guest goes, or is too slow.
  Task<> run() {
    for (;;) {
      Order order;
      const bool is_complete = co_await take(order);
      if (!is_complete) co_return;
      const std::string answer = kitchen_(order);
      co_await stream_.write_all(answer);
    }
  }

 private:
  // Reads an order. False when there is none any more.
  Task<bool> take(Order& order) {
    for (;;) {
      const Duration limit = order.empty() ? limits_.idle : limits_.order;
      auto line = co_await kettle::timeout(limit, reader_.read_line(100));
      if (!line.has_value() || !line->has_value()) co_return false;
      std::string& text = **line;
      if (text.empty()) co_return true;
      order.push_back(std::move(text));
    }
  }

  Stream& stream_;
  kettle::BufReader<Stream> reader_;
  const Kitchen& kitchen_;
  const Limits& limits_;
};

/// A guest and his place. What goes wrong with him concerns nobody else.
template <class Stream>
Task<> attend(Stream stream, [[maybe_unused]] kettle::SemaphorePermit place, const Kitchen& kitchen,
              const Limits& limits) {
  Visit<Stream> visit(stream, kitchen, limits);
  try {
    Task<> running = visit.run();
    co_await running;
  } catch (const std::exception&) {
  }
}

/// Lets guests in, for ever, as long as there are places. What it is given outlives it, and all guests.
template <class Listener>
Task<> serve(Listener& listener, const Kitchen& kitchen, const Limits& limits) {
  auto places = std::make_shared<kettle::Semaphore>(limits.places);
  for (;;) {
    auto place = co_await kettle::Semaphore::acquire_owned(places);
    auto stream = co_await listener.accept();
    kettle::spawn("guest", attend(std::move(stream), std::move(*place), kitchen, limits));
  }
}

}  // namespace mine
