// The header of block_on's task, its sleep, and its report when nothing can wake it.
#include "kettle/root.hpp"

#include <chrono>
#include <utility>

namespace kettle {

namespace {

constinit thread_local Root* current_root = nullptr;

// How long nothing has happened when block_on looks whether anything still can. Real time on either clock.
constexpr std::chrono::milliseconds patience{100};

Instant real_time_from_now(Duration length) noexcept {
  return Instant(Duration(std::chrono::steady_clock::now().time_since_epoch()) + length);
}

}  // namespace

// On the heap and counted, because a waker may outlive the block_on that it was made for.
class Root::Header final : public Wakeable {
 public:
  explicit Header(std::shared_ptr<Parker> parker) noexcept : parker_(std::move(parker)) {}

 private:
  void schedule() noexcept override {
    if (trace::on()) trace::fact("wake", {{"task", std::uint64_t{1}}, {"by", trace::actor()}});
    if (current_root == nullptr || current_root->header_ != this) parker_->unpark();
  }
  std::shared_ptr<Parker> parker_;
};

Root::Root() : waker_(Waker::noop()) {
  if (current_root != nullptr) {
    misuse("block_on was called inside a block_on.",
           "a task never blocks its thread: co_await the future (or poll it) instead.", "02-waker");
  }
  // #region owner
  parker_ = std::make_shared<Parker>();
  header_ = new Header(parker_);
  waker_ = Waker(*header_);
  header_->release();  // waker_ keeps the header alive from here on.
  // #endregion
  current_root = this;
}

Root::~Root() {
  others.reset();
  stop_explaining();
  current_root = nullptr;
}

Root* Root::current() noexcept { return current_root; }

void Root::begin_poll() noexcept {
  if (header_->is_notified()) stop_explaining();
  header_->clear_notified();
  if (trace::on()) trace::fact("poll", {{"task", std::uint64_t{1}}});
}

void Root::end_poll(std::string_view done) {
  if (trace::noting()) waits_for_ = trace::take_waiting();
  if (!trace::on()) return;
  if (!done.empty()) {
    trace::fact("done", {{"task", std::uint64_t{1}}, {"how", done}});
  } else {
    trace::fact_pending(1, waits_for_);
  }
}

// #region wait
void Root::wait() {
  do {
    const bool others_ran = give_others_a_turn();
    if (!others_ran && !header_->is_notified()) sleep();
  } while (!is_poll_due());
}

// Somebody has called; or nobody ever will, and the future is polled one last time to hear what it waits for.
bool Root::is_poll_due() const noexcept { return header_->is_notified() || explaining_; }
// #endregion

bool Root::give_others_a_turn() {
  constexpr unsigned turns_between_looks = 61;
  if (++turns_ % turns_between_looks == 0) look_outside();
  if (others == nullptr || !others->run_ready()) return false;
  stop_explaining();
  return true;
}

// Does what is due, without sleeping: tasks that are always ready must not keep timers and descriptors from their turn.
void Root::look_outside() {
  if (park_stack() != nullptr) park_stack()->park(*parker_, no_wait);
}

void Root::sleep() {
  if (is_stuck()) return explaining_ ? give_up() : start_explaining();
  if (others != nullptr && !others->announce_sleep()) return;
  park();
  if (others != nullptr) others->end_sleep();
}

// Until somebody calls. With nothing to do later, only for as long as patience lasts.
void Root::park() {
  if (has_work_ahead()) {
    park_stack()->park(*parker_, never);
    return;
  }
  const Instant last_moment = real_time_from_now(patience);
  parker_->park(last_moment);
  idle_ = real_time_from_now(Duration::zero()) >= last_moment;
}

// Whether a timer is set, or a descriptor waited for, which will end the sleep by itself.
bool Root::has_work_ahead() const noexcept { return park_stack() != nullptr && park_stack()->has_work_ahead(); }

// Nobody holds a waker of the only task; or nothing has come for a while, and there is no thread that it could come
// from.
bool Root::is_stuck() noexcept {
  if (has_work_ahead()) return false;
  if (others == nullptr && header_->is_forgotten() && !header_->is_notified()) return true;
  return idle_ && sync::is_only_thread();
}

// The futures themselves know what they wait for: every task is polled one last time, and its answer noted down.
void Root::start_explaining() noexcept { explaining_ = trace::asked = true; }

void Root::stop_explaining() noexcept { explaining_ = idle_ = trace::asked = false; }

void Root::give_up() {
  std::string report = others == nullptr && header_->is_forgotten()
                           ? "block_on is stuck: its future is Pending, and nobody holds its waker any more."
                           : "block_on is stuck: no task is ready, no timer is armed, and no other thread is there.";
  report += "\n  task 1 (main) waits for " + trace::describe(waits_for_);
  if (others != nullptr) report += others->explain_waiting();
  stop_explaining();
  throw Stuck(report +
              "\n  rule: before Pending, something must keep a copy of the waker and wake it.\n"
              "  read: lessons/02-waker");
}

// The last poll, which nobody has asked for, has found the future ready: so somebody should have.
void Root::report_lost_wakeup() {
  stop_explaining();
  throw Stuck(
      "block_on is stuck: its future could go on, but nobody has woken it. A wake-up was lost.\n"
      "  rule: whoever makes a future ready wakes the waker that its last poll left.\n"
      "  read: lessons/02-waker");
}

}  // namespace kettle
