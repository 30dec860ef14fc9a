// Mistake: hands the order to the kitchen at once, before it has been read back.
// Kind: unfair order
// Fails: an order that has time enough is cooked, 20 s after it came
// Fails: each order is read back, once, before it is cooked
// Fails: when the last guest has gone, the waiter finishes what he has begun, and goes home
#include <kettle/channel.hpp>
#include <kettle/select.hpp>
#include <kettle/task.hpp>
#include <kettle/time.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace mine {

using namespace std::chrono_literals;
using kettle::Task;

using Orders = kettle::mpsc::Receiver<std::string>;

/// Where the waiter's doings are told.
using Report = std::function<void(const std::string& what)>;

/// Takes one order. Nothing, when the last guest has gone.
inline Task<std::optional<std::string>> take_order(Orders& orders, const Report& report) {
  std::optional<std::string> order = co_await orders.recv();
  if (order.has_value()) {
    report("cook: " + *order);  // Before anything can come in between.
    report("read back: " + *order);
    co_await kettle::sleep(20s);
  }
  co_return order;
}

/// Serves until the last guest has gone. `report` must outlive it.
inline Task<> waiter(Orders orders, const Report& report) {
  kettle::Interval rounds(1min);
  for (;;) {
    auto what = co_await kettle::select(take_order(orders, report), rounds.tick());
    if (what.index() == 1) {
      report("wipe the tables");
      continue;
    }
    const std::optional<std::string>& order = std::get<0>(what);
    if (!order.has_value()) co_return;
  }
}

}  // namespace mine
