// Shape: interests in a map by number, pollfds with one entry a descriptor; sleeps on when a signal comes.
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#include <kettle/clock.hpp>
#include <kettle/waker.hpp>

#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace mine {

enum class Direction { read, write };

class Reactor {
 public:
  Reactor() {
    if (pipe(bell_) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    fcntl(bell_[0], F_SETFL, O_NONBLOCK);
    fcntl(bell_[1], F_SETFL, O_NONBLOCK);
  }
  ~Reactor() {
    close(bell_[0]);
    close(bell_[1]);
  }
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  std::uint64_t want(int fd, Direction direction, kettle::Waker waker) {
    interests_.insert_or_assign(++last_, Interest{fd, direction, std::move(waker)});
    return last_;
  }

  bool forget(std::uint64_t number) { return interests_.erase(number) != 0; }

  std::size_t wait(std::optional<kettle::Instant> until) {
    std::map<int, short> asked{{bell_[0], POLLIN}};
    for (const auto& [number, each] : interests_) {
      asked[each.fd] = static_cast<short>(asked[each.fd] | (each.direction == Direction::read ? POLLIN : POLLOUT));
    }
    std::vector<pollfd> polled;
    for (const auto& [fd, events] : asked) polled.push_back({fd, events, 0});
    while (::poll(polled.data(), static_cast<nfds_t>(polled.size()), left(until)) < 0) {
      if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "poll");
    }
    std::map<int, short> news;
    for (const pollfd& each : polled) news[each.fd] = each.revents;
    char bytes[64];
    while (news[bell_[0]] != 0 && ::read(bell_[0], bytes, sizeof bytes) > 0) {
    }
    std::map<std::uint64_t, Interest> woken;
    for (auto next = interests_.begin(); next != interests_.end();) {
      const auto each = next++;
      const int wanted = each->second.direction == Direction::read ? ~POLLOUT : ~POLLIN;
      if ((news[each->second.fd] & wanted) != 0) woken.insert(interests_.extract(each));
    }
    for (const auto& [number, each] : woken) each.waker.wake();
    return woken.size();
  }

  void interrupt() noexcept {
    if (::write(bell_[1], "", 1) != 1) return;
  }

 private:
  struct Interest {
    int fd;
    Direction direction;
    kettle::Waker waker;
  };

  static int left(std::optional<kettle::Instant> until) {
    if (!until) return -1;
    const auto now = kettle::Clock::now();
    if (*until <= now) return 0;
    const auto nanoseconds = (*until - now).count();
    if (nanoseconds / 1'000'000 >= INT_MAX) return INT_MAX;
    return static_cast<int>(nanoseconds / 1'000'000 + (nanoseconds % 1'000'000 != 0 ? 1 : 0));
  }

  int bell_[2] = {-1, -1};
  std::map<std::uint64_t, Interest> interests_;
  std::uint64_t last_ = 0;
};

class [[nodiscard]] Readiness {
 public:
  using Output = void;

  Readiness(Reactor& reactor, int fd, Direction direction) : reactor_(reactor), fd_(fd), direction_(direction) {}
  ~Readiness() { stop(); }
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;

  kettle::Poll<> poll(kettle::Context& context) {
    stop();
    if (is_ready()) return kettle::Ready();
    number_ = reactor_.want(fd_, direction_, context.waker());
    return kettle::pending;
  }

 private:
  void stop() {
    if (number_) reactor_.forget(*std::exchange(number_, std::nullopt));
  }
  bool is_ready() const {
    pollfd now = {fd_, POLLOUT, 0};
    if (direction_ == Direction::read) now.events = POLLIN;
    return ::poll(&now, 1, 0) != 0;
  }

  Reactor& reactor_;
  int fd_;
  Direction direction_;
  std::optional<std::uint64_t> number_;
};

}  // namespace mine
