// Shape: two loops that do not know of each other, and one select around them, for the end.
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

inline Task<> serve(Orders& orders, const Report& report) {
  while (auto order = co_await orders.recv()) {
    report("read back: " + *order);
    co_await kettle::sleep(20s);
    report("cook: " + *order);
  }
}

inline Task<> wipe(const Report& report) {
  kettle::Interval rounds(1min);
  for (;;) {
    co_await rounds.tick();
    report("wipe the tables");
  }
}

/// Serves until the last guest has gone. `report` must outlive it.
inline Task<> waiter(Orders orders, const Report& report) {
  co_await kettle::select(serve(orders, report), wipe(report));
}

}  // namespace mine
