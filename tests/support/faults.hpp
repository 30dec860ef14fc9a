#pragma once
// Faults: the seam between the runtime and the system, for tests alone. The linker sends the system calls of a test
// executable through here (tests/CMakeLists.txt, --wrap): each is counted, and some fail by chance, from a seed.
//
// What is made up is what could be true. A call that says "would block" although it would not, or that moves less than
// it could, is followed by news of the descriptor, as it is when the system does such a thing; a connection that was
// "reset" is really shut down. For one thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace faults {

/// The system calls that go through the seam.
enum class Call {
  read,
  write,
  writev,
  accept4,
  connect,
  recv,
  send,
  recvfrom,
  sendto,
  epoll_wait,
  epoll_ctl,
  socket,
  pipe,
};
inline constexpr std::size_t calls = 13;

/// What can go wrong.
enum class Fault {
  interrupted,          // EINTR
  would_block,          // EAGAIN, although it would not
  short_count,          // fewer bytes, or fewer events, than there could be
  nothing,              // epoll_wait returns without news
  reset,                // ECONNRESET
  broken,               // EPIPE
  refused,              // ECONNREFUSED
  aborted,              // ECONNABORTED: accept, and the connection is gone
  aborted_another,      // ECONNABORTED: accept, and it was none of ours
  process_descriptors,  // EMFILE
  system_descriptors,   // ENFILE
  buffers,              // ENOBUFS
  memory,               // ENOMEM
  watches,              // ENOSPC: epoll_ctl
  forbidden,            // EPERM: accept, sendto
};
inline constexpr std::size_t kinds = 15;
const char* name_of(Fault fault) noexcept;

/// What the seam has seen since start().
struct Counts {
  std::array<std::uint64_t, calls> by_call{};
  std::array<std::uint64_t, kinds> by_fault{};
  std::array<std::uint64_t, 256> by_error{};  ///< What the system itself has answered, by errno.
  std::uint64_t all = 0;                      ///< Calls.
  std::uint64_t injected = 0;                 ///< Calls that were given a fault.
  std::uint64_t fruitful = 0;                 ///< Calls that moved something, and waits that brought news.
  std::uint64_t fruitless = 0;  ///< Calls that the system itself answered with "would block", and waits without news.
  std::uint64_t of(Call call) const noexcept { return by_call[static_cast<std::size_t>(call)]; }
  std::uint64_t of(Fault fault) const noexcept { return by_fault[static_cast<std::size_t>(fault)]; }
};

/// Counts from zero, with no faults.
void start_counting() noexcept;

/// Counts from zero, with the faults of `seed`: some of the kinds, each with a rate of its own.
void start(std::uint32_t seed);

/// No more faults. The counts stay.
void stop() noexcept;

const Counts& counts() noexcept;

/// Whether a connection was given a fault that ends it, at either end: by the port of its client, or by the number that
/// call_it() gave to its two descriptors.
bool was_hit(int connection) noexcept;
void call_it(int fd, int connection) noexcept;

/// How many faults have ended a connection of the Unix kind that nobody has numbered, and an attempt to connect.
int hits_without_number() noexcept;
int hits_of_attempts() noexcept;

/// Called when a thread has slept for five seconds and nothing at all has happened, or after a million calls. After two
/// million the process is aborted: whoever makes them listens to nobody.
void on_silence(std::function<void()> call);

}  // namespace faults
