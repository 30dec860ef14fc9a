// The calls that the linker sends here instead of to the system, and what they are told to do wrong.
#include "faults.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <set>
#include <utility>
#include <vector>

extern "C" {
ssize_t __real_read(int fd, void* buffer, size_t size);
ssize_t __real_write(int fd, const void* buffer, size_t size);
ssize_t __real_writev(int fd, const iovec* parts, int count);
int __real_accept4(int fd, sockaddr* from, socklen_t* size, int flags);
int __real_connect(int fd, const sockaddr* to, socklen_t size);
ssize_t __real_recv(int fd, void* buffer, size_t size, int flags);
ssize_t __real_send(int fd, const void* buffer, size_t size, int flags);
ssize_t __real_recvfrom(int fd, void* buffer, size_t size, int flags, sockaddr* from, socklen_t* from_size);
ssize_t __real_sendto(int fd, const void* buffer, size_t size, int flags, const sockaddr* to, socklen_t to_size);
int __real_epoll_wait(int queue, epoll_event* events, int room, int milliseconds);
int __real_epoll_ctl(int queue, int operation, int fd, epoll_event* event);
int __real_socket(int family, int type, int protocol);
[[gnu::weak]] int __real_pipe(int* ends);  // Not there when pipes are not sent here.
}

namespace faults {

namespace {

constexpr std::uint64_t most_calls = 1'000'000;

constexpr int nobody = 0;
constexpr int attempt = -1;  // A connection that does not stand yet.
constexpr int of_unix = -2;

struct Descriptor {
  int queue = -1;  // The epoll that watches it.
  epoll_event event{};
  int connection = nobody;
};

struct Rate {
  Call call;
  Fault fault;
  unsigned of_thousand;
};

struct State {
  Counts counts;
  std::vector<Descriptor> descriptors = std::vector<Descriptor>(1 << 16);
  std::vector<Rate> rates;
  std::set<int> hit;
  int hits_of_unix = 0;
  int hits_of_attempts = 0;
  std::minstd_rand random;
  std::function<void()> on_silence;
};

State& state() {
  static State only;
  return only;
}

Descriptor* known(int fd) noexcept {
  if (fd < 0 || static_cast<std::size_t>(fd) >= state().descriptors.size()) return nullptr;
  Descriptor& descriptor = state().descriptors[static_cast<std::size_t>(fd)];
  return descriptor.queue >= 0 ? &descriptor : nullptr;
}

// Which faults a call may have, and how often at most.
constexpr Rate possible[] = {
    {Call::read, Fault::interrupted, 100},
    {Call::read, Fault::would_block, 100},
    {Call::read, Fault::short_count, 300},
    {Call::read, Fault::reset, 10},
    {Call::write, Fault::interrupted, 100},
    {Call::write, Fault::would_block, 100},
    {Call::write, Fault::short_count, 300},
    {Call::write, Fault::reset, 10},
    {Call::write, Fault::broken, 10},
    {Call::write, Fault::buffers, 10},
    {Call::writev, Fault::interrupted, 100},
    {Call::writev, Fault::would_block, 100},
    {Call::writev, Fault::short_count, 300},
    {Call::writev, Fault::reset, 10},
    {Call::writev, Fault::broken, 10},
    {Call::accept4, Fault::interrupted, 200},
    {Call::accept4, Fault::would_block, 200},
    {Call::accept4, Fault::aborted, 100},
    {Call::accept4, Fault::aborted_another, 100},
    {Call::accept4, Fault::process_descriptors, 200},
    {Call::accept4, Fault::system_descriptors, 200},
    {Call::accept4, Fault::buffers, 100},
    {Call::accept4, Fault::memory, 100},
    {Call::accept4, Fault::forbidden, 100},
    {Call::connect, Fault::interrupted, 300},
    {Call::connect, Fault::refused, 100},
    {Call::connect, Fault::would_block, 300},
    {Call::recv, Fault::interrupted, 100},
    {Call::recv, Fault::would_block, 100},
    {Call::recv, Fault::short_count, 300},
    {Call::recv, Fault::reset, 10},
    {Call::send, Fault::interrupted, 100},
    {Call::send, Fault::would_block, 100},
    {Call::send, Fault::short_count, 300},
    {Call::send, Fault::reset, 10},
    {Call::send, Fault::broken, 10},
    {Call::send, Fault::buffers, 10},
    {Call::recvfrom, Fault::interrupted, 100},
    {Call::recvfrom, Fault::would_block, 100},
    {Call::recvfrom, Fault::refused, 50},
    {Call::sendto, Fault::interrupted, 100},
    {Call::sendto, Fault::would_block, 100},
    {Call::sendto, Fault::buffers, 100},
    {Call::sendto, Fault::forbidden, 50},
    {Call::epoll_wait, Fault::interrupted, 200},
    {Call::epoll_wait, Fault::nothing, 200},
    {Call::epoll_wait, Fault::short_count, 500},
    {Call::epoll_ctl, Fault::memory, 50},
    {Call::epoll_ctl, Fault::watches, 50},
    {Call::socket, Fault::process_descriptors, 200},
    {Call::socket, Fault::system_descriptors, 200},
    {Call::socket, Fault::buffers, 100},
    {Call::pipe, Fault::process_descriptors, 300},
    {Call::pipe, Fault::system_descriptors, 300},
};

unsigned below(unsigned bound) { return static_cast<unsigned>(state().random()) % bound; }

// Counts a call. The fault it is to have; -1: none.
int next(Call call) {
  State& s = state();
  ++s.counts.all;
  ++s.counts.by_call[static_cast<std::size_t>(call)];
  if (s.counts.all == most_calls && s.on_silence) s.on_silence();
  if (s.counts.all == 2 * most_calls) {
    std::fputs("The runtime spins: the test has made two million system calls.\n", stderr);
    std::abort();
  }
  for (const Rate& rate : s.rates) {
    if (rate.call == call && below(1000) < rate.of_thousand) return static_cast<int>(rate.fault);
  }
  return -1;
}

// Notes that the fault is done.
void injected(Fault fault) noexcept {
  ++state().counts.injected;
  ++state().counts.by_fault[static_cast<std::size_t>(fault)];
}

int number_of(Fault fault) noexcept {
  switch (fault) {
    case Fault::interrupted:
      return EINTR;
    case Fault::would_block:
      return EAGAIN;
    case Fault::reset:
      return ECONNRESET;
    case Fault::broken:
      return EPIPE;
    case Fault::refused:
      return ECONNREFUSED;
    case Fault::aborted:
    case Fault::aborted_another:
      return ECONNABORTED;
    case Fault::process_descriptors:
      return EMFILE;
    case Fault::system_descriptors:
      return ENFILE;
    case Fault::buffers:
      return ENOBUFS;
    case Fault::memory:
      return ENOMEM;
    case Fault::watches:
      return ENOSPC;
    case Fault::forbidden:
      return EPERM;
    default:
      return 0;
  }
}

int fail(Fault fault) noexcept {
  injected(fault);
  errno = number_of(fault);
  return -1;
}

// The system tells once more what is the case.
void tell_anew(int fd) noexcept {
  if (Descriptor* const descriptor = known(fd))
    __real_epoll_ctl(descriptor->queue, EPOLL_CTL_MOD, fd, &descriptor->event);
}

// The connection behind `fd` has ended.
void hit(int fd) {
  const Descriptor* const descriptor = known(fd);
  const int connection = descriptor != nullptr ? descriptor->connection : nobody;
  if (connection > 0) state().hit.insert(connection);
  state().hits_of_attempts += connection == attempt;
  state().hits_of_unix += connection == of_unix;
}

bool ends_connection(Fault fault) noexcept {
  return fault == Fault::reset || fault == Fault::broken || fault == Fault::refused || fault == Fault::buffers;
}

// What a call has brought.
template <class T>
T noted(T returned) noexcept {
  Counts& counts = state().counts;
  if (returned >= 0) {
    ++counts.fruitful;
  } else {
    counts.fruitless += errno == EAGAIN;
    ++counts.by_error[static_cast<std::size_t>(errno)];
  }
  return returned;
}

// A read or a write of `size` bytes; `call` moves as many as it is told.
template <class Transfer>
ssize_t transfer(Call call, int fd, size_t size, Transfer transfer) {
  if (known(fd) == nullptr) return transfer(size);  // Not the runtime's.
  const int chosen = next(call);
  if (chosen < 0) return noted(transfer(size));
  const Fault fault = static_cast<Fault>(chosen);
  if (fault == Fault::short_count) {
    const size_t some = size > 1 ? 1 + below(static_cast<unsigned>(size - 1)) : size;
    const ssize_t moved = noted(transfer(some));
    if (moved < 0) return moved;
    injected(fault);
    tell_anew(fd);
    return moved;
  }
  if (fault == Fault::would_block) tell_anew(fd);
  if (ends_connection(fault)) {
    hit(fd);
    ::shutdown(fd, SHUT_RDWR);
  }
  return fail(fault);
}

int port_of(const sockaddr_storage& address) noexcept {
  if (address.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
  if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  return of_unix;
}

void learn(int fd, int connection) noexcept {
  if (fd >= 0 && static_cast<std::size_t>(fd) < state().descriptors.size()) {
    state().descriptors[static_cast<std::size_t>(fd)].connection = connection;
  }
}

}  // namespace

const char* name_of(Fault fault) noexcept {
  constexpr const char* names[] = {"EINTR",        "EAGAIN",       "less than possible",
                                   "no news",      "ECONNRESET",   "EPIPE",
                                   "ECONNREFUSED", "ECONNABORTED", "ECONNABORTED of another",
                                   "EMFILE",       "ENFILE",       "ENOBUFS",
                                   "ENOMEM",       "ENOSPC",       "EPERM"};
  return names[static_cast<std::size_t>(fault)];
}

void start_counting() noexcept {
  State& s = state();
  s.counts = Counts();
  s.rates.clear();
  s.hit.clear();
  s.hits_of_unix = s.hits_of_attempts = 0;
  s.on_silence = nullptr;
}

void start(std::uint32_t seed) {
  start_counting();
  state().random.seed(seed + 1);
  for (int i = 0; i < 8; ++i) state().random();
  // Half of the kinds are at work, each at an eighth to the whole of its rate.
  for (const Rate& rate : possible) {
    if (below(2) == 0) continue;
    const unsigned eighths = 1 + below(8);
    state().rates.push_back({rate.call, rate.fault, std::max(1U, rate.of_thousand * eighths / 8)});
  }
  std::shuffle(state().rates.begin(), state().rates.end(), state().random);
}

void stop() noexcept { state().rates.clear(); }

const Counts& counts() noexcept { return state().counts; }

bool was_hit(int connection) noexcept { return state().hit.contains(connection); }

void call_it(int fd, int connection) noexcept { learn(fd, connection); }

int hits_without_number() noexcept { return state().hits_of_unix; }
int hits_of_attempts() noexcept { return state().hits_of_attempts; }

void on_silence(std::function<void()> call) { state().on_silence = std::move(call); }

}  // namespace faults

using faults::Call;
using faults::Fault;

extern "C" {

ssize_t __wrap_read(int fd, void* buffer, size_t size) {
  return faults::transfer(Call::read, fd, size, [=](size_t most) { return __real_read(fd, buffer, most); });
}

ssize_t __wrap_write(int fd, const void* buffer, size_t size) {
  return faults::transfer(Call::write, fd, size, [=](size_t most) { return __real_write(fd, buffer, most); });
}

ssize_t __wrap_writev(int fd, const iovec* parts, int count) {
  std::vector<iovec> some(parts, parts + count);
  size_t size = 0;
  for (const iovec& part : some) size += part.iov_len;
  return faults::transfer(Call::writev, fd, size, [&](size_t most) {
    for (iovec& part : some) {
      part.iov_len = std::min(part.iov_len, most);
      most -= part.iov_len;
    }
    return __real_writev(fd, some.data(), count);
  });
}

int __wrap_accept4(int fd, sockaddr* from, socklen_t* size, int flags) {
  const int chosen = faults::next(Call::accept4);
  const auto fault = static_cast<Fault>(chosen);
  if (fault == Fault::would_block) faults::tell_anew(fd);
  if (chosen >= 0 && fault != Fault::aborted) return faults::fail(fault);
  const int accepted = faults::noted(__real_accept4(fd, from, size, flags));
  if (accepted < 0) return accepted;
  faults::learn(accepted, faults::port_of(reinterpret_cast<const sockaddr_storage&>(*from)));
  if (chosen < 0) return accepted;
  faults::State& s = faults::state();
  const int connection = s.descriptors[static_cast<std::size_t>(accepted)].connection;
  if (connection > 0) s.hit.insert(connection);
  s.hits_of_unix += connection == faults::of_unix;
  close(accepted);
  return faults::fail(fault);
}

int __wrap_connect(int fd, const sockaddr* to, socklen_t size) {
  const int chosen = faults::next(Call::connect);
  const auto fault = static_cast<Fault>(chosen);
  const bool is_unix = to->sa_family == AF_UNIX;
  faults::learn(fd, is_unix ? faults::of_unix : faults::attempt);
  if (chosen >= 0 && (fault == Fault::refused || is_unix)) {
    if (fault == Fault::refused) ++(is_unix ? faults::state().hits_of_unix : faults::state().hits_of_attempts);
    return faults::fail(fault);
  }
  const int connected = faults::noted(__real_connect(fd, to, size));
  // A connect that is interrupted goes on by itself.
  if (fault == Fault::interrupted && (connected == 0 || errno == EINPROGRESS)) return faults::fail(fault);
  return connected;
}

ssize_t __wrap_recv(int fd, void* buffer, size_t size, int flags) {
  return faults::transfer(Call::recv, fd, size, [=](size_t most) { return __real_recv(fd, buffer, most, flags); });
}

ssize_t __wrap_send(int fd, const void* buffer, size_t size, int flags) {
  return faults::transfer(Call::send, fd, size, [=](size_t most) { return __real_send(fd, buffer, most, flags); });
}

ssize_t __wrap_recvfrom(int fd, void* buffer, size_t size, int flags, sockaddr* from, socklen_t* from_size) {
  const int chosen = faults::next(Call::recvfrom);
  if (static_cast<Fault>(chosen) == Fault::would_block) faults::tell_anew(fd);
  if (chosen >= 0) return faults::fail(static_cast<Fault>(chosen));
  return faults::noted(__real_recvfrom(fd, buffer, size, flags, from, from_size));
}

ssize_t __wrap_sendto(int fd, const void* buffer, size_t size, int flags, const sockaddr* to, socklen_t to_size) {
  const int chosen = faults::next(Call::sendto);
  if (static_cast<Fault>(chosen) == Fault::would_block) faults::tell_anew(fd);
  if (chosen >= 0) return faults::fail(static_cast<Fault>(chosen));
  return faults::noted(__real_sendto(fd, buffer, size, flags, to, to_size));
}

int __wrap_epoll_wait(int queue, epoll_event* events, int room, int milliseconds) {
  constexpr int longest = 5000;
  const int chosen = faults::next(Call::epoll_wait);
  const auto fault = static_cast<Fault>(chosen);
  if (fault == Fault::interrupted) return faults::fail(fault);
  if (fault == Fault::nothing) {
    faults::injected(fault);
    return 0;
  }
  if (fault == Fault::short_count && room > 1) {
    faults::injected(fault);
    room = 1;
  }
  const bool is_for_ever = milliseconds < 0 || milliseconds > longest;
  const int count = __real_epoll_wait(queue, events, room, is_for_ever ? longest : milliseconds);
  ++(count > 0 ? faults::state().counts.fruitful : faults::state().counts.fruitless);
  if (count < 0) ++faults::state().counts.by_error[static_cast<std::size_t>(errno)];
  if (count == 0 && is_for_ever && faults::state().on_silence) faults::state().on_silence();
  return count;
}

int __wrap_epoll_ctl(int queue, int operation, int fd, epoll_event* event) {
  const int chosen = faults::next(Call::epoll_ctl);
  if (operation == EPOLL_CTL_DEL) {
    faults::state().descriptors[static_cast<std::size_t>(fd)] = {};
    return __real_epoll_ctl(queue, operation, fd, event);
  }
  faults::Descriptor& descriptor = faults::state().descriptors[static_cast<std::size_t>(fd)];
  descriptor.queue = queue;
  descriptor.event = *event;
  const int returned = chosen < 0 ? __real_epoll_ctl(queue, operation, fd, event) : -1;
  if (chosen >= 0) {
    faults::hit(fd);
    faults::fail(static_cast<Fault>(chosen));
  }
  if (returned != 0) descriptor = {};
  return returned;
}

int __wrap_socket(int family, int type, int protocol) {
  const int chosen = faults::next(Call::socket);
  if (chosen >= 0) return faults::fail(static_cast<Fault>(chosen));
  const int fd = __real_socket(family, type, protocol);
  faults::learn(fd, faults::nobody);
  return fd;
}

int __wrap_pipe(int* ends) {
  const int chosen = faults::next(Call::pipe);
  if (chosen >= 0) return faults::fail(static_cast<Fault>(chosen));
  const int returned = __real_pipe(ends);
  for (int end = 0; end < 2 && returned == 0; ++end) faults::learn(ends[end], faults::nobody);
  return returned;
}

}  // extern "C"
