// Shape: keeps the shared bill and prepare(), which joins into a list of errors; serve() joins tasks that never throw.
#include <kettle/join_handle.hpp>
#include <kettle/task.hpp>

#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace mine {

using kettle::JoinHandle;
using kettle::Task;

using Cook = std::function<Task<int>(std::string dish)>;

struct Bill {
  int sum = 0;
  std::map<std::size_t, std::string> errors;
};

inline Task<> prepare(Cook cook, std::string dish, std::size_t place, std::shared_ptr<Bill> bill) {
  try {
    const int price = co_await cook(std::move(dish));
    bill->sum += price;
  } catch (const std::exception& error) {
    bill->errors.emplace(place, error.what());
  }
}

inline Task<int> serve(std::vector<std::string> order, Cook cook) {
  auto bill = std::make_shared<Bill>();
  std::vector<JoinHandle<void>> dishes;
  for (std::size_t place = 0; place < order.size(); ++place) {
    dishes.push_back(kettle::spawn("dish", prepare(cook, order[place], place, bill)));
  }
  while (!dishes.empty()) {  // In any order: the last one to end decides.
    co_await dishes.back();
    dishes.pop_back();
  }
  if (!bill->errors.empty()) {
    std::string text = "these dishes failed:";
    for (const auto& [place, error] : bill->errors) text += " (" + order[place] + ") " + error;
    throw std::runtime_error(text);
  }
  co_return bill->sum;
}

}  // namespace mine
