// Faults that the system itself makes: resets, limits, full queues, ends that come early, signals. After each of them
// the server serves others, no descriptor is left open, and while nothing happens no system call is made.
// docs/faults.md says what was seen. The seam of tests/support/faults.hpp only counts here.
#include <kettle/buf_reader.hpp>
#include <kettle/join_handle.hpp>
#include <kettle/split.hpp>
#include <kettle/tcp_listener.hpp>
#include <kettle/udp_socket.hpp>
#include <kettle/unix_stream.hpp>
#include <kettle/yield.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <deque>
#include <exception>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "faults.hpp"
#include "net.hpp"

namespace {

using faults::Call;
using kettle::BufReader;
using kettle::JoinHandle;
using kettle::ListenOptions;
using kettle::SocketAddress;
using kettle::spawn;
using kettle::Task;
using kettle::TcpListener;
using kettle::TcpStream;
using kettle::UnixListener;
using kettle::UnixStream;
using net::becomes;
using net::Client;
using namespace std::chrono_literals;

// --- a server, and what must hold after every fault ----------------------------------------------------------------

// Answers each line with itself, "send N" with N bytes, and the end with "bye". The system takes little at a time.
struct Server {
  explicit Server(const ListenOptions& options = {})
      : listener(TcpListener::bind(SocketAddress::loopback(0), options)), address(listener.local_address()) {}
  TcpListener listener;
  SocketAddress address;
  std::vector<std::string> log;  // An error each, with the connection's name in it.
  int open = 0;
  int accepted = 0;
  int lines = 0;
  int sending = 0;
  int failed = 0;
};

Task<> answer(Server& server, TcpStream& stream) {
  const int little = 32 * 1024;
  setsockopt(stream.fd(), SOL_SOCKET, SO_SNDBUF, &little, sizeof little);
  BufReader<TcpStream> reader(stream);
  for (;;) {
    const auto line = co_await reader.read_line(1000);
    if (!line) break;
    ++server.lines;
    std::string text = *line + "\n";
    if (line->starts_with("send ")) text = std::string(std::stoul(line->substr(5)), 'x');
    ++server.sending;
    co_await stream.write_all(text);
    --server.sending;
  }
  co_await stream.write_all("bye\n");
}

Task<> serve(Server& server, TcpStream stream) {
  ++server.open;
  try {
    Task<> answering = answer(server, stream);
    co_await answering;
  } catch (const std::exception& error) {
    server.log.emplace_back(error.what());
    ++server.failed;
  }
  --server.open;
}

Task<> accept_all(Server& server) {
  for (;;) {
    TcpStream stream = co_await server.listener.accept();
    ++server.accepted;
    spawn("connection", serve(server, std::move(stream)));
  }
}

// A client that behaves: says a line, hears it, ends.
Task<> greet(SocketAddress address, std::string greeting) {
  Task<TcpStream> connecting = TcpStream::connect(address);
  TcpStream stream = co_await connecting;
  const std::string text = greeting + "\n";
  co_await stream.write_all(text);
  stream.shutdown(kettle::Shutdown::write);
  BufReader<TcpStream> reader(stream);
  const auto line = co_await reader.read_line(100);
  CHECK_EQ(line, greeting);
  const auto last = co_await reader.read_line(100);
  CHECK_EQ(last, "bye");
  const auto end = co_await reader.read_line(100);
  CHECK_FALSE(end.has_value());
}

// Nothing happens for a hundred seconds of the virtual clock: the only calls are the looks before each jump.
Task<> be_idle() {
  constexpr int seconds = 100;
  const faults::Counts before = faults::counts();
  for (int i = 0; i < seconds; ++i) {
    kettle::Sleep second = kettle::sleep(1s);
    co_await second;
  }
  const faults::Counts& after = faults::counts();
  CHECK_LE(after.all - before.all, seconds + 10);
  CHECK_LE(after.all - after.of(Call::epoll_wait) - (before.all - before.of(Call::epoll_wait)), 10);
}

using Fault = Task<> (*)(Server& server);

Task<> survive(Fault fault, ListenOptions options) {
  Server server(options);
  JoinHandle<void> loop = spawn("accept", accept_all(server));
  Task<> going_wrong = fault(server);
  co_await going_wrong;
  Task<> greeting = greet(server.address, "are you still there?");
  co_await greeting;
  co_await becomes(server.open, 0);
  Task<> idle = be_idle();
  co_await idle;
  CHECK_FALSE(loop.is_finished());
}

void survives(Fault fault, const ListenOptions& options = {}) {
  kettle::Reactor::current();  // Its descriptors are made once for the thread, and stay.
  const std::size_t before = net::open_descriptors();
  {
    const kettle::VirtualTime time;
    faults::start_counting();
    kettle::block_on(survive(fault, options));
  }
  CHECK_EQ(net::open_descriptors(), before);
}

std::uint64_t errors(int number) { return faults::counts().by_error[static_cast<std::size_t>(number)]; }

bool is_one_of(const std::string& text, const std::vector<std::string>& expected) {
  for (const std::string& each : expected) {
    if (text == each) return true;
  }
  MESSAGE(text);
  return false;
}

// --- resets -------------------------------------------------------------------------------------------------------

Task<> reset_while_reading(Server& server) {
  Client client(server.address);
  client.send("a line\nhalf a li");
  co_await becomes(server.lines, 1);
  const std::string name = client.name();
  client.reset();
  co_await becomes(server.failed, 1);
  CHECK_EQ(server.log.front(), "read from " + name + ": Connection reset by peer");
  CHECK_EQ(server.log.size(), 1);
}

TEST_CASE("a connection that is reset while the server reads ends with an error of its own") {
  survives(reset_while_reading);
}

Task<> reset_while_writing(Server& server) {
  Client client(server.address);
  client.send("send 50000000\n");
  co_await becomes(server.sending, 1);
  Task<> greeting = greet(server.address, "meanwhile");
  co_await greeting;
  const std::string name = client.name();
  client.reset();
  co_await becomes(server.failed, 1);
  const std::string tried = "write to " + name + ": ";
  CHECK(is_one_of(server.log.front(), {tried + "Connection reset by peer", tried + "Broken pipe"}));
}

TEST_CASE("a connection that is reset while the server writes ends with an error of its own") {
  survives(reset_while_writing);
}

Task<> reset_before_accept(Server& server) {
  std::deque<Client> clients;
  for (int i = 0; i < 5; ++i) clients.emplace_back(server.address);
  for (Client& client : clients) client.reset();
  Task<> greeting = greet(server.address, "behind them");
  co_await greeting;
  // Linux hands such a connection out, and its first read says what became of it. Other systems say ECONNABORTED.
  CHECK_EQ(errors(ECONNABORTED) + static_cast<std::uint64_t>(server.failed), 5);
  for (const std::string& line : server.log) CHECK(line.ends_with(": Connection reset by peer"));
}

TEST_CASE("clients that are gone before they are accepted are passed over (ECONNABORTED, ECONNRESET)") {
  survives(reset_before_accept);
}

// --- limits -------------------------------------------------------------------------------------------------------

// This process may have `more` descriptors than it has.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(std::size_t more) {
    getrlimit(RLIMIT_NOFILE, &before_);
    rlimit tight = before_;
    const int next = dup(0);  // The lowest that is free. Those above it are free, too.
    ::close(next);
    tight.rlim_cur = static_cast<rlim_t>(next) + more;
    setrlimit(RLIMIT_NOFILE, &tight);
  }
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;
  ~DescriptorLimit() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

Task<> too_many_descriptors(Server& server) {
  std::deque<Client> clients;
  for (int i = 0; i < 8; ++i) clients.emplace_back(server.address);
  for (Client& client : clients) client.send("hello\n");
  {
    const DescriptorLimit limit(3);
    kettle::Sleep second = kettle::sleep(1s);
    co_await second;
    CHECK_EQ(server.accepted, 3);
    CHECK_EQ(server.lines, 3);  // Those who are in are served.
    // A try every 10 ms, and no more: 100 in the second that has passed.
    CHECK_GE(errors(EMFILE), 90);
    CHECK_LE(errors(EMFILE), 101);
    CHECK_LE(faults::counts().of(Call::accept4), 101 + 3 + 2);

    // One goes, and the next comes in.
    clients.pop_front();
    kettle::Sleep another = kettle::sleep(1s);
    co_await another;
    CHECK_GE(server.accepted, 4);
  }
  co_await becomes(server.lines, 8);
  CHECK_EQ(server.accepted, 8);
  CHECK_LE(server.failed, 1);  // The one that went had an answer unread.
}

TEST_CASE("at the limit of descriptors accept pauses, does not spin, and goes on when there is room (EMFILE)") {
  survives(too_many_descriptors);
}

Task<> nothing_can_be_made(Server& server) {
  const DescriptorLimit limit(0);
  Task<TcpStream> connecting = TcpStream::connect(server.address);
  kettle::Context context;
  CHECK_THROWS_WITH(connecting.poll(context), "make a socket: Too many open files");
  CHECK_THROWS_WITH(TcpListener::bind(SocketAddress::loopback(0)), "make a socket: Too many open files");
  CHECK_THROWS_WITH(kettle::UdpSocket::bind(SocketAddress::loopback(0)), "make a socket: Too many open files");
  CHECK_THROWS_WITH(UnixStream::pair(), "make a pair of sockets: Too many open files");
  CHECK_THROWS_WITH(kettle::make_pipe(), "make a pipe: Too many open files");
  co_return;
}

TEST_CASE("at the limit of descriptors nothing can be made, and everything says so") { survives(nothing_can_be_made); }

// --- full queues --------------------------------------------------------------------------------------------------

// A client that is not served, and so tries again.
Task<> insist(SocketAddress address, std::string greeting, int& tries) {
  for (;;) {
    ++tries;
    try {
      Task<TcpStream> connecting = TcpStream::connect(address);
      TcpStream stream = co_await connecting;
      const std::string text = greeting + "\n";
      co_await stream.write_all(text);
      BufReader<TcpStream> reader(stream);
      const auto line = co_await reader.read_line(100);
      if (line == greeting) co_return;
    } catch (const std::system_error& error) {
      CHECK(is_one_of(error.what(), {"read from " + address.to_string() + ": Connection reset by peer",
                                     "write to " + address.to_string() + ": Connection reset by peer"}));
    }
  }
}

// A connection that Linux has promised to a client and then has no room for is reset later, or given up without a
// word (its SYN cookies): so clients of an overrun server must be ready to try again.
Task<> full_queue() {
  constexpr int count = 10;
  Server server({.backlog = 1});
  int tries = 0;
  std::vector<JoinHandle<void>> clients;
  for (int i = 0; i < count; ++i) {
    clients.push_back(spawn("client", insist(server.address, fmt::format("this is client number {}", i), tries)));
  }
  for (int i = 0; i < 100; ++i) co_await kettle::yield_now();
  CHECK_EQ(faults::counts().of(Call::connect), count);  // All have begun, and the queue holds two.
  JoinHandle<void> loop = spawn("accept", accept_all(server));
  for (JoinHandle<void>& client : clients) co_await client;  // Those left outside knock again after a second.
  CHECK_LE(server.accepted, tries);
  CHECK_LE(tries, 10 * count);
  CHECK_LE(faults::counts().all, static_cast<std::uint64_t>(40 * tries));
}

TEST_CASE("a full accept queue: who does not fit in comes in when there is room") {
  kettle::Reactor::current();
  const std::size_t before = net::open_descriptors();
  faults::start_counting();
  kettle::block_on(full_queue());
  CHECK_EQ(net::open_descriptors(), before);
}

Task<> connect_by_path(std::string path, int& connected) {
  Task<UnixStream> connecting = UnixStream::connect(path);
  UnixStream stream = co_await connecting;
  ++connected;
  char end[1];
  co_await stream.read(end);
}

Task<> accept_by_path(UnixListener& listener) {
  for (;;) {
    UnixStream stream = co_await listener.accept();
  }
}

Task<> full_unix_queue(Server&) {
  constexpr int count = 10;
  const std::string path = fmt::format("/tmp/kettle-full-{}", getpid());
  ::unlink(path.c_str());
  UnixListener listener = UnixListener::bind(path, 1);
  int connected = 0;
  std::vector<JoinHandle<void>> clients;
  for (int i = 0; i < count; ++i) clients.push_back(spawn("client", connect_by_path(path, connected)));
  kettle::Sleep second = kettle::sleep(1s);
  co_await second;
  CHECK_EQ(connected, 2);  // The queue's room.
  CHECK_GE(errors(EAGAIN), 100);
  CHECK_LE(errors(EAGAIN), 1010 * (count - 2));  // Each has tried once in a millisecond.
  JoinHandle<void> loop = spawn("accept", accept_by_path(listener));
  for (JoinHandle<void>& client : clients) co_await client;
  CHECK_EQ(connected, count);
  loop.abort();
  ::unlink(path.c_str());
}

TEST_CASE("a full queue at a path: who does not fit in tries again, and comes in when there is room") {
  survives(full_unix_queue);
}

// --- ends that come early -----------------------------------------------------------------------------------------

Task<> half_open(Server& server) {
  Task<TcpStream> connecting = TcpStream::connect(server.address);
  TcpStream stream = co_await connecting;
  co_await stream.write_all("send 300000\n");
  stream.shutdown(kettle::Shutdown::write);
  BufReader<TcpStream> reader(stream);
  const std::string answer = co_await reader.read_exact(300'000);
  CHECK_EQ(answer, std::string(300'000, 'x'));
  const auto last = co_await reader.read_line(10);
  CHECK_EQ(last, "bye");
  const auto end = co_await reader.read_line(10);
  CHECK_FALSE(end.has_value());
}

TEST_CASE("a client that has shut down its writing still gets the whole answer (half open)") { survives(half_open); }

Task<> disappears(Server& server) {
  Client asks(server.address);
  asks.send("send 50000000\n");
  Client waits(server.address);
  waits.send("half a li");
  Client silent(server.address);
  co_await becomes(server.sending, 1);
  co_await becomes(server.accepted, 3);
  asks.close();  // With unread bytes: the system sends a reset.
  waits.close();
  silent.close();
  co_await becomes(server.open, 0);
  CHECK_GE(server.failed, 1);  // The first; the second, if the system has told in time that nobody hears the answer.
  CHECK_LE(server.failed, 2);
}

TEST_CASE("clients that close in the middle of an answer, of a question, and before it: no error but theirs") {
  survives(disappears);
}

Task<> slow_reader(Server& server) {
  constexpr std::size_t size = 1 << 20;
  Task<TcpStream> connecting = TcpStream::connect(server.address);
  TcpStream stream = co_await connecting;
  const std::string question = fmt::format("send {}\n", size);
  co_await stream.write_all(question);
  std::vector<char> buffer(4096);
  const faults::Counts before = faults::counts();
  for (std::size_t left = size; left > 0;) {
    const std::size_t count = co_await stream.read(buffer);
    REQUIRE_GT(count, 0);
    left -= count;
    if (left / 100'000 == (left + count) / 100'000) continue;
    Task<> greeting = greet(server.address, "others are served");
    co_await greeting;
  }
  const faults::Counts& after = faults::counts();
  // A write brings as much as there is room for. One that finds none is followed by a wait, not by the next.
  CHECK_GE(after.of(Call::send) - before.of(Call::send), 10);
  CHECK_LE(after.of(Call::send) - before.of(Call::send), 2 * size / 4096 + 100);
  CHECK_LE(after.fruitless - before.fruitless, 2 * size / 4096 + 200);
}

TEST_CASE("an answer of 1 MB to a reader of 4 KB at a time arrives, and holds up nobody") { survives(slow_reader); }

Task<> closed_pipe(Server&) {
  kettle::Pipe pipe = kettle::make_pipe();
  {
    const kettle::AsyncFd closed = std::move(pipe.reader);
  }
  std::string problem;
  try {
    [[maybe_unused]] const std::size_t count = co_await pipe.writer.write("nobody hears this");
  } catch (const std::system_error& error) {
    problem = error.what();
  }
  CHECK_EQ(problem, "write to pipe: Broken pipe");

  auto ends = UnixStream::pair();
  {
    const UnixStream closed = std::move(ends.second);
  }
  problem.clear();
  try {
    co_await ends.first.write_all("nor this");
  } catch (const std::system_error& error) {
    problem = error.what();
  }
  CHECK_EQ(problem, "write to pair: Broken pipe");
}

TEST_CASE("writing to what is closed is an error, and does not end the process (SIGPIPE)") { survives(closed_pipe); }

// A byte of urgent data ends a read early, with more behind it, of which there is no news.
Task<> urgent(Server& server) {
  Client client(server.address);
  client.send("a");
  client.send_urgent('!');
  client.send("b\n");
  co_await becomes(server.accepted, 1);
  Task<> greeting = greet(server.address, "others are served");
  co_await greeting;
  client.send("c\n");
  co_await becomes(server.lines, 3);  // The greeting, "ab" and "c": nothing is lost.
  client.close();
}

TEST_CASE("urgent data, which the server did not ask for, may delay its connection, and loses nothing") {
  survives(urgent);
}

// --- signals ------------------------------------------------------------------------------------------------------

volatile std::sig_atomic_t signals = 0;
extern "C" void count_signal(int) { signals = signals + 1; }

// A signal every half of a millisecond; its handler does not ask for calls to be started again.
class Signals {
 public:
  Signals() {
    signals = 0;
    struct sigaction action{};
    action.sa_handler = count_signal;
    sigemptyset(&action.sa_mask);
    sigaction(SIGALRM, &action, &before_);
    const itimerval often{.it_interval = {.tv_sec = 0, .tv_usec = 500}, .it_value = {.tv_sec = 0, .tv_usec = 500}};
    setitimer(ITIMER_REAL, &often, nullptr);
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals() {
    const itimerval no_more{};
    setitimer(ITIMER_REAL, &no_more, nullptr);
    sigaction(SIGALRM, &before_, nullptr);
  }

 private:
  struct sigaction before_{};
};

Task<> interrupted(Server& server, int& interruptions) {
  const Signals hail;
  Task<TcpStream> connecting = TcpStream::connect(server.address);
  TcpStream stream = co_await connecting;
  BufReader<TcpStream> reader(stream);
  for (int round = 0; round < 5 || interruptions == 0; ++round) {
    co_await stream.write_all("send 200000\n");
    const std::string answer = co_await reader.read_exact(200'000);
    CHECK_EQ(answer, std::string(200'000, 'x'));
    const auto begin = kettle::Clock::now();
    kettle::Sleep nap = kettle::sleep(3ms);  // In here the poller is interrupted.
    co_await nap;
    CHECK_GE(kettle::Clock::now() - begin, 3ms);
    interruptions = static_cast<int>(errors(EINTR));
  }
}

Task<> serve_under_signals() {
  Server server;
  JoinHandle<void> loop = spawn("accept", accept_all(server));
  int interruptions = 0;
  Task<> exchange = interrupted(server, interruptions);
  co_await exchange;
  CHECK_GE(interruptions, 1);
  CHECK_GE(signals, 1);
  CHECK(server.log.empty());
}

TEST_CASE("signals interrupt system calls, and nobody notices (EINTR)") {
  kettle::Reactor::current();
  const std::size_t before = net::open_descriptors();
  faults::start_counting();
  kettle::block_on(serve_under_signals());
  CHECK_EQ(net::open_descriptors(), before);
}

// --- nothing at all -----------------------------------------------------------------------------------------------

Task<> hundred_connections(Server& server) {
  std::deque<Client> clients;
  for (int i = 0; i < 100; ++i) clients.emplace_back(server.address);
  co_await becomes(server.accepted, 100);
  Task<> idle = be_idle();
  co_await idle;
  for (Client& client : clients) client.send("still here\n");
  co_await becomes(server.lines, 100);
}

TEST_CASE("a hundred connections that say nothing cost no system call") { survives(hundred_connections); }

}  // namespace
