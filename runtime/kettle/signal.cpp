// The handler, and the table of pipes that it writes into.
#include "kettle/signal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "kettle/misuse.hpp"
#include "kettle/sync.hpp"

namespace kettle {

namespace {

// A listener's place. Its pipe is made once and never closed, so the handler may be late; the number says whom it is for.
struct Slot {
  sync::Atomic<int> number{0};  // The signal's; 0: free.
  int read_end = -1;
  int write_end = -1;
};

std::array<Slot, 32> slots;
std::array<struct sigaction, 65> before;  // What each signal did before its first listener came.
sync::Mutex lock_of_slots;

// #region handler
extern "C" void kettle_signal_came(int number) {
  const int error = errno;
  for (Slot& slot : slots) {
    if (slot.number.load(std::memory_order_acquire) != number) continue;
    const char byte = 1;
    [[maybe_unused]] const auto written = write(slot.write_end, &byte, 1);  // Full: there is news in it already.
  }
  errno = error;
}
// #endregion

int listeners(int number) noexcept {
  int count = 0;
  for (const Slot& slot : slots) count += slot.number.load(std::memory_order_relaxed) == number;
  return count;
}

[[noreturn]] void refuse() {
  misuse("This signal cannot be listened for.", "SIGKILL and SIGSTOP reach nobody.", "09-reactor");
}

// A slot of nobody's, with a pipe that is empty.
int free_slot() {
  const auto found = std::find_if(slots.begin(), slots.end(),
                                  [](const Slot& slot) { return slot.number.load(std::memory_order_relaxed) == 0; });
  if (found == slots.end()) {
    misuse("There are 32 listeners for signals already.", "share one, or let some go.", "09-reactor");
  }
  if (found->read_end < 0) {
    int ends[2];
    if (pipe(ends) != 0) throw_io_error(errno, "make a pipe for a signal");
    for (const int end : ends) {
      fcntl(end, F_SETFD, FD_CLOEXEC);
      fcntl(end, F_SETFL, O_NONBLOCK);
    }
    found->read_end = ends[0];
    found->write_end = ends[1];
  }
  char old[16];
  while (read(found->read_end, old, sizeof old) > 0) {  // What came for the listener before.
  }
  return static_cast<int>(found - slots.begin());
}

// The slot is ready before the handler is there, and goes after it: no signal falls between the two.
int claim(int number) {
  const sync::Lock lock(lock_of_slots);
  if (number <= 0 || static_cast<std::size_t>(number) >= before.size()) refuse();
  const bool is_first = listeners(number) == 0;
  const int index = free_slot();
  Slot& slot = slots[static_cast<std::size_t>(index)];
  slot.number.store(number, std::memory_order_release);
  if (!is_first) return index;
  struct sigaction action{};
  action.sa_handler = kettle_signal_came;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  if (sigaction(number, &action, &before[static_cast<std::size_t>(number)]) == 0) return index;
  slot.number.store(0, std::memory_order_relaxed);
  refuse();
}

void release(int index) noexcept {
  const sync::Lock lock(lock_of_slots);
  sync::Atomic<int>& slot = slots[static_cast<std::size_t>(index)].number;
  const int number = slot.load(std::memory_order_relaxed);
  if (listeners(number) == 1) sigaction(number, &before[static_cast<std::size_t>(number)], nullptr);
  slot.store(0, std::memory_order_release);
}

}  // namespace

Signal::Signal(int number) : slot_(claim(number)) {
  // A descriptor of our own for the same pipe: ours to close.
  const int end = dup(slots[static_cast<std::size_t>(slot_)].read_end);
  try {
    if (end < 0) throw_io_error(errno, "listen for signal", std::to_string(number));
    fcntl(end, F_SETFD, FD_CLOEXEC);
    pipe_.emplace(end, Flow::stream, "signal " + std::to_string(number));
  } catch (...) {
    release(slot_);
    throw;
  }
}

Signal::Signal(Signal&& other) noexcept : slot_(std::exchange(other.slot_, -1)), pipe_(std::move(other.pipe_)) {}

Signal::~Signal() {
  if (slot_ >= 0) release(slot_);
}

// A byte for each time that the signal has come; all of them together are one answer.
// #region received
Poll<> Signal::Received::poll(Context& context) {
  char bytes[64];
  auto result = turn_.attempt(context, sizeof bytes, [&] {
    const IoResult first = io_result(read(turn_.fd(), bytes, sizeof bytes));
    for (IoResult more = first; more == sizeof bytes;) more = io_result(read(turn_.fd(), bytes, sizeof bytes));
    return first;
  });
  if (result.is_pending()) return pending;
  turn_.value_of(result.value(), "wait for");
  return Ready();
}
// #endregion

SignalOnce ctrl_c() { return SignalOnce(SIGINT); }
SignalOnce terminate() { return SignalOnce(SIGTERM); }

}  // namespace kettle
