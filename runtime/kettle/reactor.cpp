// Registering, sleeping in the poller, and passing on what it tells.
#include "kettle/reactor.hpp"

#include <array>
#include <csignal>
#include <utility>

#include "kettle/misuse.hpp"
#include "kettle/trace.hpp"

namespace kettle {

namespace {

void ignore_broken_pipes() noexcept {
  struct sigaction now{};
  if (sigaction(SIGPIPE, nullptr, &now) == 0 && now.sa_handler == SIG_DFL) std::signal(SIGPIPE, SIG_IGN);
}

std::uint64_t traced(int fd) noexcept { return static_cast<std::uint64_t>(fd); }

}  // namespace

IoSource::IoSource(int fd, std::string name, bool is_writable)
    : fd_(fd), reactor_(&Reactor::current()), name_(std::move(name)) {
  side(Direction::write).is_ready = is_writable;  // Before it is registered: from then on the poller has the word.
  reactor_->poller_->add(fd_, this);
  reactor_->sources_.push_back(*this);
  if (trace::on()) trace::fact("fd_add", {{"fd", traced(fd_)}, {"what", std::string_view(name_)}});
}

// A future that still waits is left without a descriptor, and told.
IoSource::~IoSource() {
  Waker wakers[] = {Waker::noop(), Waker::noop()};
  for (const Direction direction : {Direction::read, Direction::write}) {
    Side& here = side(direction);
    if (here.waiter == nullptr) continue;
    here.waiter->source_ = nullptr;
    std::swap(wakers[static_cast<std::size_t>(direction)], here.waker);
    leave(direction);
  }
  if (reactor_ != nullptr) reactor_->poller_->remove(fd_);
  unlink();
  if (trace::on()) trace::fact("fd_del", {{"fd", traced(fd_)}, {"what", std::string_view(name_)}});
  for (const Waker& waker : wakers) waker.wake();
}

void IoSource::wait(Direction direction, IoWaiter& waiter, const Waker& waker) {
  Side& here = side(direction);
  if (here.waiter != nullptr && here.waiter != &waiter) {
    misuse("Two futures wait for one descriptor, in the same direction.",
           "one task reads a descriptor, and one task writes it.", "09-reactor");
  }
  here.waiter = &waiter;
  if (!std::exchange(here.is_waited_for, true) && reactor_ != nullptr) ++reactor_->waiting_;
  if (!here.waker.will_wake(waker)) here.waker = waker;
}

void IoSource::leave(Direction direction) noexcept {
  Side& here = side(direction);
  here.waiter = nullptr;
  here.waker = Waker::noop();
  if (std::exchange(here.is_waited_for, false) && reactor_ != nullptr) --reactor_->waiting_;
}

Reactor& Reactor::current() {
  static thread_local Reactor reactor;
  return reactor;
}

Reactor::Reactor() : poller_(std::make_shared<Poller>()) {
  ignore_broken_pipes();
  put_at_bottom();
}

Reactor::~Reactor() {
  take_out();
  while (IoSource* const source = sources_.pop_front()) source->reactor_ = nullptr;
}

// #region park
bool Reactor::park(Parker& parker, Instant deadline) {
  std::array<IoEvent, 256> events;
  if (!parker.go_to(poller_)) deadline = no_wait;  // Somebody has called: look, do not sleep.
  const std::size_t count = poller_->wait(events, deadline);
  parker.come_back();

  // First all the news is noted down, then tasks are woken: what a wake-up runs may destroy sources.
  for (std::size_t i = 0; i < count; ++i) note(events[i]);
  bool woke = false;
  while (IoSource* const source = told_.pop_front()) {
    sources_.push_back(*source);
    woke |= wake_waiters(*source);
  }
  return woke;
}
// #endregion

// #region note
void Reactor::note(const IoEvent& event) noexcept {
  IoSource& source = *static_cast<IoSource*>(event.token);
  IoSource::Side& read = source.side(Direction::read);
  IoSource::Side& write = source.side(Direction::write);
  read.is_ready |= event.readable || event.no_more_reads;
  read.is_closed |= event.no_more_reads;
  write.is_ready |= event.writable || event.no_more_writes;
  write.is_closed |= event.no_more_writes;
  source.unlink();
  told_.push_back(source);
}
// #endregion

bool Reactor::wake_waiters(IoSource& source) noexcept {
  const trace::Acting telling({"fd", traced(source.fd_)});
  Waker wakers[] = {Waker::noop(), Waker::noop()};
  bool woke = false;
  for (const Direction direction : {Direction::read, Direction::write}) {
    IoSource::Side& side = source.side(direction);
    if (!side.is_waited_for || !side.is_ready) continue;
    if (trace::on()) {
      const std::string_view what = direction == Direction::read ? "readable" : "writable";
      trace::fact("fd_ready", {{"fd", traced(source.fd_)}, {"what", what}});
    }
    std::swap(wakers[static_cast<std::size_t>(direction)], side.waker);
    side.is_waited_for = false;
    --waiting_;
    woke = true;
  }
  for (const Waker& waker : wakers) waker.wake();  // Both are out: from here on the source may be gone.
  return woke;
}

}  // namespace kettle
