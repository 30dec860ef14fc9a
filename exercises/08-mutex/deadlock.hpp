#pragma once
// A lock across an await, two in two orders
// fix · lesson 08 · ./learn test deadlock
//
//     guests ---- sell ----> [ till ] ---- to_safe, close_up ----> [ safe ] ---- pay_rent ---->
//                                     <---- to_till -------------
//                               '------------ count -----------------'
//
// The café below has run for a year. Now and then everything stops: no error, no crash, the thread sleeps. Once
// somebody ran it under block_on with nothing else to do, and it said, among other things:
//
//     block_on is stuck: no task is ready, no timer is armed, and no other thread is there.
//       task 2 (to_safe) waits for mutex 2
//       task 3 (to_till) waits for mutex 1
//
// On another evening it was "task 4 (close_up) waits for task 2" and "task 2 (guest) waits for mutex 1".
//
// Your task: find the mistakes and mend them, so that
//   1. money goes both ways at the same time, and everybody gets done, whoever comes first;
//   2. closing time waits for the last guests, who still pay;
//   3. whoever counts finds all the money, also while it moves;
//   4. no sale is lost;
//   5. a guest pays while the rent is being taken from the safe, and does not wait for it;
//   6. nobody takes what is not there;
//   7. who waits sleeps, instead of asking again and again.
//
// Keep: the names, the moments (they stand for work that takes its time), and the money where it is: till and safe,
// each behind a lock of its own. Do not use: threads.

#include <kettle/join_handle.hpp>
#include <kettle/mutex.hpp>
#include <kettle/task.hpp>
#include <kettle/time.hpp>

#include <chrono>
#include <utility>
#include <vector>

namespace mine {

using namespace std::chrono_literals;
using kettle::Task;

/// Where the money is.
struct Cafe {
  kettle::Mutex<int> till{100};
  kettle::Mutex<int> safe{100};
};

/// Somebody counts, or looks for the key.
inline kettle::Sleep a_moment() { return kettle::sleep(1s); }

/// A guest pays.
inline Task<> sell(Cafe& cafe, int price) {
  auto till = co_await cafe.till.lock();
  const int before = *till;
  co_await a_moment();
  *till = before + price;
}

/// From the safe to the landlord, who counts slowly. False when there is not enough.
inline Task<bool> pay_rent(Cafe& cafe, int amount) {
  auto safe = co_await cafe.safe.lock();
  if (*safe < amount) co_return false;
  co_await kettle::sleep(5s);
  *safe -= amount;
  co_return true;
}

/// From the till to the safe. False when there is not enough.
inline Task<bool> to_safe(Cafe& cafe, int amount) {
  auto till = co_await cafe.till.lock();
  if (*till < amount) co_return false;
  co_await a_moment();
  auto safe = co_await cafe.safe.lock();
  *till -= amount;
  *safe += amount;
  co_return true;
}

/// From the safe to the till: change for the guests. False when there is not enough.
// #region to_till
inline Task<bool> to_till(Cafe& cafe, int amount) {
  auto safe = co_await cafe.safe.lock();
  if (*safe < amount) co_return false;
  co_await a_moment();
  auto till = co_await cafe.till.lock();
  *safe -= amount;
  *till += amount;
  co_return true;
}
// #endregion

/// All the money, at one moment.
inline Task<int> count(Cafe& cafe) {
  auto safe = co_await cafe.safe.lock();
  const int in_safe = *safe;
  co_await a_moment();
  auto till = co_await cafe.till.lock();
  co_return in_safe + *till;
}

/// Closing time: waits for the last guests, and brings all that is in the till to the safe. How much that was.
// #region close_up
inline Task<int> close_up(Cafe& cafe, std::vector<kettle::JoinHandle<void>> guests) {
  auto till = co_await cafe.till.lock();
  for (auto& guest : guests) co_await guest;
  auto safe = co_await cafe.safe.lock();
  const int takings = std::exchange(*till, 0);
  *safe += takings;
  co_return takings;
}
// #endregion

}  // namespace mine
