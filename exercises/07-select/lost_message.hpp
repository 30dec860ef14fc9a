#pragma once
// A select that loses a message
// fix · lesson 07 · ./learn test lost_message
//
//     guests ---- orders ----> waiter ----> kitchen       An order is read back to the guest, which takes 20 s, and
//                                |                        then goes to the kitchen.
//                          every minute: wipe the tables
//
// It works, day in, day out. But now and then a guest waits for a soup that the kitchen has never heard of. On a busy
// day it is more often. Nobody has thrown an order away, and the channel is without fault.
//
// Your task: find where an order is lost, and mend it, so that
//   1. an order that no round of wiping interrupts is cooked 20 s after it came, as it is now;
//   2. an order that is read back when it is time to wipe the tables is cooked, too;
//   3. at whatever moment orders come, each is cooked once;
//   4. they are cooked in the order in which they came;
//   5. each order is read back, once, before it is cooked;
//   6. the tables are wiped once for each minute; while the waiter reads an order back, that may wait until he is done;
//   7. when the last guest has gone, the waiter finishes what he has begun, and goes home.
//
// Keep: the names, and the texts of the reports. Do not use: spawn, or a second channel.

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
  kettle::Interval rounds(1min);
  for (;;) {
    auto what = co_await kettle::select(take_order(orders, report), rounds.tick());
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
