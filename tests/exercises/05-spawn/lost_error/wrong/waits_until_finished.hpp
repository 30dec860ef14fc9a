// Mistake: keeps the handles and asks is_finished() now and then, but never joins.
// Kind: busy loop
// Fails: when a dish fails, serve throws and says why
// Fails: when a dish fails, the other ones are finished first
// Fails: when two dishes fail, the error says why of both, in the order of the order
// Fails: an error that the guest is told goes to nobody else
#include <kettle/join_handle.hpp>
#include <kettle/task.hpp>
#include <kettle/time.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
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

/// What the dishes of an order cost so far.
class Bill {
 public:
  void add(int crowns) { sum_ += crowns; }
  int sum() const { return sum_; }

 private:
  int sum_ = 0;
};

/// One dish, and its line on the bill.
inline Task<> prepare(Cook cook, std::string dish, std::shared_ptr<Bill> bill) {
  const int price = co_await cook(std::move(dish));
  bill->add(price);
}

/// Cooks all dishes of an order, and says what they cost together.
inline Task<int> serve(std::vector<std::string> order, Cook cook) {
  auto bill = std::make_shared<Bill>();
  std::vector<JoinHandle<void>> dishes;
  for (const std::string& dish : order) {
    dishes.push_back(kettle::spawn("dish", prepare, cook, dish, bill));
  }
  for (JoinHandle<void>& dish : dishes) {
    while (!dish.is_finished()) co_await kettle::sleep(1s);
  }
  co_return bill->sum();
}

}  // namespace mine
