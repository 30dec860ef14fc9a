#pragma once
// Loopback: the world around a server that is graded. Real connections on 127.0.0.1, and nothing is luck.
//
// The system calls of the server end up here (poll, accept, read, write, close). When its thread goes to sleep, the
// clients act, in the server's own thread, one step each: so there is an order, and no other thread. What is on its way
// through the system is waited for; time is virtual, and passes only where a test says so. And so the end of a sleep is
// always known: somebody acts, something arrives, time passes, or the server has failed. For one grader's executable.

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <kettle/clock.hpp>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <functional>
#include <initializer_list>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "story.hpp"

namespace loopback {

using kettle::Clock;
using kettle::Instant;

constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

/// The system's own function of this name.
template <class Function>
Function* real(Function*, const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}
#define LOOPBACK_REAL(name)                                       \
  ([] {                                                           \
    static auto* const function = loopback::real(&::name, #name); \
    return function;                                              \
  }())

/// One connection, as both of its sides see it.
struct Connection {
  int client = -1;           // Its descriptor there.
  std::size_t said = 0;      // Bytes on their way to the server,
  std::size_t heard = 0;     // and those that it has read.
  std::size_t answered = 0;  // The other direction.
  std::size_t received = 0;
  bool is_inside = false;     // Accepted.
  bool client_ended = false;  // Closed, reset, or nothing more to say,
  bool end_heard = false;     // and the server knows.
  bool is_closed = false;     // By the server.
};

/// What somebody does, or waits for.
struct Step {
  std::function<bool()> attempt;  // False: not yet.
  bool is_act = false;            // It is not waited for.
  std::string expected = "";      // What the server has to do for it, as a part of "expected: ..."
  bool time_passes = false;       // Meanwhile,
  Instant until = kettle::never;  // and the step is due then.
};

/// Somebody in the world, who does one step after the other.
class Actor {
 public:
  explicit Actor(std::string called) : name(std::move(called)) {}
  virtual ~Actor() = default;
  Actor(const Actor&) = delete;
  Actor& operator=(const Actor&) = delete;

  /// Does something.
  Actor& does(std::string what, std::function<void()> act) {
    return adds({[what = std::move(what), act = std::move(act)] {
                   if (!what.empty()) story::note(what);
                   act();
                   return true;
                 },
                 true});
  }
  /// Waits for something that the server does.
  Actor& waits(std::string expected, std::function<bool()> has_happened) {
    return adds({std::move(has_happened), false, std::move(expected)});
  }
  /// The same, and meanwhile time may pass.
  Actor& waits_long(std::string expected, std::function<bool()> has_happened) {
    return adds({std::move(has_happened), false, std::move(expected), true});
  }
  /// Waits for somebody else.
  Actor& waits_for(std::function<bool()> has_happened) { return adds({std::move(has_happened)}); }
  /// Lets time pass.
  Actor& waits_until(Instant instant) {
    return adds({[instant] { return Clock::now() >= instant; }, false, "", true, instant});
  }
  Actor& adds(Step step) {
    steps.push_back(std::move(step));
    return *this;
  }

  std::string name;
  std::deque<Step> steps;
};

/// "12.5 s"
inline std::string at(Instant instant) {
  return fmt::format("{} s", static_cast<double>(instant.time_since_epoch() / std::chrono::milliseconds(1)) / 1000);
}

inline int threads() {
  DIR* const tasks = opendir("/proc/self/task");
  if (tasks == nullptr) return 1;
  int count = -2;  // "." and ".." are listed as well
  while (readdir(tasks) != nullptr) ++count;
  closedir(tasks);
  return count;
}

inline int open_descriptors() {
  int count = 0;
  for (int fd = 0; fd < 4096; ++fd) count += fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
  return count;
}

/// The system, as far as the server sees it.
class World {
 public:
  World() { here = this; }
  ~World() {
    leave();
    for (auto& [port, connection] : connections_) close_client(*connection);
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  static inline World* here = nullptr;
  static bool is_in_charge() { return here != nullptr && !here->is_inside_; }

  // What a test may set.
  std::size_t most_a_read = no_limit;                    // Bytes.
  std::size_t most_a_write = no_limit;                   // To a client.
  std::function<int()> accept_error = [] { return 0; };  // What accept says: an errno, or 0.
  int listener = -1;                                     // Open until the server closes it.
  int book = -1;                                         // What is written there is kept in book_text.
  std::function<std::optional<Instant>()> next_timer = [] { return std::nullopt; };  // Of the server.
  std::function<void()> when_all_is_done = [] {};                                    // Called once.

  /// The book has room for so many bytes at a time.
  void lets_the_book_take(std::size_t bytes) { book_takes_ = book_room_ = bytes; }

  // What a test may read.
  std::string book_text;
  std::size_t accepted = 0;
  std::size_t calls = 0;  // Of the system by the server.

  template <class A, class... Args>
  A& adds(Args&&... args) {
    auto actor = std::make_unique<A>(std::forward<Args>(args)...);
    A& added = *actor;
    actors_.push_back(std::move(actor));
    return added;
  }
  Actor& adds_actor(std::string name) { return adds<Actor>(std::move(name)); }

  bool all_is_done() const {
    return std::all_of(actors_.begin(), actors_.end(), [](const auto& each) { return each->steps.empty(); });
  }

  static bool are_done(std::initializer_list<const Actor*> actors) {
    return std::all_of(actors.begin(), actors.end(), [](const Actor* each) { return each->steps.empty(); });
  }

  /// "the slow one is answered": what the first who waits for the server is waiting for.
  std::string what_is_missing() const {
    for (const std::size_t most_steps : {std::size_t{1}, no_limit}) {
      for (const auto& each : actors_) {
        for (std::size_t i = 0; i < std::min(each->steps.size(), most_steps); ++i) {
          if (!each->steps[i].expected.empty()) return each->name + " " + each->steps[i].expected;
        }
      }
    }
    return "run() returns after the stop, when nobody is inside any more";
  }

  /// The server has returned: everybody else may still see what it has done last.
  void sees_the_end() {
    const Inside inside(*this);
    for (const auto& each : actors_) {
      while (!each->steps.empty() && !each->steps.front().is_act && each->steps.front().attempt()) {
        each->steps.pop_front();
      }
    }
  }

  /// Somebody on another thread has told the server something, just now.
  void is_called() { called_at_ = calls; }

  /// From here on the system is as it always is.
  void leave() {
    if (here == this) here = nullptr;
  }

  /// The client's side of a new connection to the listener.
  Connection& connects(const sockaddr_in& to) {
    auto connection = std::make_unique<Connection>();
    connection->client = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in mine{};
    socklen_t size = sizeof mine;
    if (connection->client < 0 || connect(connection->client, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 ||
        getsockname(connection->client, reinterpret_cast<sockaddr*>(&mine), &size) != 0) {
      throw std::system_error(errno, std::generic_category(), "the test's client could not connect");
    }
    fcntl(connection->client, F_SETFL, O_NONBLOCK);
    ++connected_;
    auto& kept = connections_[mine.sin_port];
    if (kept != nullptr) close_client(*kept);
    kept = std::move(connection);
    return *kept;
  }

  void says(Connection& connection, std::string_view text) {
    const ssize_t sent = ::send(connection.client, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent > 0) connection.said += static_cast<std::size_t>(sent);
  }
  void says_no_more(Connection& connection) {
    connection.client_ended = true;
    ::shutdown(connection.client, SHUT_WR);
  }
  void close_client(Connection& connection) {
    connection.client_ended = true;
    if (connection.client >= 0) ::close(std::exchange(connection.client, -1));
  }
  void resets(Connection& connection) {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    setsockopt(connection.client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close_client(connection);
  }

  /// Appends what has come to `text`. False: and that is all, the server has closed.
  bool receives(Connection& connection, std::string& text) {
    for (;;) {
      if (connection.is_closed || connection.received < connection.answered) {
        really_poll_one(connection.client, POLLIN, longest_way);
      }
      char piece[4096];
      const ssize_t count = ::recv(connection.client, piece, sizeof piece, 0);
      if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return true;
      if (count <= 0) return false;
      connection.received += static_cast<std::size_t>(count);
      text.append(piece, static_cast<std::size_t>(count));
    }
  }

  // --- the system calls ---

  int poll(std::span<pollfd> polled, int timeout) {
    const Inside inside(*this);
    if (!begins_call()) return ends_early(polled, timeout);
    settle(polled);
    int ready = look(polled);
    if (ready != 0) return ready;
    if (timeout == 0) {
      if (fruitless_ % looks_a_step != 0) return 0;
      act();  // Whoever never sleeps does not stop the world.
      settle(polled);
      return look(polled);
    }
    std::optional<Instant> deadline;
    if (timeout > 0) deadline = kettle::later(Clock::now(), std::chrono::milliseconds(timeout));
    for (;;) {
      settle(polled);
      ready = look(polled);
      if (ready != 0) return ready;
      if (act()) continue;
      if (!time_passes(deadline)) nothing_will_happen(deadline);
      if (deadline && Clock::now() >= *deadline) return 0;
    }
  }

  int accept(int fd, sockaddr* address, socklen_t* size) {
    const Inside inside(*this);
    if (!begins_call()) return would_block();
    const int error = accept_error();
    if (error != 0) {
      errno = error;
      return -1;
    }
    if (waits("accept", fd, POLLIN)) return would_block();
    const int client = LOOPBACK_REAL(accept)(fd, address, size);
    if (client < 0) return client;
    fruitless_ = 0;
    ++accepted;
    sockaddr_in peer{};
    socklen_t peer_size = sizeof peer;
    getpeername(client, reinterpret_cast<sockaddr*>(&peer), &peer_size);  // Fails when the client is gone already.
    const auto found = connections_.find(peer.sin_port);
    Connection& connection = found != connections_.end() ? *found->second : gone_;
    connection.is_inside = true;
    by_server_[client] = &connection;
    return client;
  }

  ssize_t read(int fd, void* buffer, std::size_t size) {
    Connection* const connection = of_server(fd);
    if (connection == nullptr) return LOOPBACK_REAL(read)(fd, buffer, size);  // The reactor's bell.
    const Inside inside(*this);
    if (!begins_call() || waits("read", fd, POLLIN)) return would_block();
    const ssize_t count = LOOPBACK_REAL(read)(fd, buffer, std::min(size, most_a_read));
    if (count > 0) {
      fruitless_ = 0;
      connection->heard += static_cast<std::size_t>(count);
    } else if (count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) {
      connection->end_heard = true;
    }
    return count;
  }

  ssize_t write(int fd, const void* buffer, std::size_t size) {
    Connection* const connection = of_server(fd);
    if (connection == nullptr && fd != book) return LOOPBACK_REAL(write)(fd, buffer, size);  // May not throw: the bell.
    const Inside inside(*this);
    if (!begins_call()) return would_block();
    if (fd == book) {
      const std::size_t count = std::min(size, book_room_);
      if (count == 0) return would_block();
      fruitless_ = 0;
      if (book_takes_ != no_limit) book_room_ -= count;
      book_text.append(static_cast<const char*>(buffer), count);
      return static_cast<ssize_t>(count);
    }
    if (waits("write", fd, POLLOUT)) return would_block();
    const ssize_t count = LOOPBACK_REAL(write)(fd, buffer, std::min(size, most_a_write));
    if (count > 0) {
      fruitless_ = 0;
      connection->answered += static_cast<std::size_t>(count);
    }
    return count;
  }

  void closes(int fd) {
    if (fd == listener) listener = -1;
    if (Connection* const connection = of_server(fd)) {
      fruitless_ = 0;
      connection->is_closed = true;
      by_server_.erase(fd);
    }
  }

 private:
  static constexpr int longest_way = 3000;  // Milliseconds. Nothing takes so long from one end to the other.
  static constexpr std::size_t most_fruitless = 5000;
  static constexpr std::size_t looks_a_step = 1000;
  static constexpr auto most_unasked_time = std::chrono::seconds(1);

  // While one lives, system calls are those of the world.
  class Inside {
   public:
    explicit Inside(World& world) : world_(world) { world_.is_inside_ = true; }
    ~Inside() { world_.is_inside_ = false; }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

   private:
    World& world_;
  };

  static int really_poll(std::span<pollfd> polled, int timeout) {
    return LOOPBACK_REAL(poll)(polled.data(), static_cast<nfds_t>(polled.size()), timeout);
  }
  static int really_poll_one(int fd, short events, int timeout) {
    pollfd one = {fd, events, 0};
    return really_poll(std::span(&one, 1), timeout);
  }

  Connection* of_server(int fd) const {
    const auto found = by_server_.find(fd);
    return found == by_server_.end() ? nullptr : found->second;
  }

  // A failure may come to light in the middle of a task, which may catch exceptions. So it is put on record, the system
  // says "would block" to whatever comes then, and the exception is thrown where the thread wants to sleep.
  static void record(std::string_view expected, std::string_view happened) {
    try {
      story::fail(expected, happened);
    } catch (const story::Failed&) {
    }
  }
  static int would_block() {
    errno = EAGAIN;
    return -1;
  }
  bool begins_call() {
    ++calls;
    if (++fruitless_ == most_fruitless) {
      record("the thread sleeps when nothing happens",
             fmt::format("it has made {} system calls in a row, and nothing came of them", most_fruitless));
    }
    return !story::has_failed();
  }
  int ends_early(std::span<pollfd> polled, int timeout) {
    if (timeout != 0 || ++calls_after_failure_ % looks_a_step == 0) story::fail("", "");
    for (pollfd& each : polled) each.revents = 0;
    return 0;
  }

  // Whether the thread is going to be told something about this descriptor.
  bool is_on_its_way(const pollfd& polled) const {
    if ((polled.events & POLLIN) == 0) return false;
    if (polled.fd == listener) return connected_ > accepted;
    const Connection* const connection = of_server(polled.fd);
    if (connection == nullptr) return false;
    return connection->heard < connection->said || (connection->client_ended && !connection->end_heard);
  }

  // Waits for what is on its way.
  void settle(std::span<pollfd> polled) const {
    if (std::none_of(polled.begin(), polled.end(), [this](const pollfd& each) { return is_on_its_way(each); })) return;
    std::vector<pollfd> awaited;
    std::copy_if(polled.begin(), polled.end(), std::back_inserter(awaited),
                 [this](const pollfd& each) { return is_on_its_way(each); });
    really_poll(awaited, longest_way);
  }

  // What poll(2) says now. The book is ready when there is room in it.
  int look(std::span<pollfd> polled) {
    std::vector<pollfd> asked(polled.begin(), polled.end());
    for (pollfd& each : asked) {
      if (each.fd == book && each.fd >= 0) each.fd = -1;
    }
    int ready = really_poll(asked, 0);
    bool is_in_vain = false;
    for (std::size_t i = 0; i < polled.size(); ++i) {
      polled[i].revents = asked[i].revents;
      if (polled[i].fd != book || book < 0 || (polled[i].events & POLLOUT) == 0) continue;
      if (book_room_ == 0) {
        is_in_vain = true;
      } else {
        polled[i].revents = POLLOUT;
        ++ready;
      }
    }
    if (is_in_vain) book_room_ = book_takes_;  // Meanwhile it has taken what it had.
    return ready;
  }

  // One step of everybody who can do one.
  bool act() {
    bool has_acted = false;
    for (const auto& each : actors_) {
      if (each->steps.empty() || !each->steps.front().attempt()) continue;
      each->steps.pop_front();
      has_acted = true;
    }
    if (!has_acted && all_is_done() && when_all_is_done != nullptr) {
      std::exchange(when_all_is_done, nullptr)();
      has_acted = true;
    }
    if (has_acted) fruitless_ = 0;
    return has_acted;
  }

  // Goes on to what is due next. False: time stands still.
  bool time_passes(std::optional<Instant> deadline) {
    Instant next = deadline.value_or(kettle::never);
    bool may_pass = all_is_done();
    for (const auto& each : actors_) {
      if (each->steps.empty()) continue;
      may_pass |= each->steps.front().time_passes;
      next = std::min(next, each->steps.front().until);
    }
    if (next == kettle::never) return false;
    if (!may_pass) {
      unasked_time_ += next - Clock::now();
      if (unasked_time_ > most_unasked_time) return false;
    }
    Clock::advance_to(next);
    fruitless_ = 0;
    return true;
  }

  [[noreturn]] void nothing_will_happen(std::optional<Instant> deadline) const {
    if (called_at_ == calls) {
      story::fail("the stop, which another thread has sent, ends the sleep",
                  "the thread sleeps on: unpark() has not rung the reactor's bell");
    }
    std::string how = deadline ? fmt::format("until {}", at(*deadline)) : "without a deadline";
    const auto timer = next_timer();
    if (!deadline && timer) how += fmt::format(", though a timer is due at {}", at(*timer));
    story::fail(what_is_missing(), fmt::format("nothing is on its way, and the thread sleeps {}", how));
  }

  // Whether a call would put the thread to sleep.
  bool waits(const char* call, int fd, short events) const {
    pollfd one = {fd, events, 0};
    settle(std::span(&one, 1));
    if ((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0 || really_poll_one(fd, events, 0) != 0) return false;
    record("no system call waits, except poll(2)",
           fmt::format("{}() would wait, and everybody with it: its descriptor is not non-blocking", call));
    return true;
  }

  bool is_inside_ = false;
  std::size_t fruitless_ = 0;  // Calls in a row.
  std::size_t calls_after_failure_ = 0;
  std::size_t called_at_ = 0;  // The number of the call during which another thread has called.
  std::size_t book_takes_ = no_limit;
  std::size_t book_room_ = no_limit;
  std::size_t connected_ = 0;
  kettle::Duration unasked_time_{};
  std::map<in_port_t, std::unique_ptr<Connection>> connections_;  // By the client's port.
  std::map<int, Connection*> by_server_;                          // By the server's descriptor.
  Connection gone_;                                               // All whose client was gone before accept.
  std::vector<std::unique_ptr<Actor>> actors_;
};

}  // namespace loopback

extern "C" int poll(pollfd* polled, nfds_t count, int timeout) {
  if (loopback::World::is_in_charge()) return loopback::World::here->poll(std::span(polled, count), timeout);
  return LOOPBACK_REAL(poll)(polled, count, timeout);
}
extern "C" int accept(int fd, sockaddr* address, socklen_t* size) {
  if (loopback::World::is_in_charge()) return loopback::World::here->accept(fd, address, size);
  return LOOPBACK_REAL(accept)(fd, address, size);
}
extern "C" ssize_t read(int fd, void* buffer, size_t size) {
  if (loopback::World::is_in_charge()) return loopback::World::here->read(fd, buffer, size);
  return LOOPBACK_REAL(read)(fd, buffer, size);
}
extern "C" ssize_t write(int fd, const void* buffer, size_t size) {
  if (loopback::World::is_in_charge()) return loopback::World::here->write(fd, buffer, size);
  return LOOPBACK_REAL(write)(fd, buffer, size);
}
extern "C" ssize_t recv(int fd, void* buffer, size_t size, int flags) {
  if (loopback::World::is_in_charge() && flags == 0) return loopback::World::here->read(fd, buffer, size);
  return LOOPBACK_REAL(recv)(fd, buffer, size, flags);
}
extern "C" ssize_t send(int fd, const void* buffer, size_t size, int flags) {
  if (loopback::World::is_in_charge()) return loopback::World::here->write(fd, buffer, size);
  return LOOPBACK_REAL(send)(fd, buffer, size, flags);
}
#if defined(SOCK_NONBLOCK)
extern "C" int accept4(int fd, sockaddr* address, socklen_t* size, int flags) {
  if (!loopback::World::is_in_charge()) return LOOPBACK_REAL(accept4)(fd, address, size, flags);
  const int client = loopback::World::here->accept(fd, address, size);
  if (client >= 0 && (flags & SOCK_NONBLOCK) != 0) fcntl(client, F_SETFL, O_NONBLOCK);
  return client;
}
#endif
extern "C" int close(int fd) {
  if (loopback::World::here != nullptr) loopback::World::here->closes(fd);
  return LOOPBACK_REAL(close)(fd);
}
