// The pot calls you: a thread boils the water and wakes the sleeper. Two polls, where lesson 01 took 100,000.
#include <fmt/format.h>
#include <kettle/block_on.hpp>
#include <kettle/clock.hpp>
#include <kettle/trace.hpp>

#include <chrono>
#include <mutex>
#include <thread>
#include <utility>

namespace {

using kettle::say;
using namespace std::chrono_literals;

// A pot with a whistle. The first poll lights the stove, which is a thread of its own. From then on the pot stays
// where it is, because that thread points at it.
class Pot {
 public:
  using Output = void;

  Pot() : sleeper_(kettle::Waker::noop()) {}
  Pot(const Pot&) = delete;
  Pot& operator=(const Pot&) = delete;

  // Dropping the pot cancels it, boiling or not: the thread must be gone before the members that it uses are.
  ~Pot() {
    if (stove_.joinable()) stove_.join();
  }

  // #region poll
  kettle::Poll<> poll(kettle::Context& context) {
    const std::lock_guard lock(mutex_);
    ++polls_;
    if (boils_) {
      say(fmt::format("  poll {}: it boils", polls_));
      return kettle::Ready();
    }
    say(fmt::format("  poll {}: still cold. The pot keeps your waker", polls_));
    sleeper_ = context.waker();
    if (!stove_.joinable()) stove_ = std::thread([this] { boil(); });
    return kettle::pending;
  }
  // #endregion

  int polls() const { return polls_; }

 private:
  // Runs on the stove's thread.
  // #region boil
  void boil() {
    kettle::Clock::block_for(1s);
    say("  the stove: it boils. Wake up!");
    kettle::Waker sleeper = kettle::Waker::noop();
    {
      const std::lock_guard lock(mutex_);
      boils_ = true;
      std::swap(sleeper, sleeper_);
    }
    sleeper.wake();  // After the change that it reports, and outside the lock.
  }
  // #endregion

  std::mutex mutex_;  // Guards everything below: two threads use it.
  bool boils_ = false;
  int polls_ = 0;
  kettle::Waker sleeper_;
  std::thread stove_;
};

// Says Pending and keeps no waker: it can never call.
// #region mute
class MutePot {
 public:
  using Output = void;
  kettle::Poll<> poll(kettle::Context&) { return kettle::pending; }
};
// #endregion

}  // namespace

int main() {
  say("You switch the pot on and lie down.");
  Pot pot;
  kettle::block_on(pot);
  say(fmt::format("A cup of tea. Polls: {}, answered Pending: {}.", pot.polls(), pot.polls() - 1));

  say("A second pot, which has no whistle:");
  try {
    kettle::block_on(MutePot());
  } catch (const kettle::Stuck& stuck) {  // Only to show it. A program that is stuck is to be mended.
    say(stuck.what());
  }
}
