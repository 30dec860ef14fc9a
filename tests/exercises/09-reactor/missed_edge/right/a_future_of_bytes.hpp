// Shape: the reading is a hand-made future, Ready with all that is there; the task only cuts and cooks.
#include <unistd.h>
#include <kettle/poller.hpp>
#include <kettle/task.hpp>
#include <kettle/waker.hpp>

#include <cerrno>
#include <cstddef>
#include <string>
#include <system_error>
#include <utility>

namespace mine {

using kettle::Task;

/// A descriptor that a poller watches, and a mark that says: there has been news.
class Wire {
 public:
  /// The poller is edge-triggered: it tells every piece of news once, and what is still there is no news.
  Wire(kettle::Poller& poller, int fd) : poller_(poller), fd_(fd) { poller_.add(fd_, this); }
  ~Wire() { poller_.remove(fd_); }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  int fd() const { return fd_; }

  /// Called by whoever sleeps in the poller.
  void told(const kettle::IoEvent& event) {
    if (!event.readable && !event.no_more_reads) return;
    has_news_ = true;
    std::exchange(reader_, kettle::Waker::noop()).wake();
  }

  /// Takes the mark away.
  void clear() { has_news_ = false; }

  /// Ready when the mark is there.
  class News {
   public:
    using Output = void;
    explicit News(Wire& wire) : wire_(wire) {}
    kettle::Poll<> poll(kettle::Context& context) {
      if (wire_.has_news_) return kettle::Ready();
      wire_.reader_ = context.waker();
      return kettle::pending;
    }

   private:
    Wire& wire_;
  };
  News news() { return News(*this); }

 private:
  kettle::Poller& poller_;
  int fd_;
  bool has_news_ = false;
  kettle::Waker reader_ = kettle::Waker::noop();
};

/// Cooks every order that comes over the wire, one after the other, until its other end is closed. Ready with their
/// number. kitchen.cook(order) is a future that takes its time.
/// Ready with what the wire has: at least one byte, or nothing at its end.
class Take {
 public:
  using Output = std::string;
  explicit Take(Wire& wire) : wire_(wire), news_(wire) {}

  kettle::Poll<std::string> poll(kettle::Context& context) {
    for (;;) {
      if (news_.poll(context).is_pending()) return kettle::pending;
      std::string all;
      char buffer[16];
      ssize_t count = 0;
      wire_.clear();
      while ((count = ::read(wire_.fd(), buffer, sizeof buffer)) > 0)
        all.append(buffer, static_cast<std::size_t>(count));
      if (count == 0 && !all.empty()) wire_.told(end_again());
      if (count == 0 || !all.empty()) return kettle::Ready(std::move(all));
    }
  }

 private:
  static kettle::IoEvent end_again() {
    kettle::IoEvent event{};
    event.no_more_reads = true;
    return event;
  }
  Wire& wire_;
  Wire::News news_;
};

template <class Kitchen>
Task<int> serve(Wire& wire, Kitchen& kitchen) {
  std::string text;
  int orders = 0;
  for (;;) {
    Take take(wire);
    const std::string more = co_await take;
    if (more.empty()) co_return orders;
    text += more;
    std::string::size_type begin = 0;
    for (auto end = text.find('\n'); end != text.npos; end = text.find('\n', begin)) {
      const std::string order = text.substr(begin, end - begin);
      begin = end + 1;
      co_await kitchen.cook(order);
      ++orders;
    }
    text.erase(0, begin);
  }
}

}  // namespace mine
