// The thread that asks the system, and the future that waits for it.
#include "kettle/lookup_host.hpp"

#include <netdb.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

namespace kettle {

void LookupHost::ask(const std::string& host, std::uint16_t port, const std::shared_ptr<Answer>& answer) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found);
  const int system_error = errno;
  std::vector<SocketAddress> addresses;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    sockaddr_storage address{};
    std::memcpy(&address, each->ai_addr, std::min<std::size_t>(each->ai_addrlen, sizeof address));
    addresses.emplace_back(address);
  }
  if (found != nullptr) freeaddrinfo(found);

  Waker waker = Waker::noop();
  {
    const sync::Lock lock(answer->mutex);
    answer->is_done = true;
    answer->addresses = std::move(addresses);
    if (error != 0) answer->problem = error == EAI_SYSTEM ? std::strerror(system_error) : gai_strerror(error);
    std::swap(waker, answer->waker);
  }
  waker.wake();
}

// #region poll
Poll<LookupHost::Output> LookupHost::poll(Context& context) {
  if (answer_ == nullptr) {
    answer_ = std::make_shared<Answer>();
    std::thread([host = host_, port = port_, answer = answer_] { ask(host, port, answer); }).detach();
  }
  Waker replaced = context.waker();
  const sync::Lock lock(answer_->mutex);
  if (!answer_->is_done) {
    std::swap(replaced, answer_->waker);
    return pending;
  }
  if (!answer_->problem.empty()) throw std::runtime_error("look up " + host_ + ": " + answer_->problem);
  return Ready(std::move(answer_->addresses));
}
// #endregion

}  // namespace kettle
