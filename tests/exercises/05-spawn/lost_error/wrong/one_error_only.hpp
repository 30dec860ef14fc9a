// Mistake: keeps the first error and forgets the second.
// Kind: lost error
// Fails: when two dishes fail, the error says why of both, in the order of the order
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
  std::vector<JoinHandle<int>> dishes;
  for (const std::string& dish : order) dishes.push_back(kettle::spawn("dish", cook, dish));

  int sum = 0;
  std::string error;
  for (JoinHandle<int>& dish : dishes) {
    try {
      const int price = co_await dish;
      sum += price;
    } catch (const std::exception& caught) {
      if (error.empty()) error = caught.what();
    }
  }
  if (!error.empty()) throw std::runtime_error(error);
  co_return sum;
}

}  // namespace mine
