// Mistake: every get_all has a semaphore of its own
// Kind: no limit
// Fails: all who download share the one limit
#include <kettle/join_all.hpp>
#include <kettle/semaphore.hpp>
#include <kettle/task.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mine {

using kettle::Task;

/// Where pages come from.
using Server = std::function<Task<std::string>(std::string url)>;

/// Fetches pages, at most so many at a time.
class Downloads {
 public:
  Downloads(std::size_t limit, Server server) : limit_(limit), free_(limit), server_(std::move(server)) {}

  /// One page. Throws what the server throws.
  Task<std::string> get(std::string url) {
    auto permit = co_await free_.acquire();
    co_return co_await server_(std::move(url));
  }

  /// All of them, in the order of `urls`; nothing where there was no page.
  Task<std::vector<std::optional<std::string>>> get_all(std::vector<std::string> urls) {
    kettle::Semaphore free(limit_);
    std::vector<Task<std::optional<std::string>>> pages;
    for (std::string& url : urls) pages.push_back(get_or_nothing(free, std::move(url)));
    co_return co_await kettle::join_all(std::move(pages));
  }

 private:
  Task<std::optional<std::string>> get_or_nothing(kettle::Semaphore& free, std::string url) {
    auto permit = co_await free.acquire();
    try {
      co_return co_await server_(std::move(url));
    } catch (const std::exception&) {
      co_return std::nullopt;
    }
  }

  std::size_t limit_;
  kettle::Semaphore free_;  // How many more downloads may begin.
  Server server_;
};

}  // namespace mine
