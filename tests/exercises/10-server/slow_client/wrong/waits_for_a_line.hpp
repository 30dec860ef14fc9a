// Mistake: takes the first byte for the begin of a line, also when it is the end of an empty one.
// Kind: other answer
// Fails: an empty line alone is an order without lines, and is answered as every order is
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
#include <optional>
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
      const auto begin = co_await kettle::timeout(limits_.idle, reader_.read_exact(1));
      if (!begin.has_value()) co_return;
      Task<std::optional<Order>> taking = take(*begin);
      const auto order = co_await kettle::timeout(limits_.order, taking);
      if (!order.has_value() || !order->has_value()) co_return;
      const std::string answer = kitchen_(**order);
      const auto sent = co_await kettle::timeout(limits_.answer, stream_.write_all(answer));
      if (!sent.has_value()) co_return;
    }
  }

 private:
  // Reads an order, of which the first byte is here. Nothing when the guest has gone instead.
  Task<std::optional<Order>> take(std::string begin) {
    Order order;
    for (;;) {
      const auto line = co_await reader_.read_line(100);
      if (!line.has_value()) co_return std::nullopt;
      std::string text = std::exchange(begin, std::string()) + *line;
      if (text.empty()) co_return order;
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
