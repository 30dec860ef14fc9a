// Shape: selects on the recv alone, which is cancel-safe, and reads back outside of the select.
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

/// Serves until the last guest has gone. `report` must outlive it.
inline Task<> waiter(Orders orders, const Report& report) {
  kettle::Interval rounds(1min);
  for (;;) {
    auto what = co_await kettle::select(orders.recv(), rounds.tick());
    if (what.index() == 1) {
      report("wipe the tables");
      continue;
    }
    const std::optional<std::string>& order = std::get<0>(what);
    if (!order.has_value()) co_return;
    report("read back: " + *order);
    co_await kettle::sleep(20s);
    report("cook: " + *order);
  }
}

}  // namespace mine
