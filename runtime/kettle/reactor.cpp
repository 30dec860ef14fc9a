// Registering, sleeping in the poller, and passing on what it tells.
#include "kettle/reactor.hpp"

#include <array>
#include <csignal>
#include <system_error>
#include <utility>

#include "kettle/misuse.hpp"
#include "kettle/trace.hpp"

namespace kettle {

namespace {

constexpr std::size_t most_news = 256;  // In one look. There may be more: then the next one brings it.

// The one that current() has made on this thread.
constinit thread_local Reactor* current_reactor = nullptr;

void ignore_broken_pipes() noexcept {
  struct sigaction now{};
  if (sigaction(SIGPIPE, nullptr, &now) == 0 && now.sa_handler == SIG_DFL) std::signal(SIGPIPE, SIG_IGN);
}

std::uint64_t traced(int fd) noexcept { return static_cast<std::uint64_t>(fd); }

}  // namespace

IoSource::IoSource(int fd, std::string name, bool is_writable)
    : fd_(fd), reactor_(&Reactor::current()), name_(std::move(name)) {
  side(Direction::write).is_ready = is_writable;  // Before it is registered: from then on the poller has the word.
  try {
    reactor_->poller_->add(fd_, this);
  } catch (const std::system_error& error) {
    throw std::system_error(error.code(), "watch " + name_);
  }
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
  if (reactor_ == nullptr || reactor_ != current_reactor) {
    misuse("A descriptor is waited for on another thread than the one that has made it.",
           "a descriptor is registered with one thread's reactor, and that thread reads and writes it.", "09-reactor");
  }
  Side& here = side(direction);
  if (here.waiter != nullptr && here.waiter != &waiter) {
    misuse("Two futures wait for one descriptor, in the same direction.",
           "one task reads a descriptor, and one task writes it.", "09-reactor");
  }
  here.waiter = &waiter;
  if (!std::exchange(here.is_waited_for, true)) ++reactor_->waiting_;
  if (!here.waker.will_wake(waker)) here.waker = waker;
}

void IoSource::leave(Direction direction) noexcept {
  Side& here = side(direction);
  here.waiter = nullptr;
  if (!std::exchange(here.is_waited_for, false)) return;  // Woken: the waker has gone then.
  if (reactor_ != nullptr) --reactor_->waiting_;
  here.waker = Waker::noop();
}

Reactor& Reactor::current() {
  if (current_reactor == nullptr) {
    static thread_local Reactor reactor;
    current_reactor = &reactor;
  }
  return *current_reactor;
}

Reactor::Reactor() : poller_(std::make_shared<Poller>()) {
  called_.reserve(2 * most_news);
  ignore_broken_pipes();
  put_at_bottom();
}

Reactor::~Reactor() {
  if (current_reactor == this) current_reactor = nullptr;
  take_out();
  while (IoSource* const source = sources_.pop_front()) source->reactor_ = nullptr;
}

// #region park
bool Reactor::park(Parker& parker, Instant deadline) {
  std::array<IoEvent, most_news> events;
  if (!parker.go_to(poller_)) deadline = no_wait;  // Somebody has called: look, do not sleep.
  const std::size_t count = poller_->wait(events, deadline);
  parker.come_back();

  // First all the news is noted down, then tasks are woken: what a wake-up runs may destroy sources.
  for (std::size_t i = 0; i < count; ++i) note(events[i]);
  return wake_called();
}
// #endregion

// #region note
void Reactor::note(const IoEvent& event) {
  IoSource& source = *static_cast<IoSource*>(event.token);
  note(source, Direction::read, event.readable, event.no_more_reads);
  note(source, Direction::write, event.writable, event.no_more_writes);
}

void Reactor::note(IoSource& source, Direction direction, bool is_ready, bool is_closed) {
  IoSource::Side& side = source.side(direction);
  side.is_closed |= is_closed;
  side.is_ready |= is_ready || is_closed;
  if (!side.is_ready || !side.is_waited_for) return;
  side.is_waited_for = false;
  --waiting_;
  called_.push_back({std::move(side.waker), source.fd_, direction});
}
// #endregion

// By now their sources may be gone, so what is needed of them has been copied.
bool Reactor::wake_called() noexcept {
  for (Called& each : called_) {
    const trace::Acting telling({"fd", traced(each.fd)});
    if (trace::on()) {
      const std::string_view what = each.direction == Direction::read ? "readable" : "writable";
      trace::fact("fd_ready", {{"fd", traced(each.fd)}, {"what", what}});
    }
    const Waker waker = std::move(each.waker);
    waker.wake();
  }
  const bool woke = !called_.empty();
  called_.clear();
  return woke;
}

}  // namespace kettle
