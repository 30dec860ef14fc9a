// Thread parking: Linux's futex, and a lock with a condition variable where there is none.
#include "kettle/sync.hpp"

#if defined(__linux__)
#include <linux/futex.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <ctime>
#else
#include <condition_variable>
#endif

namespace kettle::sync {

#if defined(__linux__)

namespace {
// The system looks at the word itself.
static_assert(sizeof(Atomic<std::uint32_t>) == sizeof(std::uint32_t));

long futex(const Atomic<std::uint32_t>& word, int operation, std::uint32_t value, const timespec* until) noexcept {
  return syscall(SYS_futex, &word, operation | FUTEX_PRIVATE_FLAG, value, until, nullptr, FUTEX_BITSET_MATCH_ANY);
}
}  // namespace

void wait(const Atomic<std::uint32_t>& word, std::uint32_t expected, Instant deadline) noexcept {
  if (deadline == never) {
    futex(word, FUTEX_WAIT_BITSET, expected, nullptr);
    return;
  }
  // FUTEX_WAIT_BITSET takes an absolute time of the monotonic clock, which is what an Instant counts.
  const auto nanoseconds = deadline.time_since_epoch().count();
  if (nanoseconds < 0) return;
  timespec until{};
  until.tv_sec = static_cast<time_t>(nanoseconds / 1'000'000'000);
  until.tv_nsec = static_cast<long>(nanoseconds % 1'000'000'000);
  futex(word, FUTEX_WAIT_BITSET, expected, &until);
}

void notify_one(const Atomic<std::uint32_t>& word) noexcept { futex(word, FUTEX_WAKE, 1, nullptr); }

// Whoever has slept does not know who else sleeps, so he takes the lock as "awaited": at worst one wake-up too many.
void Mutex::lock_slowly() noexcept {
  while (state_.exchange(awaited, std::memory_order_acquire) != free) wait(state_, awaited, never);
}

// The folder /proc/self/task has a folder for each thread, and a link count of two more than that.
bool is_only_thread() noexcept {
#if defined(__SANITIZE_THREAD__)
  constexpr nlink_t threads = 2;  // The thread sanitizer adds one of its own.
#elif defined(__has_feature)
  constexpr nlink_t threads = __has_feature(thread_sanitizer) ? 2 : 1;
#else
  constexpr nlink_t threads = 1;
#endif
  struct stat tasks{};
  return stat("/proc/self/task", &tasks) == 0 && tasks.st_nlink <= threads + 2;
}

#else

bool is_only_thread() noexcept { return false; }

namespace {
// One pair for all words: simple, correct, and only for systems without a futex.
std::mutex shared_lock;
std::condition_variable shared_bell;
}  // namespace

void wait(const Atomic<std::uint32_t>& word, std::uint32_t expected, Instant deadline) noexcept {
  std::unique_lock lock(shared_lock);
  if (word.load() != expected) return;
  if (deadline == never) {
    shared_bell.wait(lock);
  } else {
    shared_bell.wait_until(lock, std::chrono::steady_clock::time_point(deadline.time_since_epoch()));
  }
}

void notify_one(const Atomic<std::uint32_t>&) noexcept {
  {
    std::unique_lock lock(shared_lock);
  }
  shared_bell.notify_all();
}

#endif

}  // namespace kettle::sync
