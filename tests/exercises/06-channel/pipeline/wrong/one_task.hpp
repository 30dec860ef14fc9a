// Mistake: does everything in one loop, one vegetable after the other.
// Kind: one after the other
// Fails: the three stages work at the same time
#include <kettle/channel.hpp>
#include <kettle/join_handle.hpp>
#include <kettle/task.hpp>

#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace mine {

using kettle::Task;

template <class Kitchen>
Task<int> pipeline(Kitchen& kitchen, std::size_t) {
  int plates = 0;
  std::vector<std::string> plate;
  std::exception_ptr error;
  for (;;) {
    try {
      auto vegetable = co_await kitchen.buy();
      if (!vegetable.has_value()) break;
      auto washed = co_await kitchen.wash(std::move(*vegetable));
      auto chopped = co_await kitchen.chop(std::move(washed));
      plate.push_back(std::move(chopped));
    } catch (...) {
      error = std::current_exception();
      break;
    }
    if (plate.size() < 3) continue;
    ++plates;
    auto full = std::exchange(plate, std::vector<std::string>());
    const bool go_on = co_await kitchen.serve(std::move(full));
    if (!go_on) co_return plates;
  }
  if (!plate.empty()) {
    ++plates;
    co_await kitchen.serve(std::move(plate));
  }
  if (error != nullptr) std::rethrow_exception(error);
  co_return plates;
}

}  // namespace mine
