// Mistake: joins each dish before the next one is spawned.
// Kind: one after the other
// Fails: the dishes cook at the same time
// Fails: serve is over when its last dish is
// Fails: when a dish fails, the other ones are finished first
#include <kettle/join_handle.hpp>
#include <kettle/task.hpp>
#include <kettle/time.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace mine {

using kettle::JoinHandle;
using kettle::Task;
using namespace std::chrono_literals;

/// Cooks a dish, and says what it costs. Throws when the dish fails.
using Cook = std::function<Task<int>(std::string dish)>;

/// Cooks all dishes of an order, and says what they cost together.
inline Task<int> serve(std::vector<std::string> order, Cook cook) {
  int sum = 0;
  std::string errors;
  for (const std::string& dish : order) {
    JoinHandle<int> handle = kettle::spawn("dish", cook, dish);
    try {
      const int price = co_await handle;
      sum += price;
    } catch (const std::exception& error) {
      errors += errors.empty() ? error.what() : std::string(", ") + error.what();
    }
  }
  if (!errors.empty()) throw std::runtime_error(errors);
  co_return sum;
}

}  // namespace mine
