// Mistake: wakes each one at once, and takes it out when it is back.
// Kind: lost wake-up
// Fails: wait wakes whose descriptor is ready in their direction, and nobody else
// Fails: what is woken may call want, forget and interrupt, and nothing is lost
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#include <kettle/clock.hpp>
#include <kettle/waker.hpp>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace mine {

enum class Direction { read, write };

/// Who is to be woken when a descriptor is ready. For one thread; interrupt() may come from any.
class Reactor {
 public:
  /// Throws std::system_error when there is no descriptor left.
  Reactor() {
    int ends[2];
    if (pipe(ends) != 0) throw std::system_error(errno, std::generic_category(), "make a bell");
    for (const int end : ends) fcntl(end, F_SETFL, O_NONBLOCK);
    bell_ = ends[0];
    ringer_ = ends[1];
  }
  ~Reactor() {
    close(bell_);
    close(ringer_);
  }
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  /// Wakes `waker` once when `fd` is ready in `direction`. Returns the interest's number, which is never 0 and never
  /// given twice.
  std::uint64_t want(int fd, Direction direction, kettle::Waker waker) {
    interests_.push_back({++last_number_, fd, direction, std::move(waker)});
    return last_number_;
  }

  /// Takes an interest out, without waking. False when it was woken, was forgotten, or never was.
  bool forget(std::uint64_t number) {
    return std::erase_if(interests_, [number](const Interest& each) { return each.number == number; }) != 0;
  }

  /// Sleeps until something is ready, until the deadline, or until interrupt(). Wakes all that are ready, and returns
  /// how many. May also return for no reason.
  std::size_t wait(std::optional<kettle::Instant> until) {
    std::vector<pollfd> polled;
    for (const Interest& each : interests_) polled.push_back({each.fd, events_for(each.direction), 0});
    polled.push_back({bell_, POLLIN, 0});
    if (::poll(polled.data(), static_cast<nfds_t>(polled.size()), timeout(until)) <= 0) return 0;
    if (polled.back().revents != 0) empty_bell();

    std::size_t woken = 0;
    for (const pollfd& each : polled) {
      const auto found = std::find_if(interests_.begin(), interests_.end(), [&each](const Interest& interest) {
        return interest.fd == each.fd && events_for(interest.direction) == each.events;
      });
      if (each.revents == 0 || found == interests_.end()) continue;
      const kettle::Waker waker = found->waker;
      waker.wake();
      forget_all(each.fd, each.events);
      ++woken;
    }
    return woken;
  }

  /// Ends the current wait(), or lets the next one return at once. From any thread.
  void interrupt() noexcept {
    const char byte = 0;
    [[maybe_unused]] const auto written = ::write(ringer_, &byte, 1);  // A full pipe is ringing already.
  }

 private:
  struct Interest {
    std::uint64_t number;
    int fd;
    Direction direction;
    kettle::Waker waker;
  };

  static short events_for(Direction direction) { return direction == Direction::read ? POLLIN : POLLOUT; }

  void forget_all(int fd, short events) {
    std::erase_if(interests_,
                  [fd, events](const Interest& each) { return each.fd == fd && events_for(each.direction) == events; });
  }

  static int timeout(std::optional<kettle::Instant> until) {
    if (!until || *until == kettle::never) return -1;
    const kettle::Instant now = kettle::Clock::now();
    if (*until <= now) return 0;
    const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(*until - now).count();
    return static_cast<int>(std::min<std::int64_t>(milliseconds, INT_MAX));
  }

  void empty_bell() const {
    char bytes[256];
    while (::read(bell_, bytes, sizeof bytes) > 0) {
    }
  }

  int bell_ = -1;
  int ringer_ = -1;
  std::vector<Interest> interests_;
  std::uint64_t last_number_ = 0;
};

/// A future that is Ready when a descriptor is. The reactor must outlive it.
class [[nodiscard]] Readiness {
 public:
  using Output = void;

  Readiness(Reactor& reactor, int fd, Direction direction) : reactor_(reactor), fd_(fd), direction_(direction) {}
  ~Readiness() { reactor_.forget(number_); }
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;

  kettle::Poll<> poll(kettle::Context& context) {
    reactor_.forget(number_);  // Its waker may be another task's.
    pollfd now = {fd_, static_cast<short>(direction_ == Direction::read ? POLLIN : POLLOUT), 0};
    if (::poll(&now, 1, 0) > 0) return kettle::Ready();
    number_ = reactor_.want(fd_, direction_, context.waker());
    return kettle::pending;
  }

 private:
  Reactor& reactor_;
  int fd_;
  Direction direction_;
  std::uint64_t number_ = 0;  // Of its interest; 0 is nobody's.
};

}  // namespace mine
