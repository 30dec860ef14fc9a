// Dinner for one thread: three tasks that take turns. Then a crowd: what a sleeping task costs, and a sleeping thread.
#include <fmt/format.h>
#include <unistd.h>
#include <kettle/join_handle.hpp>
#include <kettle/task.hpp>
#include <kettle/time.hpp>
#include <kettle/yield.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <fstream>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

namespace {

using kettle::JoinHandle;
using kettle::say;
using kettle::spawn;
using kettle::Task;
using namespace std::chrono_literals;

Task<std::string> make_tea() {
  say("  tea:   the water is on");
  co_await kettle::sleep(300ms);
  say("  tea:   it boils, in go the leaves");
  co_await kettle::sleep(300ms);
  say("  tea:   done");
  co_return "a pot of tea";
}

Task<int> make_toast(int slices) {
  for (int slice = 1; slice <= slices; ++slice) {
    say(fmt::format("  toast: slice {} goes in", slice));
    co_await kettle::sleep(200ms);
  }
  say("  toast: done");
  co_return slices;
}

Task<int> boil_eggs(int eggs) {
  say("  eggs:  into the pan");
  co_await kettle::sleep(500ms);
  say("  eggs:  done");
  co_return eggs;
}

// #region dinner
Task<> dinner() {
  JoinHandle<std::string> tea = spawn("tea", make_tea());
  JoinHandle<int> toast = spawn("toast", make_toast, 2);  // The same as make_toast(2); keeps the arguments, too.
  JoinHandle<int> eggs = spawn("eggs", boil_eggs, 3);
  say("Three tasks are spawned. None of them has begun.");
  const std::string pot = co_await tea;
  const int slices = co_await toast;
  const int pieces = co_await eggs;
  say(fmt::format("Dinner: {}, {} slices of toast, {} eggs.", pot, slices, pieces));
}
// #endregion

// How much memory this process has in use now, by its own account (Linux).
long bytes_in_use() {
  long all_pages = 0;
  long pages_in_use = 0;
  std::ifstream("/proc/self/statm") >> all_pages >> pages_in_use;
  return pages_in_use * sysconf(_SC_PAGESIZE);
}

// What a crowd cost, from here until it is there.
class Bill {
 public:
  void print(std::string_view who, long count) const {
    using std::chrono::milliseconds;
    const auto took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start_);
    const long bytes = bytes_in_use() - bytes_before_;
    say(fmt::format("{} {} are asleep: {} MiB, {} bytes each, begun in {} ms.", count, who, bytes / (1024 * 1024),
                    bytes / (count > 0 ? count : 1), took.count()));
  }

 private:
  long bytes_before_ = bytes_in_use();
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();  // Real on either clock.
};

// #region crowd
Task<> nap() { co_await kettle::sleep(500ms); }

Task<> crowd_of_tasks(int count) {
  const Bill bill;
  std::vector<JoinHandle<void>> sleepers;
  sleepers.reserve(static_cast<std::size_t>(count));
  for (int number = 0; number < count; ++number) sleepers.push_back(spawn("nap", nap()));
  co_await kettle::yield_now();  // Everybody has a turn, and is asleep.
  bill.print("tasks", count);
  for (JoinHandle<void>& sleeper : sleepers) co_await sleeper;
  say("Every task has woken up, and is gone.");
}
// #endregion

// Where threads sleep until it opens.
class Dormitory {
 public:
  void sleep() {
    std::unique_lock lock(mutex_);
    ++sleepers_;
    arrived_.notify_one();
    opened_.wait(lock, [this] { return open_; });
  }
  void until_asleep(long count) {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [this, count] { return sleepers_ == count; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    opened_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::condition_variable opened_;
  long sleepers_ = 0;
  bool open_ = false;
};

void crowd_of_threads(int count) {
  const Bill bill;
  Dormitory dormitory;
  std::vector<std::thread> threads;
  try {
    while (threads.size() < static_cast<std::size_t>(count)) {
      threads.emplace_back([&dormitory] { dormitory.sleep(); });
    }
  } catch (const std::system_error& error) {
    std::fprintf(stderr, "This machine allows no more than %zu threads here: %s.\n", threads.size(), error.what());
  }
  const long started = static_cast<long>(threads.size());
  dormitory.until_asleep(started);
  bill.print("threads", started);
  dormitory.open();
  for (std::thread& thread : threads) thread.join();
  say("Every thread has woken up, and is gone.");
}

// A sanitizer wants much memory for every task and thread: then a tenth will do.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int part = 10;
#elif defined(__has_feature)
constexpr int part = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ? 10 : 1;
#else
constexpr int part = 1;
#endif

}  // namespace

int main() {
  kettle::block_on(dinner());

  const bool is_recorded = kettle::trace::on();  // A recording is for looking at: then small crowds do.
  kettle::block_on(crowd_of_tasks(is_recorded ? 10 : 100'000 / part));
  crowd_of_threads(is_recorded ? 10 : 10'000 / part);
}
