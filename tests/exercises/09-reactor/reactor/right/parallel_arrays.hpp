// Shape: the pollfds are kept from wait to wait, with the bell in front; the wakers stand beside them.
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

class Reactor {
 public:
  Reactor() {
    int ends[2];
    if (pipe(ends) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    polled_.push_back({ends[0], POLLIN, 0});
    owners_.push_back({0, kettle::Waker::noop()});
    ringer_ = ends[1];
  }
  ~Reactor() {
    close(polled_[0].fd);
    close(ringer_);
  }
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  std::uint64_t want(int fd, Direction direction, kettle::Waker waker) {
    polled_.push_back({fd, direction == Direction::read ? short{POLLIN} : short{POLLOUT}, 0});
    owners_.push_back({++last_number_, std::move(waker)});
    return last_number_;
  }

  bool forget(std::uint64_t number) {
    for (std::size_t i = 1; i < owners_.size(); ++i) {
      if (owners_[i].number != number) continue;
      take_out(i);
      return true;
    }
    return false;
  }

  std::size_t wait(std::optional<kettle::Instant> until) {
    int timeout = -1;
    if (until && *until != kettle::never) {
      const auto left = std::max(*until, kettle::Clock::now()) - kettle::Clock::now();
      const auto most = std::chrono::milliseconds(INT_MAX);
      timeout = static_cast<int>(
          std::min<std::chrono::milliseconds>(std::chrono::ceil<std::chrono::milliseconds>(left), most).count());
    }
    const int count = ::poll(polled_.data(), static_cast<nfds_t>(polled_.size()), timeout);
    if (count < 0) return 0;
    char bytes[1024];
    while (::read(polled_[0].fd, bytes, sizeof bytes) > 0) {
    }
    std::vector<kettle::Waker> wakers;
    for (std::size_t i = polled_.size(); --i > 0;) {
      if (polled_[i].revents == 0) continue;
      wakers.push_back(owners_[i].waker);
      take_out(i);
    }
    for (const kettle::Waker& waker : wakers) waker.wake();
    return wakers.size();
  }

  void interrupt() noexcept { [[maybe_unused]] const auto written = ::write(ringer_, "!", 1); }

 private:
  struct Owner {
    std::uint64_t number;
    kettle::Waker waker;
  };

  void take_out(std::size_t index) {
    polled_.erase(polled_.begin() + static_cast<std::ptrdiff_t>(index));
    owners_.erase(owners_.begin() + static_cast<std::ptrdiff_t>(index));
  }

  std::vector<pollfd> polled_;
  std::vector<Owner> owners_;
  int ringer_ = -1;
  std::uint64_t last_number_ = 0;
};

class [[nodiscard]] Readiness {
 public:
  using Output = void;

  Readiness(Reactor& reactor, int fd, Direction direction) : reactor_(reactor), fd_(fd), direction_(direction) {}
  ~Readiness() { reactor_.forget(number_); }
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;

  kettle::Poll<> poll(kettle::Context& context) {
    // First the interest, then the look: nothing can come in between.
    reactor_.forget(number_);
    number_ = reactor_.want(fd_, direction_, context.waker());
    pollfd now = {fd_, direction_ == Direction::read ? short{POLLIN} : short{POLLOUT}, 0};
    if (::poll(&now, 1, 0) <= 0) return kettle::pending;
    reactor_.forget(number_);
    return kettle::Ready();
  }

 private:
  Reactor& reactor_;
  int fd_;
  Direction direction_;
  std::uint64_t number_ = 0;
};

}  // namespace mine
