// The part of block_on that needs no template: its header, its sleep, and its reports.
#include "kettle/block_on.hpp"

#include "kettle/park.hpp"

namespace kettle {

namespace {
constinit thread_local bool inside_block_on = false;
}  // namespace

// #region header
// On the heap and counted, because a waker may outlive the block_on that it was made for; and the parker lives
// here, so that such a late wake-up still finds one.
class Root::Header final : public Wakeable {
 public:
  Parker parker;

 private:
  void schedule() noexcept override {
    if (trace::on()) trace::fact("wake", {{"task", std::uint64_t{1}}, {"by", trace::actor()}});
    parker.unpark();
  }
};
// #endregion

Root::Root() : waker_(Waker::noop()) {
  if (inside_block_on) {
    misuse("block_on was called inside a block_on.",
           "a task never blocks its thread: co_await the future (or poll it) instead.", "02-waker");
  }
  // #region owner
  header_ = new Header;
  waker_ = Waker(*header_);
  header_->release();  // waker_ keeps the header alive from here on.
  // #endregion
  inside_block_on = true;
}

Root::~Root() { inside_block_on = false; }

void Root::begin_poll() noexcept {
  header_->clear_notified();
  if (trace::on()) trace::fact("poll", {{"task", std::uint64_t{1}}});
}

void Root::end_poll(std::string_view done) {
  if (!trace::on()) return;
  trace::Waiting& waiting = trace::waiting();
  if (!done.empty()) {
    trace::fact("done", {{"task", std::uint64_t{1}}, {"how", done}});
  } else if (waiting.has_at) {
    trace::fact("pending", {{"task", std::uint64_t{1}}, {"on", waiting.on}, {"at", waiting.at}});
  } else {
    trace::fact("pending", {{"task", std::uint64_t{1}}, {"on", waiting.on}});
  }
  waiting = {};
}

// #region wait
void Root::wait() {
  while (!header_->is_notified()) {
    ParkLayer* const layers = park_stack();
    const bool forgotten = header_->is_forgotten() && !header_->is_notified();
    if (forgotten && (layers == nullptr || !layers->has_work_ahead())) {
      throw Stuck(
          "block_on is stuck: its future is Pending, and nobody holds its waker any more.\n"
          "  rule: before a future returns Pending, something must keep a copy of the waker and wake it.\n"
          "  read: lessons/02-waker");
    }
    if (layers != nullptr) {
      layers->park(header_->parker, never);
    } else {
      header_->parker.park();
    }
  }
}
// #endregion

}  // namespace kettle
