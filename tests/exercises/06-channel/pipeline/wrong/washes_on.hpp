// Mistake: does not look at what send answers: the market is bought empty for nobody.
// Kind: ends too late
// Fails: when the guests have had enough, the whole pipeline ends
#include <kettle/channel.hpp>
#include <kettle/join_handle.hpp>
#include <kettle/task.hpp>

#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace mine {

using kettle::JoinHandle;
using kettle::Task;
using kettle::mpsc::Receiver;
using kettle::mpsc::Sender;

/// Buys and washes. Ends when the market has no more, or nobody wants any.
template <class Kitchen>
Task<> washing(Kitchen& kitchen, Sender<std::string> washed) {
  while (auto bought = co_await kitchen.buy()) {
    auto vegetable = co_await kitchen.wash(std::move(*bought));
    static_cast<void>(co_await washed.send(std::move(vegetable)));
  }
}

/// Chops. Ends when no more comes, or nobody wants any.
template <class Kitchen>
Task<> chopping(Kitchen& kitchen, Receiver<std::string> washed, Sender<std::string> chopped) {
  while (auto whole = co_await washed.recv()) {
    auto pieces = co_await kitchen.chop(std::move(*whole));
    const auto sent = co_await chopped.send(std::move(pieces));
    if (!sent.has_value()) co_return;
  }
}

/// Serves plates of three, and counts them. Ends when no more comes, or the guests have had enough.
template <class Kitchen>
Task<int> serving(Kitchen& kitchen, Receiver<std::string> chopped) {
  int plates = 0;
  std::vector<std::string> plate;
  while (auto pieces = co_await chopped.recv()) {
    plate.push_back(std::move(*pieces));
    if (plate.size() < 3) continue;
    ++plates;
    auto full = std::exchange(plate, std::vector<std::string>());
    const bool go_on = co_await kitchen.serve(std::move(full));
    if (!go_on) co_return plates;
  }
  if (plate.empty()) co_return plates;
  co_await kitchen.serve(std::move(plate));
  co_return plates + 1;
}

/// Waits for the end of `stage`, and keeps what it threw if it is the first that did.
inline Task<> end_of(JoinHandle<void> stage, std::exception_ptr& error) {
  try {
    co_await stage;
  } catch (...) {
    if (error == nullptr) error = std::current_exception();
  }
}

/// Everything from the market to the table: the number of plates.
template <class Kitchen>
Task<int> pipeline(Kitchen& kitchen, std::size_t room) {
  auto [washed_in, washed_out] = kettle::mpsc::channel<std::string>(room);
  auto [chopped_in, chopped_out] = kettle::mpsc::channel<std::string>(room);
  auto wash = kettle::spawn("washing", washing<Kitchen>(kitchen, std::move(washed_in)));
  auto chop = kettle::spawn("chopping", chopping<Kitchen>(kitchen, std::move(washed_out), std::move(chopped_in)));

  // The last stage runs here. However it ends, the others end by themselves, because their channels do.
  std::exception_ptr error;
  int plates = 0;
  try {
    plates = co_await serving<Kitchen>(kitchen, std::move(chopped_out));
  } catch (...) {
    error = std::current_exception();
  }
  co_await end_of(std::move(chop), error);
  co_await end_of(std::move(wash), error);
  if (error != nullptr) std::rethrow_exception(error);
  co_return plates;
}

}  // namespace mine
