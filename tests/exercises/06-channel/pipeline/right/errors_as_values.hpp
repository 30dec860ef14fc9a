// Shape: a stage never throws: it returns its error, and the pipeline collects what the stages return.
#include <kettle/channel.hpp>
#include <kettle/join_handle.hpp>
#include <kettle/task.hpp>

#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace mine {

using kettle::Task;
using kettle::mpsc::Receiver;
using kettle::mpsc::Sender;
using Error = std::exception_ptr;

template <class Kitchen>
Task<Error> first_stage(Kitchen* kitchen, Sender<std::string> out) {
  try {
    bool wanted = true;
    while (wanted) {
      auto bought = co_await kitchen->buy();
      if (!bought.has_value()) break;
      auto washed = co_await kitchen->wash(*bought);
      auto sent = co_await out.send(washed);
      wanted = sent.has_value();
    }
  } catch (...) {
    co_return std::current_exception();
  }
  co_return nullptr;
}

template <class Kitchen>
Task<Error> second_stage(Kitchen* kitchen, Receiver<std::string> in, Sender<std::string> out) {
  try {
    while (auto whole = co_await in.recv()) {
      auto chopped = co_await kitchen->chop(*whole);
      auto sent = co_await out.send(chopped);
      if (!sent.has_value()) in.close();
    }
  } catch (...) {
    co_return std::current_exception();
  }
  co_return nullptr;
}

template <class Kitchen>
Task<Error> third_stage(Kitchen* kitchen, Receiver<std::string> in, int* plates) {
  try {
    bool is_over = false;
    while (!is_over) {
      std::vector<std::string> plate;
      while (plate.size() < 3 && !is_over) {
        auto pieces = co_await in.recv();
        is_over = !pieces.has_value();
        if (!is_over) plate.push_back(*pieces);
      }
      if (plate.empty()) break;
      ++*plates;
      const bool go_on = co_await kitchen->serve(plate);
      if (!go_on) break;
    }
  } catch (...) {
    co_return std::current_exception();
  }
  co_return nullptr;
}

template <class Kitchen>
Task<int> pipeline(Kitchen& kitchen, std::size_t room) {
  auto first = kettle::mpsc::channel<std::string>(room);
  auto second = kettle::mpsc::channel<std::string>(room);
  int plates = 0;
  auto one = kettle::spawn(first_stage<Kitchen>, &kitchen, std::move(first.first));
  auto two = kettle::spawn(second_stage<Kitchen>, &kitchen, std::move(first.second), std::move(second.first));
  auto three = kettle::spawn(third_stage<Kitchen>, &kitchen, std::move(second.second), &plates);
  const Error error_one = co_await one;
  const Error error_two = co_await two;
  const Error error_three = co_await three;
  for (const Error& error : {error_one, error_two, error_three}) {
    if (error != nullptr) std::rethrow_exception(error);
  }
  co_return plates;
}

}  // namespace mine
