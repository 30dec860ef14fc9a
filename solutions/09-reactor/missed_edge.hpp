#pragma once
// An edge that is missed
// fix · lesson 09 · ./learn test missed_edge
//
//     guests ---- "toast\n" ----> [ wire ] ---- 16 bytes at a time ----> text ----> cook("toast")
//                                    ^
//                          the poller tells news once
//
// Orders come over a wire, one a line. Short ones are cooked at once, and so it ran for a year. Then somebody ordered
// "toast with cheese and two eggs". Nothing happened, until the next guest ordered a tea: then came the toast, and the
// tea came with the order after that. The last order of the evening was never cooked, and serve did not end.
//
// Your task: find the mistakes in serve, and mend them, so that
//   1. an order is cooked as soon as it is there, however long it is, and without another one coming;
//   2. orders that come together are cooked, all of them, in order;
//   3. an order that comes while another is being cooked is cooked next;
//   4. orders and the end of the wire in one piece of news: all are cooked, and serve ends;
//   5. half an order waits for its other half. When the wire is closed before that comes, it was no order;
//   6. who waits for news sleeps, and news of nothing does no harm.
//
// Keep: the buffer of 16 bytes (whatever its size is, something is larger), Wire, and what serve is given and returns.
// The wire does not block: with nothing there, read(2) says -1 and errno is EAGAIN.
// Given: lessons 01 to 08, and kettle/poller.hpp. Do not use: kettle/reactor.hpp and kettle/async_fd.hpp, which would do
// it for you.

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
template <class Kitchen>
Task<int> serve(Wire& wire, Kitchen& kitchen) {
  std::string text;
  int orders = 0;
  for (;;) {
    co_await wire.news();
    wire.clear();  // Before the first read: news that comes from here on sets the mark again.
    for (;;) {
      char buffer[16];
      const auto count = ::read(wire.fd(), buffer, sizeof buffer);
      if (count == 0) co_return orders;  // The other end is closed, and nothing is left.
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) break;  // All of it is read: the next is news.
      if (count < 0) throw std::system_error(errno, std::generic_category(), "read from the wire");
      text.append(buffer, static_cast<std::size_t>(count));
      for (auto end = text.find('\n'); end != text.npos; end = text.find('\n')) {
        auto order = text.substr(0, end);
        text.erase(0, end + 1);
        co_await kitchen.cook(std::move(order));
        ++orders;
      }
    }
  }
}

}  // namespace mine
