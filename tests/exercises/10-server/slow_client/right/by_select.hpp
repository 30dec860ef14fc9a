// Shape: a select between the guest and a sleep, in place of timeout; an exception sends the guest away.
#include <kettle/buf_reader.hpp>
#include <kettle/join_handle.hpp>
#include <kettle/select.hpp>
#include <kettle/semaphore.hpp>
#include <kettle/task.hpp>
#include <kettle/time.hpp>

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

/// Thrown when a guest is too slow.
class TooSlow : public std::exception {
 public:
  const char* what() const noexcept override { return "too slow"; }
};

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
      auto first = co_await kettle::select_biased(reader_.read_exact(1), kettle::sleep(limits_.idle));
      if (first.index() == 1) throw TooSlow();
      Task<Order> taking = take(std::get<0>(first));
      const auto taken = co_await kettle::select_biased(taking, kettle::sleep(limits_.order));
      if (taken.index() == 1) throw TooSlow();
      const std::string answer = kitchen_(std::get<0>(taken));
      const auto sent = co_await kettle::select_biased(stream_.write_all(answer), kettle::sleep(limits_.answer));
      if (sent.index() == 1) throw TooSlow();
    }
  }

 private:
  // Reads an order, of which the first byte is here.
  Task<Order> take(std::string text) {
    while (text != "\n" && !text.ends_with("\n\n")) {
      const std::optional<std::string> line = co_await reader_.read_until('\n', 100);
      if (!line.has_value()) throw TooSlow();
      text += *line;
    }
    Order order;
    for (std::size_t begin = 0; text[begin] != '\n';) {
      const std::size_t end = text.find('\n', begin);
      order.push_back(text.substr(begin, end - begin));
      begin = end + 1;
    }
    co_return order;
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
