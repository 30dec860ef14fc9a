// Mistake: gives to_till the order of to_safe, and forgets the other places that need both locks
// Kind: deadlock
// Fails: closing time waits for the last guests, who still pay
// Fails: whoever counts finds all the money, also while it moves
// Fails: who waits for a lock sleeps
// Fails: a whole day, in a hundred orders of coming
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
inline Task<bool> to_till(Cafe& cafe, int amount) {
  auto till = co_await cafe.till.lock();
  auto safe = co_await cafe.safe.lock();
  if (*safe < amount) co_return false;
  co_await a_moment();
  *safe -= amount;
  *till += amount;
  co_return true;
}

/// All the money, at one moment.
inline Task<int> count(Cafe& cafe) {
  auto safe = co_await cafe.safe.lock();
  const int in_safe = *safe;
  co_await a_moment();
  auto till = co_await cafe.till.lock();
  co_return in_safe + *till;
}

/// Closing time: waits for the last guests, and brings all that is in the till to the safe. How much that was.
inline Task<int> close_up(Cafe& cafe, std::vector<kettle::JoinHandle<void>> guests) {
  auto till = co_await cafe.till.lock();
  for (auto& guest : guests) co_await guest;
  auto safe = co_await cafe.safe.lock();
  const int takings = std::exchange(*till, 0);
  *safe += takings;
  co_return takings;
}

}  // namespace mine
