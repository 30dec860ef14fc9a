#pragma once
// lookup_host: the addresses of a name, asked for without stopping the thread. Lesson 10.
//
// The system's function for it blocks, for seconds if it must. So it runs on a thread of its own, which wakes the task
// when it is done. An address that is written out needs no thread.

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kettle/socket_address.hpp"
#include "kettle/sync.hpp"
#include "kettle/waker.hpp"

namespace kettle {

/// Waits for the addresses of a host, at least one. Throws std::runtime_error("look up HOST: why").
/// Cancel-safe: the thread goes on by itself until the system answers, and its answer is dropped.
class [[nodiscard]] LookupHost {
 public:
  using Output = std::vector<SocketAddress>;
  LookupHost(std::string host, std::uint16_t port) : host_(std::move(host)), port_(port) {}
  Poll<Output> poll(Context& context);

 private:
  // What the future and the thread share.
  struct Answer {
    sync::Mutex mutex;
    Waker waker = Waker::noop();
    bool is_done = false;
    std::vector<SocketAddress> addresses;
    std::string problem;  // Empty: none.
  };
  static void ask(const std::string& host, std::uint16_t port, const std::shared_ptr<Answer>& answer);

  std::string host_;
  std::uint16_t port_;
  std::shared_ptr<Answer> answer_;
};

/// `auto addresses = co_await lookup_host("localhost", 8080);`
inline LookupHost lookup_host(std::string host, std::uint16_t port) { return LookupHost(std::move(host), port); }

}  // namespace kettle
