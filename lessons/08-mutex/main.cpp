// Ten tasks, one counter: what goes wrong without a lock, who waits with one, and in what order.
#include <fmt/format.h>
#include <kettle/block_on.hpp>
#include <kettle/join_handle.hpp>
#include <kettle/mutex.hpp>
#include <kettle/semaphore.hpp>
#include <kettle/task.hpp>
#include <kettle/time.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace {

using kettle::Clock;
using kettle::Instant;
using kettle::JoinHandle;
using kettle::Mutex;
using kettle::say;
using kettle::Semaphore;
using kettle::spawn;
using kettle::Task;
using namespace std::chrono_literals;

// The cooks, in the order in which they come to the slate.
constexpr int cooks[] = {7, 2, 9, 4, 1, 10, 3, 8, 6, 5};

Task<> all(std::vector<JoinHandle<void>> tasks) {
  for (auto& task : tasks) co_await task;
}

// Whole tenths of a second, rounded down.
double seconds_since(Instant start) { return static_cast<double>((Clock::now() - start) / 100ms) / 10; }

// --- without a lock ----------------------------------------------------------------------------------------------

// Every cook adds one plate to the number on the slate.
// #region no_lock
Task<> add_one(int& slate) {
  const int read = slate;
  co_await kettle::sleep(20ms);  // Where is the chalk?
  slate = read + 1;
}
// #endregion

Task<> without_a_lock() {
  int slate = 0;
  std::vector<JoinHandle<void>> tasks;
  for ([[maybe_unused]] const int cook : cooks) tasks.push_back(spawn(add_one(slate)));
  co_await all(std::move(tasks));
  say(fmt::format("Ten cooks, no lock: the slate says {}.", slate));
}

// --- with a lock -------------------------------------------------------------------------------------------------

// What the cooks did, in words.
struct Diary {
  std::string asked;
  std::string had_it;
};

// #region with_lock
Task<> add_one(int cook, Mutex<int>& slate, Diary& diary) {
  diary.asked += fmt::format(" {}", cook);
  auto number = co_await slate.lock();
  diary.had_it += fmt::format(" {}", cook);
  const int read = *number;
  co_await kettle::sleep(20ms);
  *number = read + 1;
}
// #endregion

Task<> with_a_lock() {
  const Instant start = Clock::now();
  Mutex<int> slate(0);
  Diary diary;
  std::vector<JoinHandle<void>> tasks;
  for (const int cook : cooks) tasks.push_back(spawn(add_one(cook, slate, diary)));
  co_await all(std::move(tasks));
  say("The slate has a lock now.");
  say(fmt::format("  asked for it:{}", diary.asked));
  say(fmt::format("  had it:      {}", diary.had_it));
  auto number = co_await slate.lock();
  say(fmt::format("The slate says {}, after {:.1f} s.", *number, seconds_since(start)));
}

// --- try_lock ----------------------------------------------------------------------------------------------------

// #region try_lock
void glance_at(Mutex<int>& slate) {
  if (auto number = slate.try_lock()) {
    say(fmt::format("The waiter glances at the slate: {}.", **number));
  } else {
    say("The waiter glances at the slate: somebody writes. He goes on, he does not wait.");
  }
}
// #endregion

Task<> write_slowly(Mutex<int>& slate) {
  auto number = co_await slate.lock();
  co_await kettle::sleep(200ms);
  ++*number;
}

Task<> the_waiter() {
  Mutex<int> slate(10);
  auto cook = spawn(write_slowly(slate));
  co_await kettle::sleep(20ms);
  glance_at(slate);
  co_await cook;
  glance_at(slate);
}

// --- three at a time ---------------------------------------------------------------------------------------------

struct Oven {
  Semaphore places{3};
  int inside = 0;
  int most = 0;
};

// #region bake
Task<> bake(Oven& oven) {
  auto place = co_await oven.places.acquire();
  ++oven.inside;
  oven.most = std::max(oven.most, oven.inside);
  co_await kettle::sleep(100ms);
  --oven.inside;
}
// #endregion

Task<> pies() {
  const Instant start = Clock::now();
  Oven oven;
  std::vector<JoinHandle<void>> tasks;
  for (int pie = 0; pie < 6; ++pie) tasks.push_back(spawn(bake(oven)));
  co_await all(std::move(tasks));
  say(fmt::format("Six pies, an oven for three: {} at a time at the most, done after {:.1f} s.", oven.most,
                  seconds_since(start)));
}

Task<> evening() {
  co_await without_a_lock();
  co_await with_a_lock();
  co_await the_waiter();
  co_await pies();
}

}  // namespace

int main() { kettle::block_on(evening()); }
