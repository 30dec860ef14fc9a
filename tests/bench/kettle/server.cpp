// The bench's servers, written with Kettle: a task a connection.
#include <array>
#include <string_view>
#include <system_error>

#include "http.hpp"
#include "kettle/join_handle.hpp"
#include "kettle/task.hpp"
#include "kettle/tcp_listener.hpp"
#include "server.hpp"

namespace {

using namespace kettle;

Task<> converse(TcpStream stream, bool http) {
  std::array<char, 4096> buffer;
  bench::Requests requests;
  try {
    for (;;) {
      const std::size_t got = co_await stream.read(buffer);
      if (got == 0) break;
      const std::string_view bytes(buffer.data(), got);
      if (!http) {
        co_await stream.write_all(bytes);
      } else {
        for (std::size_t left = requests.feed(bytes); left > 0; --left) co_await stream.write_all(bench::hello);
      }
    }
  } catch (const std::system_error&) {
    // The client has gone.
  }
}

Task<> accept_all(bool http) {
  auto listener = TcpListener::bind(SocketAddress::loopback(0), {.backlog = 4096});
  bench::announce(listener.local_address().port());
  for (;;) {
    TcpStream stream = co_await listener.accept();
    spawn(converse(std::move(stream), http));
  }
}

Task<> root(bool http) {
  auto accepting = spawn(accept_all(http));
  co_await accepting;
}

}  // namespace

void serve(bool http) { block_on(root(http)); }
