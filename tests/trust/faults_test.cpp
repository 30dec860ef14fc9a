// Faults: what goes wrong between a program and the system, made up from a seed and made for real. Every time the same
// is asked: what arrives is right and in order, an error ends its own connection and no other, everybody else is
// served, no descriptor is left, nothing hangs and nothing spins. docs/faults.md says what was tried and what was seen.
//
// Seeds go through the seam of tests/support/faults.hpp. One alone: KETTLE_SEED=17 build/default/tests/trust/faults_test
#include <kettle/buf_reader.hpp>
#include <kettle/join_handle.hpp>
#include <kettle/select.hpp>
#include <kettle/split.hpp>
#include <kettle/tcp_listener.hpp>
#include <kettle/udp_socket.hpp>
#include <kettle/unix_stream.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <exception>
#include <optional>
#include <random>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "faults.hpp"
#include "net.hpp"

namespace {

using kettle::AsyncFd;
using kettle::BufReader;
using kettle::Context;
using kettle::JoinHandle;
using kettle::Poll;
using kettle::Ready;
using kettle::SocketAddress;
using kettle::spawn;
using kettle::Task;
using kettle::TcpListener;
using kettle::TcpStream;
using kettle::UdpSocket;
using kettle::UnixListener;
using kettle::UnixStream;
using kettle::Waker;
using namespace std::chrono_literals;

// --- a small world ----------------------------------------------------------------------------------------------

constexpr int number_of_pair = 100'000;  // Beyond all ports.
constexpr int number_of_pipe = 200'000;
constexpr int number_of_unix = -2;

struct World {
  explicit World(std::uint32_t s) : seed(s), random(s) {}
  int below(int bound) { return static_cast<int>(random() % static_cast<unsigned>(bound)); }

  void complain(std::string text) {
    if (complaints.size() < 5) complaints.push_back(std::move(text));
  }

  // An error has come out of a connection: somebody must have put one in.
  void connection_failed(int connection, std::string_view who, std::string_view problem) {
    ++failed;
    if (connection == number_of_unix) {
      ++failed_unix;
    } else if (!faults::was_hit(connection)) {
      complain(fmt::format("{} failed, and nothing was done to its connection: {}", who, problem));
    }
  }

  std::uint32_t seed;
  std::mt19937 random;
  SocketAddress tcp = SocketAddress::loopback(0);
  std::string path;
  std::vector<JoinHandle<void>> servers;
  std::vector<std::string> complaints;
  int expected = 0;
  int done = 0;
  int failed = 0;
  int failed_unix = 0;
  int failed_attempts = 0;
};

// What a client says, a message after the other, each as long as it likes.
std::string message(int client, int number, int size) {
  std::mt19937 random(static_cast<std::uint32_t>(client * 1000 + number));
  std::string bytes(static_cast<std::size_t>(size), ' ');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

std::vector<int> sizes_of(World& world) {
  std::vector<int> sizes;
  for (int i = world.below(3); i >= 0; --i) {
    const int limit = world.below(8) == 0 ? 100'000 : world.below(2) == 0 ? 5'000 : 20;
    sizes.push_back(world.below(limit));
  }
  return sizes;
}

template <class Stream>
Task<> write_in_pieces(Stream& stream, std::string head, std::string body) {
  std::string_view first = head;
  std::string_view second = body;
  while (!first.empty() || !second.empty()) {
    const std::string_view pieces[] = {first, second};
    const std::size_t count = co_await stream.write_vectored(pieces);
    const std::size_t of_first = std::min(count, first.size());
    first.remove_prefix(of_first);
    second.remove_prefix(count - of_first);
  }
}

// Says everything once more: "5\nhello".
template <class Stream>
Task<> echo(World& world, Stream stream, int connection) {
  try {
    BufReader<Stream> reader(stream, static_cast<std::size_t>(1 + world.below(9000)));
    for (;;) {
      const std::optional<std::string> line = co_await reader.read_line(16);
      if (!line) break;
      const std::string body = co_await reader.read_exact(std::stoul(*line));
      if (world.below(2) == 0) {
        const std::string answer = *line + "\n" + body;
        co_await stream.write_all(answer);
      } else {
        Task<> writing = write_in_pieces(stream, *line + "\n", body);
        co_await writing;
      }
    }
  } catch (const std::exception& error) {
    world.connection_failed(connection, "a server's connection", error.what());
  }
}

Task<> accept_tcp(World& world, TcpListener& listener) {
  for (;;) {
    TcpStream stream = co_await listener.accept();
    const int port = stream.peer_address().port();
    world.servers.push_back(spawn("echo", echo<TcpStream>(world, std::move(stream), port)));
  }
}

Task<> accept_unix(World& world, UnixListener& listener) {
  for (;;) {
    UnixStream stream = co_await listener.accept();
    world.servers.push_back(spawn("echo", echo<UnixStream>(world, std::move(stream), number_of_unix)));
  }
}

Task<> say_all(kettle::WriteHalf half, int client, std::vector<int> sizes) {
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const std::string text = fmt::format("{}\n", sizes[i]) + message(client, static_cast<int>(i), sizes[i]);
    co_await half.write_all(text);
  }
}

Task<> hear_all(World& world, BufReader<kettle::ReadHalf>& reader, int client, std::vector<int> sizes) {
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const std::optional<std::string> line = co_await reader.read_line(16);
    if (!line) throw std::runtime_error("the server has closed the connection");
    if (*line != std::to_string(sizes[i])) world.complain(fmt::format("client {} heard a wrong size", client));
    const std::string body = co_await reader.read_exact(static_cast<std::size_t>(sizes[i]));
    if (body != message(client, static_cast<int>(i), sizes[i])) {
      world.complain(fmt::format("client {} heard wrong bytes", client));
    }
  }
  const std::optional<std::string> more = co_await reader.read_line(16);
  if (more) world.complain(fmt::format("client {} heard more than it had said", client));
}

// Says all of it in one task and hears the answers in another.
template <class Stream>
Task<> converse(World& world, Stream stream, int client) {
  const std::vector<int> sizes = sizes_of(world);
  auto halves = kettle::split(std::move(stream));
  BufReader<kettle::ReadHalf> reader(halves.first);
  JoinHandle<void> writer = spawn("writer", say_all(std::move(halves.second), client, sizes));
  std::exception_ptr error;
  try {
    Task<> hearing = hear_all(world, reader, client, sizes);
    co_await hearing;
  } catch (const std::exception&) {
    error = std::current_exception();
    writer.abort();
  }
  try {
    co_await writer;
  } catch (const kettle::Cancelled&) {
  } catch (const std::exception&) {
    error = std::current_exception();
  }
  if (error != nullptr) std::rethrow_exception(error);
}

bool begins_with(std::string_view text, std::string_view beginning) { return text.starts_with(beginning); }

// Nothing stands yet: what can have gone wrong, and does the error say with whom?
void attempt_failed(World& world, std::string_view whom, const char* problem, int& count) {
  if (begins_with(problem, "make a socket")) return;
  ++count;
  if (!begins_with(problem, fmt::format("connect to {}", whom)) && !begins_with(problem, fmt::format("watch {}", whom)))
    world.complain(fmt::format("an attempt to connect to {} says: {}", whom, problem));
}

constexpr int most_attempts = 200;

Task<> tcp_client(World& world, int client) {
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    int port = 0;
    try {
      Task<TcpStream> connecting = TcpStream::connect(world.tcp);
      TcpStream stream = co_await connecting;
      port = stream.local_address().port();
      faults::call_it(stream.fd(), port);
      Task<> conversation = converse(world, std::move(stream), client);
      co_await conversation;
      ++world.done;
      co_return;
    } catch (const std::exception& error) {
      if (port == 0) {
        attempt_failed(world, world.tcp.to_string(), error.what(), world.failed_attempts);
      } else {
        world.connection_failed(port, "a client's connection", error.what());
      }
    }
    kettle::Sleep pause = kettle::sleep(1ms);
    co_await pause;
  }
  world.complain("a client was never served");
}

Task<> unix_client(World& world, int client) {
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    bool stands = false;
    try {
      Task<UnixStream> connecting = UnixStream::connect(world.path);
      UnixStream stream = co_await connecting;
      stands = true;
      Task<> conversation = converse(world, std::move(stream), client);
      co_await conversation;
      ++world.done;
      co_return;
    } catch (const std::exception& error) {
      if (stands) {
        world.connection_failed(number_of_unix, "a client's connection", error.what());
      } else {
        attempt_failed(world, world.path, error.what(), world.failed_unix);
      }
    }
    kettle::Sleep pause = kettle::sleep(1ms);
    co_await pause;
  }
  world.complain("a client of the Unix kind was never served");
}

// Two ends that were connected from the start.
Task<> pair_client(World& world, int client) {
  std::optional<std::pair<UnixStream, UnixStream>> ends;
  for (int attempt = 0; attempt < most_attempts && !ends; ++attempt) {
    try {
      ends.emplace(UnixStream::pair());
    } catch (const std::system_error&) {  // No room in epoll.
    }
  }
  if (!ends) throw std::runtime_error("no pair could be made");
  faults::call_it(ends->first.fd(), number_of_pair);
  faults::call_it(ends->second.fd(), number_of_pair);
  world.servers.push_back(spawn("echo", echo<UnixStream>(world, std::move(ends->second), number_of_pair)));
  try {
    Task<> conversation = converse(world, std::move(ends->first), client);
    co_await conversation;
  } catch (const std::exception& error) {
    world.connection_failed(number_of_pair, "a pair", error.what());
  }
  ++world.done;
}

Task<> fill_pipe(World& world, AsyncFd writer, std::string text) {
  try {
    std::string_view rest = text;
    while (!rest.empty()) {
      const std::size_t count = co_await writer.write(rest);
      rest.remove_prefix(count);
    }
  } catch (const std::exception& error) {
    world.connection_failed(number_of_pipe, "the writer of a pipe", error.what());
  }
}

Task<> pipe_client(World& world, int client) {
  std::optional<kettle::Pipe> pipe;
  for (int attempt = 0; attempt < most_attempts && !pipe; ++attempt) {
    try {
      pipe.emplace(kettle::make_pipe());
    } catch (const std::system_error&) {  // At a limit, or no room in epoll.
    }
  }
  if (!pipe) throw std::runtime_error("no pipe could be made");
  faults::call_it(pipe->reader.fd(), number_of_pipe);
  faults::call_it(pipe->writer.fd(), number_of_pipe);
  const std::string text = message(client, 0, world.below(200'000));
  world.servers.push_back(spawn("pipe", fill_pipe(world, std::move(pipe->writer), text)));
  std::string heard;
  std::vector<char> buffer(static_cast<std::size_t>(1 + world.below(10'000)));
  try {
    for (;;) {
      const std::size_t count = co_await pipe->reader.read(buffer);
      if (count == 0) break;
      heard.append(buffer.data(), count);
    }
    if (heard != text && !faults::was_hit(number_of_pipe)) world.complain("a pipe has lost something");
  } catch (const std::exception& error) {
    world.connection_failed(number_of_pipe, "the reader of a pipe", error.what());
  }
  if (!text.starts_with(heard)) world.complain("a pipe has brought wrong bytes");
  ++world.done;
}

Task<UdpSocket> udp_socket(const char* address) {
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    try {
      co_return UdpSocket::bind(SocketAddress(address));
    } catch (const std::system_error&) {  // At a limit, or no room in epoll.
    }
  }
  throw std::runtime_error("no UDP socket could be made");
}

// A datagram that the seam would not let go, or let in, is tried again.
Task<> send_surely(World& world, UdpSocket& socket, std::string text, SocketAddress to) {
  for (;;) {
    try {
      co_await socket.send_to(text, to);
      co_return;
    } catch (const std::system_error& error) {
      const bool is_expected = error.code().value() == EPERM && begins_with(error.what(), "send to " + to.to_string());
      if (!is_expected) world.complain(error.what());
    }
  }
}

Task<std::pair<std::string, SocketAddress>> receive_surely(World& world, UdpSocket& socket) {
  char buffer[100];
  for (;;) {
    try {
      const UdpSocket::Datagram datagram = co_await socket.recv_from(buffer);
      std::pair<std::string, SocketAddress> received(std::string(buffer, datagram.size), datagram.from);
      co_return received;
    } catch (const std::system_error& error) {
      const std::string tried = "receive at " + socket.local_address().to_string();
      const bool is_expected = error.code().value() == ECONNREFUSED && begins_with(error.what(), tried);
      if (!is_expected) world.complain(error.what());
    }
  }
}

Task<> udp_server(World& world, UdpSocket& socket, int datagrams) {
  for (int i = 0; i < datagrams; ++i) {
    Task<std::pair<std::string, SocketAddress>> receiving = receive_surely(world, socket);
    const std::pair<std::string, SocketAddress> received = co_await receiving;
    Task<> sending = send_surely(world, socket, "answer to " + received.first, received.second);
    co_await sending;
  }
}

Task<> udp_client(World& world) {
  const char* const address = world.below(2) == 0 ? "127.0.0.1:0" : "[::1]:0";
  const int datagrams = 1 + world.below(10);
  Task<UdpSocket> making_one = udp_socket(address);
  UdpSocket socket = co_await making_one;
  Task<UdpSocket> making_other = udp_socket(address);
  UdpSocket other = co_await making_other;
  JoinHandle<void> server = spawn("udp", udp_server(world, other, datagrams));
  for (int i = 0; i < datagrams; ++i) {
    Task<> sending = send_surely(world, socket, std::to_string(i), other.local_address());
    co_await sending;
    Task<std::pair<std::string, SocketAddress>> receiving = receive_surely(world, socket);
    const std::pair<std::string, SocketAddress> received = co_await receiving;
    if (received.first != fmt::format("answer to {}", i)) world.complain("a datagram was wrong: " + received.first);
    if (!(received.second == other.local_address())) world.complain("a datagram came from somebody else");
  }
  co_await server;
  ++world.done;
}

Task<> timer_client(World& world) {
  for (int i = world.below(5); i >= 0; --i) {
    kettle::Sleep nap = kettle::sleep(std::chrono::milliseconds(world.below(20)));
    co_await nap;
  }
  ++world.done;
}

// Ready when the seam says that nothing happens any more.
class Silence {
 public:
  using Output = void;
  Silence() {
    faults::on_silence([this] {
      is_silent_ = true;
      waker_.wake();
    });
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;
  ~Silence() { faults::on_silence(nullptr); }
  Poll<> poll(Context& context) {
    if (is_silent_) return Ready();
    waker_ = context.waker();
    return kettle::pending;
  }

 private:
  bool is_silent_ = false;
  Waker waker_ = Waker::noop();
};

Task<> join_everybody(World& world, std::vector<JoinHandle<void>>& clients) {
  for (JoinHandle<void>& client : clients) co_await client;
  // Then the servers, those included that come in meanwhile.
  for (std::size_t i = 0; i < world.servers.size(); ++i) {
    JoinHandle<void> server = std::move(world.servers[i]);
    co_await server;
  }
}

Task<> live(World& world) {
  TcpListener tcp = TcpListener::bind(SocketAddress::loopback(0));
  world.tcp = tcp.local_address();
  world.path = fmt::format("/tmp/kettle-faults-{}", getpid());
  ::unlink(world.path.c_str());
  UnixListener at_path = UnixListener::bind(world.path);
  faults::start(world.seed);
  Silence silence;

  JoinHandle<void> tcp_loop = spawn("accept", accept_tcp(world, tcp));
  JoinHandle<void> unix_loop = spawn("accept", accept_unix(world, at_path));
  std::vector<JoinHandle<void>> clients;
  int number = 0;
  for (int i = world.below(5); i >= 0; --i) clients.push_back(spawn("tcp client", tcp_client(world, ++number)));
  for (int i = world.below(3); i > 0; --i) clients.push_back(spawn("unix client", unix_client(world, ++number)));
  if (world.below(2) == 0) clients.push_back(spawn("pair", pair_client(world, ++number)));
  if (world.below(2) == 0) clients.push_back(spawn("pipe", pipe_client(world, ++number)));
  if (world.below(2) == 0) clients.push_back(spawn("udp", udp_client(world)));
  for (int i = world.below(4); i > 0; --i) clients.push_back(spawn("timer", timer_client(world)));
  world.expected = static_cast<int>(clients.size());

  Task<> everybody = join_everybody(world, clients);
  const auto first = co_await kettle::select_biased(everybody, silence);
  if (first.index() == 1) world.complain("somebody waits for ever, or somebody spins");
  if (tcp_loop.is_finished() || unix_loop.is_finished()) world.complain("an accept loop has ended");
  faults::stop();
  ::unlink(world.path.c_str());
}

std::string run_world(std::uint32_t seed) {
  World world(seed);
  {
    const kettle::VirtualTime time;
    try {
      kettle::block_on(live(world));
    } catch (const std::exception& error) {
      world.complain(error.what());
    }
    world.servers.clear();
  }
  faults::stop();
  const faults::Counts& counts = faults::counts();
  if (world.done != world.expected) world.complain(fmt::format("{} of {} were served", world.done, world.expected));
  if (world.failed_unix > 2 * faults::hits_without_number()) {
    world.complain(
        fmt::format("{} of the Unix kind failed, {} were hit", world.failed_unix, faults::hits_without_number()));
  }
  if (world.failed_attempts > faults::hits_of_attempts()) {
    world.complain(fmt::format("{} attempts failed, {} were hit", world.failed_attempts, faults::hits_of_attempts()));
  }
  if (counts.fruitless > counts.fruitful + counts.injected + 50) {
    world.complain(fmt::format("it spins: {} calls brought nothing, {} something", counts.fruitless, counts.fruitful));
  }
  std::string problems;
  for (const std::string& complaint : world.complaints) problems += "\n  " + complaint;
  return problems;
}

// What all seeds together have seen, for docs/faults.md: KETTLE_FAULTS_FIGURES=1.
struct Figures {
  void add(const faults::Counts& counts) {
    all += counts.all;
    injected += counts.injected;
    for (std::size_t i = 0; i < faults::kinds; ++i) by_fault[i] += counts.by_fault[i];
  }
  void print() const {
    fmt::print("{} system calls, {} of them with a fault\n", all, injected);
    for (std::size_t i = 0; i < faults::kinds; ++i) {
      fmt::print("{:8} {}\n", by_fault[i], faults::name_of(static_cast<faults::Fault>(i)));
    }
  }
  std::uint64_t all = 0;
  std::uint64_t injected = 0;
  std::uint64_t by_fault[faults::kinds] = {};
};

constexpr std::uint32_t seeds = 1000;

TEST_CASE("a thousand seeds of faults: everybody is served, and nothing is left") {
  kettle::Reactor::current();  // Its descriptors are made once for the thread, and stay.
  std::uint32_t first = 0;
  std::uint32_t last = seeds;
  if (const char* const chosen = std::getenv("KETTLE_SEED")) {
    first = static_cast<std::uint32_t>(std::atoi(chosen));
    last = first + 1;
  }
  const std::size_t before = net::open_descriptors();
  int failures = 0;
  Figures figures;
  for (std::uint32_t seed = first; seed < last; ++seed) {
    std::string problems = run_world(seed);
    figures.add(faults::counts());
    if (net::open_descriptors() != before) problems += "\n  a descriptor was left open";
    CHECK_MESSAGE(problems.empty(), "seed ", seed, ":", problems, "\n  alone: KETTLE_SEED=", seed,
                  " build/default/tests/trust/faults_test -tc='a thousand seeds*'");
    if (!problems.empty() && ++failures == 3) break;  // Enough to begin with.
  }
  if (std::getenv("KETTLE_FAULTS_FIGURES") != nullptr) figures.print();
}

}  // namespace
