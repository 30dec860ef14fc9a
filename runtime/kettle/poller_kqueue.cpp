// The poller on macOS and the BSDs: kqueue, which has reading and writing as two entries and can ring itself.
// Written from the manual pages, and not yet run by the project's own tests: they run on Linux.
#if !defined(__linux__)

#include <sys/event.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <system_error>

#include "kettle/poller.hpp"

namespace kettle {

namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

constexpr std::uintptr_t bell_number = 1;

struct kevent entry(std::uintptr_t number, short filter, unsigned short flags, unsigned int more, void* token) {
  struct kevent change;
  EV_SET(&change, number, filter, flags, more, 0, token);
  return change;
}

timespec time_until(Instant deadline) noexcept {
  timespec time{};
  if (deadline == no_wait) return time;
  const Duration left = deadline - Instant(Duration(std::chrono::steady_clock::now().time_since_epoch()));
  const auto nanoseconds = std::max<Duration::rep>(left.count(), 0);
  time.tv_sec = static_cast<time_t>(nanoseconds / 1'000'000'000);
  time.tv_nsec = static_cast<long>(nanoseconds % 1'000'000'000);
  return time;
}

}  // namespace

Poller::Poller() : queue_(kqueue()) {
  if (queue_ < 0) fail("make a kqueue");
  const struct kevent bell = entry(bell_number, EVFILT_USER, EV_ADD | EV_CLEAR, 0, nullptr);
  if (kevent(queue_, &bell, 1, nullptr, 0, nullptr) == 0) return;
  close(queue_);
  fail("add a bell to a kqueue");
}

Poller::~Poller() { close(queue_); }

void Poller::add(int fd, void* token) {
  const auto number = static_cast<std::uintptr_t>(fd);
  const struct kevent changes[] = {entry(number, EVFILT_READ, EV_ADD | EV_CLEAR, 0, token),
                                   entry(number, EVFILT_WRITE, EV_ADD | EV_CLEAR, 0, token)};
  // One end of a pipe can be read or written, not both: one of the two may be refused.
  const bool can_be_read = kevent(queue_, &changes[0], 1, nullptr, 0, nullptr) == 0;
  const bool can_be_written = kevent(queue_, &changes[1], 1, nullptr, 0, nullptr) == 0;
  if (!can_be_read && !can_be_written) fail("watch a descriptor");
}

void Poller::remove(int fd) noexcept {
  const auto number = static_cast<std::uintptr_t>(fd);
  for (const short filter : {short{EVFILT_READ}, short{EVFILT_WRITE}}) {
    const struct kevent change = entry(number, filter, EV_DELETE, 0, nullptr);
    kevent(queue_, &change, 1, nullptr, 0, nullptr);
  }
}

std::size_t Poller::wait(std::span<IoEvent> events, Instant deadline) noexcept {
  std::array<struct kevent, 256> news;
  const timespec time = time_until(deadline);
  const int room = static_cast<int>(std::min(events.size(), news.size()));
  const int count = kevent(queue_, nullptr, 0, news.data(), room, deadline == never ? nullptr : &time);
  std::size_t told = 0;
  for (int i = 0; i < count; ++i) {
    const struct kevent& each = news[static_cast<std::size_t>(i)];
    if (each.udata == nullptr) continue;  // The bell.
    IoEvent& event = events[told++];
    event = IoEvent();
    event.token = each.udata;
    const bool has_ended = (each.flags & (EV_EOF | EV_ERROR)) != 0;
    if (each.filter == EVFILT_READ) {
      event.readable = true;
      event.no_more_reads = has_ended;
    } else {
      event.writable = true;
      event.no_more_writes = has_ended;
    }
  }
  return told;
}

void Poller::interrupt() noexcept {
  const struct kevent ring = entry(bell_number, EVFILT_USER, 0, NOTE_TRIGGER, nullptr);
  kevent(queue_, &ring, 1, nullptr, 0, nullptr);
}

}  // namespace kettle

#endif
