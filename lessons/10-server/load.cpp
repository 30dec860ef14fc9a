// Asking, and taking the time.
#include "load.hpp"

#include <kettle/join_handle.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace hello {

using kettle::JoinHandle;
using kettle::Task;
using kettle::TcpStream;
using std::chrono::steady_clock;

namespace {

using Times = std::vector<steady_clock::duration>;

constexpr std::string_view question = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

// How long the whole answer is that begins with `text`; 0 while its head is not complete.
std::size_t answer_size(std::string_view text) {
  constexpr std::string_view end_of_head = "\r\n\r\n";
  constexpr std::string_view length = "\r\nContent-Length: ";
  if (!text.starts_with(std::string_view("HTTP/1.1 200 ").substr(0, text.size()))) {
    throw std::runtime_error("the server does not answer with the page, but: " + std::string(text.substr(0, 60)));
  }
  const std::size_t head = text.find(end_of_head);
  if (head == text.npos) return 0;
  const std::size_t at = text.substr(0, head).find(length);
  if (at == text.npos) throw std::runtime_error("the server's answer does not tell its length");
  return head + end_of_head.size() + std::stoul(std::string(text.substr(at + length.size(), 10)));
}

// One client.
Task<> ask(TcpStream& server, std::size_t times, Times& took) {
  char answer[4096];
  for (std::size_t i = 0; i < times; ++i) {
    const auto asked = steady_clock::now();
    co_await server.write_all(question);
    std::size_t size = 0;
    for (std::size_t had = 0; size == 0 || had < size; size = answer_size(std::string_view(answer, had))) {
      const std::size_t count = co_await server.read(std::span(answer).subspan(had));
      if (count == 0) throw std::runtime_error("the server has hung up");
      had += count;
    }
    took.push_back(steady_clock::now() - asked);
  }
}

// The time within which `share` of all answers were there. Puts them into another order.
std::chrono::microseconds percentile(Times& took, double share) {
  const auto place = static_cast<std::ptrdiff_t>(share * static_cast<double>(took.size() - 1));
  std::ranges::nth_element(took, took.begin() + place);
  return std::chrono::duration_cast<std::chrono::microseconds>(took[static_cast<std::size_t>(place)]);
}

}  // namespace

Task<Load> Load::connect(kettle::SocketAddress server, std::size_t connections) {
  std::vector<TcpStream> clients;
  for (std::size_t i = 0; i < connections; ++i) {
    Task<TcpStream> connecting = TcpStream::connect(server);
    TcpStream client = co_await connecting;
    clients.push_back(std::move(client));
  }
  co_return Load(std::move(clients));
}

Task<LoadResult> Load::run(std::size_t requests) {
  const std::size_t times = std::max<std::size_t>(1, requests / clients_.size());
  Times took;
  took.reserve(times * clients_.size());
  const auto begun = steady_clock::now();
  std::vector<JoinHandle<void>> asking;
  for (TcpStream& client : clients_) asking.push_back(kettle::spawn("client", ask(client, times, took)));
  for (JoinHandle<void>& each : asking) co_await each;
  const std::chrono::duration<double> seconds = steady_clock::now() - begun;
  co_return LoadResult{took.size(), static_cast<double>(took.size()) / seconds.count(), percentile(took, 0.50),
                       percentile(took, 0.99)};
}

}  // namespace hello
