// The recipe of lesson 01 once more, and no state machine in sight: the compiler writes it.
#include <fmt/format.h>
#include <kettle/block_on.hpp>
#include <kettle/task.hpp>

#include <array>
#include <stdexcept>
#include <string>

namespace {

using kettle::say;
using kettle::Task;

// A stand-in for time, which lesson 04 brings: over at the n-th look.
class Wait {
 public:
  using Output = void;

  explicit Wait(int looks) : looks_left_(looks) {}

  kettle::Poll<> poll(kettle::Context& context) {
    --looks_left_;
    if (looks_left_ == 0) return kettle::Ready();
    context.waker().wake();  // The rule of lesson 02. This one asks for its next look at once.
    return kettle::pending;
  }

 private:
  int looks_left_;
};

// Somebody has to put the pot back, whatever happens.
// #region pot
class Pot {
 public:
  Pot() { say("  take the pot, fill it"); }
  ~Pot() { say("  put the pot back"); }
  Pot(const Pot&) = delete;
  Pot& operator=(const Pot&) = delete;
};
// #endregion

// #region tea
Task<std::string> make_tea(Wait water, Wait leaves) {
  const Pot pot;
  co_await water;
  say("  the water boils: pour it over the leaves");
  co_await leaves;
  say("  take the leaves out");
  co_return "a cup of tea";
}
// #endregion

template <class T>
void poll_once(Task<T>& task, int number) {
  say(fmt::format("poll {}", number));
  kettle::Context context;
  auto answer = task.poll(context);
  say(answer.is_ready() ? fmt::format("  -> Ready: {}", answer.take()) : "  -> Pending");
}

// #region breakfast
Task<std::string> make_toast(Wait toaster) {
  co_await toaster;
  throw std::runtime_error("the toast is black");
}

Task<std::string> make_breakfast() {
  std::string plate = co_await make_tea(Wait(2), Wait(2));
  try {
    plate += co_await make_toast(Wait(2));
  } catch (const std::runtime_error& error) {
    say(fmt::format("  {}: bread will do", error.what()));
    plate += " and bread";
  }
  co_return plate;
}
// #endregion

// The same waits, and something to remember from before them until after them.
Task<std::string> make_tea_with_a_note(Wait water, Wait leaves) {
  const Pot pot;
  std::array<char, 1000> note{};
  fmt::format_to(note.data(), "with milk");
  co_await water;
  co_await leaves;
  co_return note.data();
}

// #region bytes
using Recipe = Task<std::string> (*)(Wait, Wait);

std::size_t frame_size(Recipe recipe) {
  const volatile Recipe hidden = recipe;  // An optimizer that sees which one it is may do without the frame.
  const std::size_t before = kettle::frame_bytes;
  const auto task = hidden(Wait(1), Wait(1));  // A frame is made. Nothing runs.
  return kettle::frame_bytes - before;
}
// #endregion

}  // namespace

int main() {
  Task<std::string> tea = make_tea(Wait(2), Wait(2));
  say("make_tea was called. Nothing is cooking.");
  poll_once(tea, 1);
  poll_once(tea, 2);
  poll_once(tea, 3);

  say("A second tea, and after one poll nobody wants it any more.");
  {
    Task<std::string> unwanted = make_tea(Wait(2), Wait(2));
    poll_once(unwanted, 1);
  }

  say("Breakfast: a task that awaits tasks.");
  say(fmt::format("  served: {}", kettle::block_on(make_breakfast())));

  say(fmt::format("The frame of make_tea takes {} bytes.", frame_size(make_tea)));
  say(fmt::format("With a note of 1000 characters it takes {} bytes.", frame_size(make_tea_with_a_note)));
}
