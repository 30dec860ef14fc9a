// Mistake: lets the exception of one download through join_all, which drops all the others
// Kind: lost error
// Fails: the answers are in the order of the urls, with nothing in place of one that failed
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
    co_return co_await server_(std::move(url));
  }

  /// All of them, in the order of `urls`; nothing where there was no page.
  Task<std::vector<std::optional<std::string>>> get_all(std::vector<std::string> urls) {
    std::vector<Task<std::string>> downloads;
    for (std::string& url : urls) downloads.push_back(get(std::move(url)));
    std::vector<std::string> pages = co_await kettle::join_all(std::move(downloads));
    co_return std::vector<std::optional<std::string>>(pages.begin(), pages.end());
  }

 private:
  kettle::Semaphore free_;  // How many more downloads may begin.
  Server server_;
};

}  // namespace mine
