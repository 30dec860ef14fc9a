// The thread that asks the system, and the future that waits for it.
#include "kettle/lookup_host.hpp"

#include <netdb.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace kettle {

namespace {

// The address that `host` is written out as, if it is.
std::optional<SocketAddress> written_out(const std::string& host, std::uint16_t port) {
  const bool is_v6 = host.find(':') != host.npos;
  return SocketAddress::parse((is_v6 ? "[" + host + "]:" : host + ":") + std::to_string(port));
}

std::string reason(int error, int system_error) {
  return error == EAI_SYSTEM ? std::generic_category().message(system_error) : gai_strerror(error);
}

}  // namespace

void LookupHost::ask(const std::string& host, std::uint16_t port, Answer& answer) {
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
    const sync::Lock lock(answer.mutex);
    answer.is_done = true;
    answer.addresses = std::move(addresses);
    if (error != 0) answer.problem = reason(error, system_error);
    std::swap(waker, answer.waker);
  }
  waker.wake();
}

void LookupHost::start() {
  auto answer = std::make_shared<Answer>();
  try {
    std::thread([host = host_, port = port_, answer] { ask(host, port, *answer); }).detach();
  } catch (const std::system_error& error) {
    throw std::system_error(error.code(), "look up " + host_ + ": start a thread");
  }
  answer_ = std::move(answer);
}

LookupHost::~LookupHost() {
  if (answer_ == nullptr) return;
  Waker unwanted = Waker::noop();
  const sync::Lock lock(answer_->mutex);
  std::swap(unwanted, answer_->waker);
}

// #region poll
Poll<LookupHost::Output> LookupHost::poll(Context& context) {
  if (answer_ == nullptr) {
    if (const auto address = written_out(host_, port_)) return Ready(Output{*address});
    start();
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
