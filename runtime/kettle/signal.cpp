// The handler, and the table of pipes that it writes into.
#include "kettle/signal.hpp"

#include <fcntl.h>
#include <unistd.h>

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

int claim(int number) {
  const sync::Lock lock(lock_of_slots);
  int free = 0;
  while (free < 32 && slots[static_cast<std::size_t>(free)].number.load(std::memory_order_relaxed) != 0) ++free;
  if (free == 32) misuse("There are 32 listeners for signals already.", "share one, or let some go.", "09-reactor");
  Slot& slot = slots[static_cast<std::size_t>(free)];
  if (slot.read_end < 0) {
    int ends[2];
    if (pipe(ends) != 0) throw_io_error(errno, "make a pipe for a signal");
    for (const int end : ends) {
      fcntl(end, F_SETFD, FD_CLOEXEC);
      fcntl(end, F_SETFL, O_NONBLOCK);
    }
    slot.read_end = ends[0];
    slot.write_end = ends[1];
  }
  char old[16];
  while (read(slot.read_end, old, sizeof old) > 0) {  // What came for the listener before.
  }
  if (listeners(number) == 0) {
    struct sigaction action{};
    action.sa_handler = kettle_signal_came;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    if (number <= 0 || number >= 65 || sigaction(number, &action, &before[static_cast<std::size_t>(number)]) != 0) {
      misuse("This signal cannot be listened for.", "SIGKILL and SIGSTOP reach nobody.", "09-reactor");
    }
  }
  slot.number.store(number, std::memory_order_release);
  return free;
}

void release(int index) noexcept {
  const sync::Lock lock(lock_of_slots);
  const int number = slots[static_cast<std::size_t>(index)].number.exchange(0, std::memory_order_acq_rel);
  if (listeners(number) == 0) sigaction(number, &before[static_cast<std::size_t>(number)], nullptr);
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

Poll<> Signal::Received::poll(Context& context) {
  const auto bytes = read_.poll(context);
  if (bytes.is_pending()) return pending;
  return Ready();
}

Poll<> SignalOnce::poll(Context& context) {
  if (!received_) received_.emplace(signal_);
  return received_->poll(context);
}

SignalOnce ctrl_c() { return SignalOnce(SIGINT); }
SignalOnce terminate() { return SignalOnce(SIGTERM); }

}  // namespace kettle
