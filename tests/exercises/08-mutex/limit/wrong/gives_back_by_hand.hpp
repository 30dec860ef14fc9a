// Mistake: gives the permit back in a line of its own, which an exception or a drop never reaches
// Kind: leak
// Fails: get brings the page, and throws what the server throws
// Fails: the answers are in the order of the urls, with nothing in place of one that failed
// Fails: a download that is dropped half-way makes room for the next
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
  Downloads(std::size_t limit, Server server) : free_(limit), server_(std::move(server)) {}

  /// One page. Throws what the server throws.
  Task<std::string> get(std::string url) {
    auto permit = co_await free_.acquire();
    permit->forget();
    std::string page = co_await server_(std::move(url));
    free_.add_permits(1);
    co_return page;
  }

  /// All of them, in the order of `urls`; nothing where there was no page.
  Task<std::vector<std::optional<std::string>>> get_all(std::vector<std::string> urls) {
    std::vector<Task<std::optional<std::string>>> pages;
    for (std::string& url : urls) pages.push_back(get_or_nothing(std::move(url)));
    co_return co_await kettle::join_all(std::move(pages));
  }

 private:
  Task<std::optional<std::string>> get_or_nothing(std::string url) {
    try {
      co_return co_await get(std::move(url));
    } catch (const std::exception&) {
      co_return std::nullopt;
    }
  }

  kettle::Semaphore free_;  // How many more downloads may begin.
  Server server_;
};

}  // namespace mine
