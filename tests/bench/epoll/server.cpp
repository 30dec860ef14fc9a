// The bare server: one epoll, one read and one write a request, and nothing else.
#include <sys/epoll.h>

#include <array>
#include <string_view>
#include <unordered_map>

#include "http.hpp"
#include "server.hpp"

namespace {

void write_all(int connection, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (wrote < 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
}

void serve(bool http) {
  const int listener = bench::listen_somewhere();
  const int poller = epoll_create1(EPOLL_CLOEXEC);
  const auto watch = [&](int file) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = file;
    bench::check(epoll_ctl(poller, EPOLL_CTL_ADD, file, &event) == 0, "cannot watch a socket");
  };
  watch(listener);
  std::unordered_map<int, bench::Requests> requests;
  std::array<epoll_event, 1024> events{};
  std::array<char, 4096> buffer;
  for (;;) {
    const int ready = epoll_wait(poller, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      const int file = events[static_cast<std::size_t>(i)].data.fd;
      if (file == listener) {
        const int connection = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (connection < 0) continue;
        bench::send_at_once(connection);
        watch(connection);
        requests[connection] = {};
        continue;
      }
      const ssize_t got = recv(file, buffer.data(), buffer.size(), 0);
      if (got <= 0) {
        close(file);
        continue;
      }
      const std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
      if (!http) {
        write_all(file, bytes);
      } else {
        for (std::size_t left = requests[file].feed(bytes); left > 0; --left) write_all(file, bench::hello);
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) { return bench::run("epoll", argc, argv, {}, serve); }
