// Shape: as many workers as may download, each of which takes the next url until none is left.
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
    std::vector<std::optional<std::string>> pages(urls.size());
    std::size_t next = 0;
    std::vector<Task<>> workers;
    for (std::size_t worker = 0; worker < limit_; ++worker) workers.push_back(work(urls, next, pages));
    co_await kettle::join_all(std::move(workers));
    co_return pages;
  }

 private:
  Task<> work(std::vector<std::string>& urls, std::size_t& next, std::vector<std::optional<std::string>>& pages) {
    while (next < urls.size()) {
      const std::size_t mine = next++;
      try {
        std::string page = co_await get(std::move(urls[mine]));
        pages[mine] = std::move(page);
      } catch (const std::exception&) {
      }
    }
  }

  std::size_t limit_;
  kettle::Semaphore free_;  // How many more downloads may begin.
  Server server_;
};

}  // namespace mine
