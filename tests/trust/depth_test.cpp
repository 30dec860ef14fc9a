// Depth: long chains of awaits, long loops of awaits, very many tasks. In constant stack where that is promised, and
// within the usual 8 MiB where it is not, without optimisation and under the sanitizers, too.
#include <kettle/channel.hpp>
#include <kettle/join_all.hpp>
#include <kettle/join_handle.hpp>
#include <kettle/semaphore.hpp>
#include <kettle/task.hpp>
#include <kettle/yield.hpp>

#include <doctest/doctest.h>

#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "futures.hpp"

namespace {

using kettle::block_on;
using kettle::Context;
using kettle::JoinHandle;
using kettle::Poll;
using kettle::Ready;
using kettle::spawn;
using kettle::Task;

constexpr int deep = 1000;
constexpr int many = 1'000'000;

// How many frames are alive.
class Counted {
 public:
  Counted() noexcept { ++alive; }
  ~Counted() { --alive; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

  static inline int alive = 0;
};

// Pending so many times; wakes at once each time.
class Pendings {
 public:
  using Output = int;
  explicit Pendings(int& left) noexcept : left_(left) {}
  Poll<int> poll(Context& context) {
    if (left_ < 0) throw std::runtime_error("no water");
    if (left_-- == 0) return Ready(0);
    context.waker().wake();
    return kettle::pending;
  }

 private:
  int& left_;
};

// `depth` tasks, each of which awaits the next. The last one awaits a future that is Pending `pendings` times.
Task<int> chain(int depth, int& pendings) {
  const Counted counted;
  if (depth == 1) {
    const int end = co_await Pendings(pendings);
    co_return end + 1;
  }
  const int below = co_await chain(depth - 1, pendings);
  co_return below + 1;
}

TEST_CASE("a chain 1,000 awaits deep: ready at once, and after some polls") {
  for (int pendings : {0, 1, 5}) CHECK_EQ(block_on(chain(deep, pendings)), deep);
  CHECK_EQ(Counted::alive, 0);
}

TEST_CASE("an exception from the end of a deep chain comes out at its beginning") {
  int pendings = -1;
  CHECK_THROWS_WITH(block_on(chain(deep, pendings)), "no water");
  CHECK_EQ(Counted::alive, 0);
}

TEST_CASE("a deep chain that is destroyed: in its midst, when it is done, and before it began") {
  for (const int polls : {0, 1, 3, 4}) {
    int pendings = 3;
    std::optional task(chain(deep, pendings));
    Context context;
    for (int i = 0; i < polls; ++i) CHECK_EQ(task->poll(context).is_ready(), i == 3);
    CHECK_EQ(Counted::alive, polls == 0 || polls == 4 ? 0 : deep);
    task.reset();
    CHECK_EQ(Counted::alive, 0);
  }
}

TEST_CASE("a deep chain as a task: joined, aborted, and destroyed with its runtime") {
  struct Deep {
    static Task<int> main() {
      int pendings = 3;
      int for_ever = many;
      auto joined = spawn(chain(deep, pendings));
      auto aborted = spawn(chain(deep, for_ever));
      auto left = spawn(chain(deep, for_ever));
      const int depth = co_await joined;
      aborted.abort();
      try {
        co_await aborted;
      } catch (const kettle::Cancelled&) {
        co_return depth;
      }
      co_return 0;
    }
  };
  CHECK_EQ(block_on(Deep::main()), deep);
  CHECK_EQ(Counted::alive, 0);
}

// Ready at once.
class Immediate {
 public:
  using Output = int;
  Immediate() noexcept {}
  Poll<int> poll(Context&) noexcept { return Ready(1); }
};
Task<int> one() { co_return 1; }

template <class Make>
Task<int> adds(Make make) {
  int sum = 0;
  for (int i = 0; i < many; ++i) {
    const int value = co_await make();
    sum += value;
  }
  co_return sum;
}

TEST_CASE("a million awaits that complete at once take constant stack") {
  CHECK_EQ(block_on(adds([] { return Immediate(); })), many);
  CHECK_EQ(block_on(adds([] { return one(); })), many);
}

Task<int> yields() {
  int turns = 0;
  for (; turns < many; ++turns) co_await kettle::yield_now();
  co_return turns;
}

TEST_CASE("a million awaits that are Pending once take constant stack") { CHECK_EQ(block_on(yields()), many); }

Task<int> numbered(int number, kettle::Semaphore* semaphore) {
  if (semaphore != nullptr) {
    auto permit = co_await semaphore->acquire();
  }
  co_return number % 2;
}

// All of them stand in line for one permit, if there is one.
Task<int> spawns_many(kettle::Semaphore* semaphore) {
  std::vector<JoinHandle<int>> handles;
  handles.reserve(many);
  for (int i = 0; i < many; ++i) handles.push_back(spawn(numbered(i, semaphore)));
  int odd = 0;
  for (auto& handle : handles) {
    const int value = co_await handle;
    odd += value;
  }
  co_return odd;
}

TEST_CASE("a million tasks at once, joined one after the other") { CHECK_EQ(block_on(spawns_many(nullptr)), many / 2); }

TEST_CASE("a million tasks in line for one permit") {
  kettle::Semaphore semaphore(1);
  CHECK_EQ(block_on(spawns_many(&semaphore)), many / 2);
  CHECK_EQ(semaphore.available_permits(), 1);
}

Task<int> leaves_many(kettle::Semaphore& semaphore) {
  for (int i = 0; i < many; ++i) spawn(numbered(i, &semaphore));
  co_await kettle::yield_now();
  co_await kettle::yield_now();
  co_return 1;
}

TEST_CASE("a million tasks that wait when their runtime ends") {
  kettle::Semaphore semaphore(1);
  {
    auto held = semaphore.try_acquire();
    CHECK_EQ(block_on(leaves_many(semaphore)), 1);
  }
  CHECK_EQ(semaphore.available_permits(), 1);
}

}  // namespace
