// The load generator: many connections from one thread, in a closed loop or at a fixed rate.
//
//     load PORT PID echo|http CONNECTIONS SECONDS RATE
//
// RATE 0 is the closed loop: every connection asks again as soon as it is answered. Otherwise so many requests a second
// are due at even distances, and a latency counts from the moment at which its request was due, also when no connection
// was free then. PID is the server's: its processor time is read before and after. Prints one line of JSON.
#include <fcntl.h>
#include <sys/epoll.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <vector>

#include "http.hpp"
#include "server.hpp"

namespace {

using bench::Count;
constexpr Count second = 1'000'000'000;
constexpr std::string_view request_http = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
constexpr std::string_view request_echo = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

Count read_clock(clockid_t clock) {
  timespec time{};
  bench::check(clock_gettime(clock, &time) == 0, "cannot read a clock: is the server alive?");
  return static_cast<Count>(time.tv_sec) * second + static_cast<Count>(time.tv_nsec);
}

Count now() { return read_clock(CLOCK_MONOTONIC); }

struct Connection {
  int file = -1;
  Count due = 0;         // When the request that is under way was due.
  std::size_t left = 0;  // Bytes of its answer that have not come yet.
};

class Load {
 public:
  Load(unsigned port, bool http, Count connections, Count rate)
      : request_(http ? request_http : request_echo),
        answer_size_(http ? bench::hello.size() : request_echo.size()),
        rate_(rate),
        connections_(connections) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      const int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      bench::check(connect(file, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0, "cannot connect");
      bench::send_at_once(file);
      fcntl(file, F_SETFL, O_NONBLOCK);
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = i;
      bench::check(epoll_ctl(poller_, EPOLL_CTL_ADD, file, &event) == 0, "cannot watch a socket");
      connections_[i].file = file;
      idle_.push_back(i);
    }
    next_due_ = now();
  }

  /// Sends and receives until `end`. Only what is answered while `counts` is counted.
  void run_until(Count end, bool counts) {
    counts_ = counts;
    for (Count time = now(); time < end; time = now()) {
      send_due(time);
      receive(rate_ == 0 ? end - time : std::min(end, std::max(next_due_, time)) - time);
    }
  }

  std::vector<Count>& latencies() { return latencies_; }

 private:
  void send_due(Count time) {
    while (!idle_.empty() && (rate_ == 0 || next_due_ <= time)) {
      Connection& connection = connections_[idle_.back()];
      idle_.pop_back();
      send_on(connection, rate_ == 0 ? time : next_due_);
      if (rate_ != 0) next_due_ += second / rate_;
    }
  }

  void send_on(Connection& connection, Count due) {
    connection.due = due;
    connection.left = answer_size_;
    const ssize_t sent = send(connection.file, request_.data(), request_.size(), MSG_NOSIGNAL);
    bench::check(sent == static_cast<ssize_t>(request_.size()), "a request was not sent whole");
  }

  void receive(Count longest) {
    // With no connection free there is nothing to do before an answer.
    const Count wait = idle_.empty() ? second / 10 : longest;
    const timespec timeout{static_cast<time_t>(wait / second), static_cast<long>(wait % second)};
    const int ready = epoll_pwait2(poller_, events_.data(), static_cast<int>(events_.size()), &timeout, nullptr);
    for (int i = 0; i < ready; ++i) {
      const std::size_t place = events_[static_cast<std::size_t>(i)].data.u64;
      Connection& connection = connections_[place];
      const ssize_t got = recv(connection.file, buffer_.data(), buffer_.size(), 0);
      if (got < 0 && errno == EAGAIN) continue;
      bench::check(got > 0 && static_cast<std::size_t>(got) <= connection.left,
                   "the server's answer is not what was asked");
      connection.left -= static_cast<std::size_t>(got);
      if (connection.left != 0) continue;
      const Count time = now();
      if (counts_) latencies_.push_back(time - connection.due);
      if (rate_ == 0) {
        send_on(connection, time);
      } else {
        idle_.push_back(place);
      }
    }
  }

  const std::string_view request_;
  const std::size_t answer_size_;
  const Count rate_;
  const int poller_ = epoll_create1(EPOLL_CLOEXEC);
  std::vector<Connection> connections_;
  std::vector<std::size_t> idle_;
  Count next_due_ = 0;
  bool counts_ = false;
  std::vector<Count> latencies_;
  std::array<epoll_event, 1024> events_{};
  std::array<char, 4096> buffer_;
};

double percentile(std::vector<Count>& latencies, double part) {
  const auto place = static_cast<std::size_t>(part * static_cast<double>(latencies.size() - 1));
  std::nth_element(latencies.begin(), latencies.begin() + static_cast<std::ptrdiff_t>(place), latencies.end());
  return static_cast<double>(latencies[place]) / 1000;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    std::fprintf(stderr, "usage: %s PORT PID echo|http CONNECTIONS SECONDS RATE\n", argv[0]);
    return 2;
  }
  const auto port = static_cast<unsigned>(std::strtoul(argv[1], nullptr, 10));
  clockid_t server_clock{};
  bench::check(clock_getcpuclockid(static_cast<pid_t>(std::strtol(argv[2], nullptr, 10)), &server_clock) == 0,
               "no such server");
  const auto length = static_cast<Count>(std::strtod(argv[5], nullptr) * static_cast<double>(second));
  Load load(port, std::strcmp(argv[3], "http") == 0, std::strtoull(argv[4], nullptr, 10),
            std::strtoull(argv[6], nullptr, 10));
  load.run_until(now() + length / 4, false);
  const Count began = now();
  const Count used = read_clock(server_clock);
  load.run_until(began + length, true);
  const Count server = read_clock(server_clock) - used;
  const auto seconds = static_cast<double>(now() - began) / static_cast<double>(second);
  auto& latencies = load.latencies();
  bench::check(!latencies.empty(), "no request was answered");
  const auto requests = static_cast<double>(latencies.size());
  std::printf(
      R"({"requests": %zu, "per_second": %.1f, "server_us": %.4f, "p50_us": %.1f, "p99_us": %.1f, "p999_us": %.1f})"
      "\n",
      latencies.size(), requests / seconds, static_cast<double>(server) / requests / 1000, percentile(latencies, 0.5),
      percentile(latencies, 0.99), percentile(latencies, 0.999));
  return 0;
}
