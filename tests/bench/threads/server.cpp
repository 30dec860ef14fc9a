// The bench's servers with a thread a connection: what everybody wrote before there was epoll.
#include <array>
#include <string_view>
#include <thread>

#include "http.hpp"
#include "server.hpp"

namespace {

void converse(int connection, bool http) {
  std::array<char, 4096> buffer;
  bench::Requests requests;
  for (;;) {
    const ssize_t got = recv(connection, buffer.data(), buffer.size(), 0);
    if (got <= 0) break;
    const auto size = static_cast<std::size_t>(got);
    if (!http) {
      if (send(connection, buffer.data(), size, MSG_NOSIGNAL) < 0) break;
    } else {
      for (std::size_t left = requests.feed({buffer.data(), size}); left > 0; --left) {
        if (send(connection, bench::hello.data(), bench::hello.size(), MSG_NOSIGNAL) < 0) break;
      }
    }
  }
  close(connection);
}

}  // namespace

void serve(bool http) {
  const int listener = bench::listen_somewhere();
  for (;;) {
    const int connection = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    bench::send_at_once(connection);
    std::thread(converse, connection, http).detach();
  }
}
