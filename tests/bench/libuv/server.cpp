// The bench's servers, written with libuv: callbacks, and a write that is tried at once before it is queued.
#include <uv.h>

#include <array>
#include <string>
#include <string_view>

#include "http.hpp"
#include "server.hpp"

namespace {

struct Connection {
  uv_tcp_t socket;
  bench::Requests requests;
};

bool answers_requests = false;
std::array<char, 65536> buffer;  // One for all: a callback has done with it when it returns.

struct Write {
  uv_write_t request;
  std::string bytes;
};

void write(uv_stream_t* stream, std::string_view bytes) {
  uv_buf_t now = uv_buf_init(const_cast<char*>(bytes.data()), static_cast<unsigned>(bytes.size()));
  const int wrote = uv_try_write(stream, &now, 1);
  if (wrote == static_cast<int>(bytes.size())) return;
  auto* const later = new Write{{}, std::string(bytes.substr(wrote > 0 ? static_cast<std::size_t>(wrote) : 0))};
  later->request.data = later;
  uv_buf_t rest = uv_buf_init(later->bytes.data(), static_cast<unsigned>(later->bytes.size()));
  uv_write(&later->request, stream, &rest, 1, [](uv_write_t* done, int) { delete static_cast<Write*>(done->data); });
}

void lend(uv_handle_t*, std::size_t, uv_buf_t* lent) { *lent = uv_buf_init(buffer.data(), buffer.size()); }

void on_read(uv_stream_t* stream, ssize_t got, const uv_buf_t* lent) {
  auto* const connection = static_cast<Connection*>(stream->data);
  if (got < 0) {
    uv_close(reinterpret_cast<uv_handle_t*>(stream),
             [](uv_handle_t* handle) { delete static_cast<Connection*>(handle->data); });
    return;
  }
  const std::string_view bytes(lent->base, static_cast<std::size_t>(got));
  if (!answers_requests) {
    write(stream, bytes);
  } else {
    for (std::size_t left = connection->requests.feed(bytes); left > 0; --left) write(stream, bench::hello);
  }
}

void on_connection(uv_stream_t* listener, int status) {
  if (status < 0) return;
  auto* const connection = new Connection{};
  uv_tcp_init(listener->loop, &connection->socket);
  connection->socket.data = connection;
  auto* const stream = reinterpret_cast<uv_stream_t*>(&connection->socket);
  if (uv_accept(listener, stream) != 0) return;
  uv_tcp_nodelay(&connection->socket, 1);
  uv_read_start(stream, lend, on_read);
}

}  // namespace

void serve(bool http) {
  answers_requests = http;
  uv_loop_t* const loop = uv_default_loop();
  uv_tcp_t listener;
  uv_tcp_init(loop, &listener);
  bench::check(uv_tcp_open(&listener, bench::listen_somewhere()) == 0, "cannot use the socket");
  bench::check(uv_listen(reinterpret_cast<uv_stream_t*>(&listener), 4096, on_connection) == 0, "cannot listen");
  uv_run(loop, UV_RUN_DEFAULT);
}
