// Grades 09-reactor/missed_edge: a wire of sockets, the real edge-triggered poller, and a kitchen that cooks when the test
// says so. The task is polled by hand and the poller is asked without waiting, so every step comes in its order.
#include "missed_edge.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <optional>
#include <string>
#include <utility>

#include "futures.hpp"

// Where the runtime's own is looked for when the learner's file does not bring it along.
namespace not_included {
class Reactor;
class AsyncFd;
}  // namespace not_included
namespace kettle {
using namespace not_included;
}

namespace {

using story::expect;
using story::expect_equal;

constexpr const char* edge_section = "lessons/09-reactor/README.md#news-is-told-once";
constexpr const char* try_section = "lessons/09-reactor/README.md#would-block";
constexpr const char* pitfall = "lessons/09-reactor/README.md#what-can-go-wrong";

// Whether the task under test is being polled: then a call that blocks would block for ever.
bool is_polling = false;

// How often read said "would block" in this poll.
int blocked_reads = 0;

}  // namespace

extern "C" ssize_t read(int fd, void* buffer, size_t size) {
  pollfd now = {fd, POLLIN, 0};
  const timespec none{};
  if (is_polling && (fcntl(fd, F_GETFL) & O_NONBLOCK) == 0 && syscall(SYS_ppoll, &now, 1, &none, nullptr, 0) == 0) {
    is_polling = false;
    story::teach("In a task, whatever takes its time is awaited. A read that blocks keeps everybody waiting.",
                 try_section);
    story::fail("with nothing there, read says \"would block\"",
                "the wire was made to block, and the thread hangs in read");
  }
  const auto count = syscall(SYS_read, fd, buffer, size);
  if (is_polling && count < 0 && errno == EAGAIN && ++blocked_reads > 1000) {
    is_polling = false;
    story::teach(
        "The mark says: go and look. Who has looked takes it away; otherwise news() is ready at once, and sends "
        "the task to look for ever.",
        edge_section);
    story::fail(
        "with nothing left to read, the task sleeps until there is news",
        "in one poll, read said \"would block\" 1,000 times: the task does not sleep, and the mark is still there");
  }
  return count;
}

namespace {

// Cooks one order at a time, at once or when it is told to.
class Kitchen {
 public:
  class Cooking {
   public:
    using Output = void;
    Cooking(Kitchen& kitchen, std::string order) : kitchen_(kitchen), order_(std::move(order)) {}
    kettle::Poll<> poll(kettle::Context& context) {
      if (!std::exchange(begun_, true)) {
        ++kitchen_.cooking_;
        kitchen_.cook_ = context.waker();
        const std::string shown = order_.size() > 40 ? fmt::format("an order of {} bytes", order_.size()) : order_;
        story::step("the kitchen begins: {}", shown);
        kitchen_.orders_ += (kitchen_.orders_.empty() ? "" : ", ") + shown;
      }
      if (kitchen_.is_slow && kitchen_.finished_ < kitchen_.cooking_) return kettle::pending;
      return kettle::Ready();
    }

   private:
    Kitchen& kitchen_;
    std::string order_;
    bool begun_ = false;
  };

  Cooking cook(std::string order) { return Cooking(*this, std::move(order)); }

  /// What has been cooked, or is being cooked.
  std::string orders() const { return orders_.empty() ? "nothing" : orders_; }
  void finish() {
    story::note("the kitchen is done with it");
    finished_ = cooking_;
    cook_.wake();
  }

  bool is_slow = false;

 private:
  friend class Cooking;
  std::string orders_;
  int cooking_ = 0;
  int finished_ = 0;
  kettle::Waker cook_ = kettle::Waker::noop();
};

// A wire with guests at its other end, and somebody who serves.
class Evening {
 public:
  explicit Evening(bool begins_at_once = true) {
    int ends[2];
    REQUIRE_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    for (const int end : ends) fcntl(end, F_SETFL, O_NONBLOCK);
    our_end_ = ends[0];
    guests_ = ends[1];
    wire_.emplace(poller_, our_end_);
    serving_.emplace(mine::serve(*wire_, kitchen));
    if (begins_at_once) begin();
  }
  ~Evening() {
    serving_.reset();
    wire_.reset();
    close(our_end_);
    if (guests_ >= 0) close(guests_);
  }
  Evening(const Evening&) = delete;
  Evening& operator=(const Evening&) = delete;

  /// The first poll of serve.
  void begin() {
    poll();
    settle();
  }

  void order(const std::string& text) {
    std::string shown;
    for (const char each : text) shown += each == '\n' ? std::string("\\n") : std::string(1, each);
    story::step("on the wire: \"{}\"",
                shown.size() <= 60 ? shown : fmt::format("{}... ({} bytes)", shown.substr(0, 20), text.size()));
    REQUIRE_EQ(write(guests_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void hang_up() {
    story::note("the other end of the wire is closed");
    close(std::exchange(guests_, -1));
  }

  /// Passes on the poller's news, and polls the task when it is woken, until neither happens any more.
  void settle() {
    for (int round = 0; !ended; ++round) {
      if (task_.is_woken()) {
        if (round > 2000) {
          story::teach("Nothing to read, nothing to do: then the task sleeps until there is news.", try_section);
          story::fail("a task that waits for news sleeps",
                      "it wakes itself, again and again: it was polled 1,000 times");
        }
        poll();
        continue;
      }
      std::array<kettle::IoEvent, 4> events;
      const std::size_t count = poller_.wait(events, kettle::no_wait);
      if (count == 0) return;
      for (std::size_t i = 0; i < count; ++i) {
        if (events[i].readable || events[i].no_more_reads) {  // At first it tells that there is room to write.
          ++news;
          story::note("the poller tells news");
        }
        static_cast<mine::Wire*>(events[i].token)->told(events[i]);
      }
    }
  }
  void tell_news_of_nothing() {
    kettle::IoEvent event{};
    event.readable = true;
    story::note("the poller tells news, but nothing is there");
    wire_->told(event);
  }
  void expect_cooked(const std::string& wanted, const char* when) {
    settle();
    expect(kitchen.orders() == wanted, fmt::format("cooked {}: {}", when, wanted),
           fmt::format("cooked: {}", kitchen.orders()));
  }
  void expect_still_serving() const { expect(!ended, "serve goes on: the wire is still open", "serve has ended"); }

  Kitchen kitchen;
  int news = 0;
  int polls = 0;
  std::optional<int> ended;

 private:
  void poll() {
    ++polls;
    task_.clear();
    kettle::Context context(task_.waker());
    is_polling = true;
    blocked_reads = 0;
    auto answer = serving_->poll(context);
    is_polling = false;
    if (answer.is_ready()) {
      ended = answer.take();
      story::step("serve ends: {} orders", *ended);
    }
  }

  // A task that makes no step of being woken.
  class Quiet {
   public:
    Quiet() : header_(new Header), waker_(*header_) { header_->release(); }
    const kettle::Waker& waker() const { return waker_; }
    bool is_woken() const { return header_->is_notified(); }
    void clear() { header_->clear_notified(); }

   private:
    struct Header final : kettle::Wakeable {
      void schedule() noexcept override {}
    };
    Header* header_;
    kettle::Waker waker_;
  };

  kettle::Poller poller_;
  int our_end_ = -1;
  int guests_ = -1;
  std::optional<mine::Wire> wire_;
  std::optional<kettle::Task<int>> serving_;
  Quiet task_;
};

TEST_CASE("a short order is cooked as soon as it comes") {
  story::teach("Only what is built by hand here teaches what an edge is.", edge_section);
  expect(
      std::is_same_v<kettle::Reactor, not_included::Reactor> && std::is_same_v<kettle::AsyncFd, not_included::AsyncFd>,
      "serve with a wire of its own, without kettle/reactor.hpp and kettle/async_fd.hpp", "one of them is included");
  story::teach("News, read, cook.", edge_section);
  Evening evening;
  evening.order("tea\n");
  evening.expect_cooked("tea", "after the first order");
  evening.order("toast\n");
  evening.expect_cooked("tea, toast", "after the second order");
  evening.expect_still_serving();
  story::step("another evening: the first order comes before serve is polled");
  Evening late(false);
  late.order("eggs\n");
  late.settle();
  late.begin();
  late.expect_cooked("eggs", "when serve is polled");
}

TEST_CASE("an order is cooked without another one coming, however long it is") {
  story::teach("News is told once. What is left unread is no news: so read until read says \"would block\".",
               edge_section);
  {
    Evening evening;
    evening.order("toast with cheese and two eggs\n");
    evening.expect_cooked("toast with cheese and two eggs", "when the order is there");
  }
  Evening evening;
  evening.order(std::string(10'000, 'x') + "\n");
  evening.expect_cooked("an order of 10000 bytes", "when the order is there");
}

TEST_CASE("orders that come together are all cooked, in order") {
  story::teach("Five orders may be one piece of news. The poller does not count.", edge_section);
  Evening evening;
  evening.order("tea\ntoast\n");
  evening.order("eggs\nsoup of the day\n");
  evening.order("tea\n");
  evening.expect_cooked("tea, toast, eggs, soup of the day, tea", "when five orders have come");
  evening.expect_still_serving();
}

TEST_CASE("an order that comes while another is cooked is cooked next") {
  story::teach("Take the mark away BEFORE you read. Taken away later, it takes news along that you have not looked at.",
               pitfall);
  Evening evening;
  evening.kitchen.is_slow = true;
  evening.order("tea\n");
  evening.expect_cooked("tea", "at first");
  evening.order("toast\n");
  evening.expect_cooked("tea", "while the tea is being cooked");
  evening.kitchen.finish();
  evening.expect_cooked("tea, toast", "when the tea is done");
  story::teach(
      "The last bytes and the end may be one piece of news. Read on until the 0, or you never hear of the end.",
      edge_section);
  evening.order("eggs\n");
  evening.settle();
  evening.hang_up();
  evening.settle();
  evening.kitchen.finish();
  evening.expect_cooked("tea, toast, eggs", "when the toast is done");
  evening.kitchen.finish();
  evening.settle();
  expect(evening.ended == 3, "serve ends with 3 orders: the wire is closed",
         evening.ended ? fmt::format("it ends with {}", *evening.ended) : "it waits on");
}

TEST_CASE("orders and the end in one piece of news: all are cooked, and serve ends") {
  story::teach("The last bytes and the end may be one edge. Who stops reading before the 0 never hears of the end.",
               edge_section);
  for (const char* const orders : {"tea\n", "tea\ntoast\neggs and tea\n", "0123456789abcde\n", "", "tea\nto", "to"}) {
    Evening evening;
    int wanted = 0;
    for (const char each : std::string(orders)) wanted += each == '\n';
    if (wanted != 0) evening.order(orders);
    evening.hang_up();
    evening.settle();
    expect(evening.ended.has_value(),
           fmt::format("serve ends, and the number of its orders is {}: the wire is closed", wanted),
           "it waits for more news, and there will be none");
    expect_equal(*evening.ended, wanted, "orders when serve ends");
  }
}

TEST_CASE("half an order waits for its other half") {
  story::teach("A stream has no messages, only bytes: a read may end in the middle of an order.", try_section);
  Evening evening;
  evening.order("tea\nto");
  evening.expect_cooked("tea", "when one and a half orders are there");
  evening.order("as");
  evening.expect_cooked("tea", "when one and two thirds are there");
  evening.order("t\n");
  evening.expect_cooked("tea, toast", "when the rest has come");
}

TEST_CASE("who waits for news sleeps, and news of nothing does no harm") {
  story::teach(
      "\"Would block\" is an answer like others: nothing there now. It is not the end, and no reason to ask again.",
      try_section);
  Evening evening;
  evening.tell_news_of_nothing();
  evening.settle();
  evening.expect_still_serving();
  evening.order("tea\n");
  evening.expect_cooked("tea", "after that");
  evening.expect_still_serving();
  expect(evening.polls <= 2 + evening.news,
         fmt::format("at most {} polls: one to begin, one for each piece of news", 2 + evening.news),
         fmt::format("{} polls", evening.polls));
}

}  // namespace
