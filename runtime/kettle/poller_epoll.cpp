// The poller on Linux: epoll, and an eventfd as its bell.
#if defined(__linux__)

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <system_error>

#include "kettle/poller.hpp"

namespace kettle {

namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

void watch(int queue, int fd, std::uint32_t events, void* token) {
  epoll_event event{};
  event.events = events | EPOLLET;
  event.data.ptr = token;
  if (epoll_ctl(queue, EPOLL_CTL_ADD, fd, &event) != 0) fail("watch a descriptor");
}

// Whole milliseconds until `deadline`, rounded up: a sleep is never early.
int milliseconds_until(Instant deadline) noexcept {
  if (deadline == never) return -1;
  if (deadline == no_wait) return 0;
  const Duration left = deadline - Instant(Duration(std::chrono::steady_clock::now().time_since_epoch()));
  const auto rounded = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  return static_cast<int>(std::clamp<long long>(rounded, 0, INT_MAX));
}

}  // namespace

Poller::Poller() : queue_(epoll_create1(EPOLL_CLOEXEC)) {
  if (queue_ < 0) fail("make an epoll");
  bell_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  try {
    if (bell_ < 0) fail("make an eventfd");
    watch(queue_, bell_, EPOLLIN, nullptr);
  } catch (...) {
    close(bell_);
    close(queue_);
    throw;
  }
}

Poller::~Poller() {
  close(bell_);
  close(queue_);
}

void Poller::add(int fd, void* token) { watch(queue_, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP, token); }

void Poller::remove(int fd) noexcept { epoll_ctl(queue_, EPOLL_CTL_DEL, fd, nullptr); }

// #region wait
std::size_t Poller::wait(std::span<IoEvent> events, Instant deadline) noexcept {
  std::array<epoll_event, 256> news;
  const int room = static_cast<int>(std::min(events.size(), news.size()));
  const int count = epoll_wait(queue_, news.data(), room, milliseconds_until(deadline));
  std::size_t told = 0;
  for (int i = 0; i < count; ++i) {
    const epoll_event& each = news[static_cast<std::size_t>(i)];
    if (each.data.ptr == nullptr) continue;  // The bell. It has done its work: we are awake.
    IoEvent& event = events[told++];
    event.token = each.data.ptr;
    event.readable = (each.events & EPOLLIN) != 0;
    event.writable = (each.events & EPOLLOUT) != 0;
    event.no_more_reads = (each.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    event.no_more_writes = (each.events & (EPOLLHUP | EPOLLERR)) != 0;
  }
  return told;
}
// #endregion

// The bell is never read: with an edge-triggered epoll each write is news.
void Poller::interrupt() noexcept { eventfd_write(bell_, 1); }

}  // namespace kettle

#endif
