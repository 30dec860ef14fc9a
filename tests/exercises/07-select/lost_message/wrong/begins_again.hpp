// Mistake: keeps the order and not the branch, so it is read back from the beginning after each round.
// Kind: lost value
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
inline Task<std::optional<std::string>> take_order(Orders& orders, std::optional<std::string>& order,
                                                   const Report& report) {
  if (!order.has_value()) order = co_await orders.recv();
  if (order.has_value()) {
    report("read back: " + *order);
    co_await kettle::sleep(20s);
  }
  co_return std::exchange(order, std::nullopt);
}

/// Serves until the last guest has gone. `report` must outlive it.
inline Task<> waiter(Orders orders, const Report& report) {
  kettle::Interval rounds(1min);
  std::optional<std::string> unfinished;
  for (;;) {
    auto what = co_await kettle::select(take_order(orders, unfinished, report), rounds.tick());
    if (what.index() == 1) {
      report("wipe the tables");
      continue;
    }
    const std::optional<std::string>& order = std::get<0>(what);
    if (!order.has_value()) co_return;
    report("cook: " + *order);
  }
}

}  // namespace mine
