#pragma once
// Server: the page for everybody, on one thread: a task for each connection. Lesson 10.
//
// Nobody can hold it up: whatever a client is waited for has a limit, and what goes wrong with one client ends that
// client's task and no other.

#include <kettle/buf_reader.hpp>
#include <kettle/intrusive_list.hpp>
#include <kettle/semaphore.hpp>
#include <kettle/task.hpp>
#include <kettle/tcp_listener.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <variant>

#include "http.hpp"
#include "log.hpp"
#include "patience.hpp"
#include "site.hpp"

namespace hello {

/// How much the server puts up with. The times can be `Duration::max()`: for ever.
struct ServerOptions {
  std::size_t connections = 1000;                       // At once. More wait in the system's queue.
  kettle::Duration idle = std::chrono::seconds(60);     // From one request to the first byte of the next.
  kettle::Duration head = std::chrono::seconds(10);     // From the first byte of a request to the end of its head.
  kettle::Duration request = std::chrono::seconds(30);  // From the first byte to the last of the answer.
  kettle::Duration farewell = std::chrono::seconds(2);  // After a refusal, for the client to read it.
  kettle::Duration drain = std::chrono::seconds(5);     // For what is under way when the server is to stop.
  Limits limits = {};
};

/// Must outlive the block_on that it runs in.
class Server {
 public:
  Server(kettle::TcpListener listener, const ServerOptions& options);

  /// Takes connections in, and serves each in a task of its own. Never ready: drop it to take in no more.
  kettle::Task<> serve();

  /// Takes no more connections, closes those that are idle, and waits for the others to finish what they are about.
  /// False when that took too long, and some are left.
  kettle::Task<bool> drain();

  std::uint64_t requests() const noexcept { return requests_; }
  std::uint64_t connections() const noexcept { return connections_; }

 private:
  /// One client.
  struct Connection : kettle::ListNode {
    Connection(kettle::TcpStream s, const Limits& limits) : stream(std::move(s)), parser(limits) {}
    ~Connection() { unlink(); }

    /// The next request, if all of its head is there. Takes it out of the buffer.
    Parsed parse();

    kettle::TcpStream stream;
    RequestParser parser;
    kettle::ReadBuffer buffer;
    Patience patience;
    kettle::Instant began{};  // When the first byte of the request was there.
  };

  /// What a read brought, or that patience has ended.
  using BytesOrLate = std::variant<std::size_t, std::monostate>;

  kettle::Task<> converse(kettle::TcpStream stream, kettle::SemaphorePermit place);
  kettle::Task<BadRequest> answer_requests(Connection& client);
  void expect_request(Connection& client);
  void end_idle();
  Parsed take(Connection& client, const BytesOrLate& read);
  kettle::Task<std::optional<BadRequest>> skip_body(Connection& client, const Request& request);
  kettle::Task<> refuse(Connection& client, BadRequest why);

  ServerOptions options_;
  std::optional<kettle::TcpListener> listener_;
  kettle::Semaphore places_;
  kettle::IntrusiveList<Connection> idle_;
  bool is_stopping_ = false;
  std::uint64_t requests_ = 0;
  std::uint64_t connections_ = 0;
  Site site_;
  Log log_;
};

}  // namespace hello
