// Mistake: makes a new sleep for every select, so that each order begins the minute anew.
// Kind: wrong time
// Fails: the tables are wiped once for each minute, guests or not
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
    report("read back: " + *order);
    co_await kettle::sleep(20s);
  }
  co_return order;
}

/// Serves until the last guest has gone. `report` must outlive it.
inline Task<> waiter(Orders orders, const Report& report) {
  Task<std::optional<std::string>> next_order = take_order(orders, report);
  for (;;) {
    auto what = co_await kettle::select(next_order, kettle::sleep(1min));
    if (what.index() == 1) {
      report("wipe the tables");  // And next_order goes on where it was.
      continue;
    }
    const std::optional<std::string>& order = std::get<0>(what);
    if (!order.has_value()) co_return;
    report("cook: " + *order);
    next_order = take_order(orders, report);
  }
}

}  // namespace mine
