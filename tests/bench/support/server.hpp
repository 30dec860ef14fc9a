#pragma once
// What the servers that are written on bare system calls share: a listening socket.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>

#include "bench.hpp"

namespace bench {

/// Tells the harness where the server listens: the one line that a server prints.
inline void announce(unsigned port) {
  std::printf("%u\n", port);
  std::fflush(stdout);
}

/// A socket that listens on 127.0.0.1, on a port that it announces.
inline int listen_somewhere() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const plain = reinterpret_cast<sockaddr*>(&address);
  check(listener >= 0 && bind(listener, plain, size) == 0 && listen(listener, 4096) == 0 &&
            getsockname(listener, plain, &size) == 0,
        "cannot listen");
  announce(ntohs(address.sin_port));
  return listener;
}

inline void send_at_once(int connection) {
  const int on = 1;
  setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace bench
