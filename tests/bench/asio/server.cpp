// The bench's servers, written with Asio: a coroutine a connection.
#include <array>
#include <asio.hpp>
#include <string_view>

#include "http.hpp"
#include "server.hpp"

namespace {

using Executor = asio::io_context::executor_type;
using Task = asio::awaitable<void, Executor>;
using tcp = asio::ip::tcp;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
constexpr asio::use_awaitable_t<Executor> use_task;

Task converse(Socket socket, bool http) {
  std::array<char, 4096> buffer;
  bench::Requests requests;
  try {
    for (;;) {
      const std::size_t got = co_await socket.async_read_some(asio::buffer(buffer), use_task);
      if (!http) {
        co_await asio::async_write(socket, asio::buffer(buffer, got), use_task);
      } else {
        for (std::size_t left = requests.feed({buffer.data(), got}); left > 0; --left) {
          co_await asio::async_write(socket, asio::buffer(bench::hello), use_task);
        }
      }
    }
  } catch (const std::system_error&) {
    // The client has gone.
  }
}

Task accept_all(Acceptor acceptor, bool http) {
  for (;;) {
    Socket socket = co_await acceptor.async_accept(use_task);
    socket.set_option(tcp::no_delay(true));
    asio::co_spawn(acceptor.get_executor(), converse(std::move(socket), http), asio::detached);
  }
}

}  // namespace

void serve(bool http) {
  asio::io_context context(1);
  Acceptor acceptor(context.get_executor(), tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  bench::announce(acceptor.local_endpoint().port());
  asio::co_spawn(context.get_executor(), accept_all(std::move(acceptor), http), asio::detached);
  context.run();
}
