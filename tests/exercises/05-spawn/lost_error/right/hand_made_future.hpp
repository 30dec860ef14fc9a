// Shape: a future polls all handles at each wake-up, and keeps prices and errors by place.
#include <kettle/join_handle.hpp>
#include <kettle/task.hpp>

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace mine {

using kettle::JoinHandle;
using kettle::Task;

using Cook = std::function<Task<int>(std::string dish)>;

class Everything {
 public:
  using Output = int;

  void add(JoinHandle<int> dish) { dishes_.emplace_back(std::move(dish)); }

  kettle::Poll<int> poll(kettle::Context& context) {
    bool is_done = true;
    for (Dish& dish : dishes_) {
      if (!dish.handle) continue;
      try {
        auto answer = dish.handle->poll(context);
        if (answer.is_pending()) {
          is_done = false;
          continue;
        }
        sum_ += answer.take();
      } catch (const std::exception& error) {
        dish.error = error.what();
      }
      dish.handle.reset();
    }
    if (!is_done) return kettle::pending;
    std::string errors;
    for (const Dish& dish : dishes_) {
      if (!dish.error.empty()) errors += dish.error + "\n";
    }
    if (!errors.empty()) throw std::runtime_error(errors);
    return kettle::Ready(sum_);
  }

 private:
  struct Dish {
    explicit Dish(JoinHandle<int> h) : handle(std::move(h)) {}
    std::optional<JoinHandle<int>> handle;
    std::string error;
  };
  std::vector<Dish> dishes_;
  int sum_ = 0;
};

inline Task<int> serve(std::vector<std::string> order, Cook cook) {
  Everything everything;
  for (const std::string& dish : order) everything.add(kettle::spawn("dish", cook, dish));
  const int sum = co_await everything;
  co_return sum;
}

}  // namespace mine
