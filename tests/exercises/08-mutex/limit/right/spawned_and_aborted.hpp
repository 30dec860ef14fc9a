// Shape: spawned tasks, whose handles abort them when they go.
#include <kettle/join_handle.hpp>
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

/// A task that ends with its handle.
class Download {
 public:
  using Output = std::optional<std::string>;
  explicit Download(Task<Output> task) : handle_(kettle::spawn("download", std::move(task))) {}
  Download(Download&&) = default;
  Download& operator=(Download&&) = delete;
  ~Download() { handle_.abort(); }
  kettle::Poll<Output> poll(kettle::Context& context) { return handle_.poll(context); }

 private:
  kettle::JoinHandle<Output> handle_;
};

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
    std::vector<Download> downloads;
    for (std::string& url : urls) downloads.emplace_back(get_or_nothing(std::move(url)));
    std::vector<std::optional<std::string>> pages;
    for (auto& download : downloads) {
      auto page = co_await download;
      pages.push_back(std::move(page));
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

  kettle::Semaphore free_;  // How many more downloads may begin.
  Server server_;
};

}  // namespace mine
