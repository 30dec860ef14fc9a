// Mistake: fetches a whole batch, waits for the slowest of it, and begins the next batch
// Kind: one after the other
// Fails: the next one begins as soon as there is room
// Fails: a get_all that is dropped stops, and its room is free again
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
    std::vector<std::optional<std::string>> pages;
    for (std::size_t first = 0; first < urls.size(); first += limit_) {
      std::vector<Task<std::optional<std::string>>> batch;
      for (std::size_t i = first; i < urls.size() && i < first + limit_; ++i) {
        batch.push_back(get_or_nothing(std::move(urls[i])));
      }
      auto answers = co_await kettle::join_all(std::move(batch));
      for (auto& answer : answers) pages.push_back(std::move(answer));
    }
    co_return pages;
  }

 private:
  Task<std::optional<std::string>> get_or_nothing(std::string url) {
    try {
      co_return co_await get(std::move(url));
    } catch (const std::exception&) {
      co_return std::nullopt;
    }
  }

  std::size_t limit_;
  kettle::Semaphore free_;  // How many more downloads may begin.
  Server server_;
};

}  // namespace mine
