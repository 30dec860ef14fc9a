#pragma once
// At most N at a time
// use · lesson 08 · ./learn test 08-mutex/limit
//
//     get("a") ---> [1] ----------->|                     limit 2: "a" and "b" are on their way,
//     get("b") ---> [2] ------->|                         "c" begins when the first of them is done
//     get("c") --->  . . . . . . [2] --------->
//
// Your task, one step at a time:
//   1. get(url) is a future of the page. It says what the server says, also when that throws.
//   2. At most `limit` downloads are on their way at any moment, whoever began them: get and get_all together.
//   3. get_all(urls) fetches them at the same time, as far as the limit allows. As soon as one is done the next one
//      begins, however long the others take.
//   4. The answers of get_all are in the order of the urls. One that failed is an empty optional, and the others
//      still come.
//   5. A download that fails, or is dropped half-way, makes room for the next.
//   6. A get_all that is dropped stops: nothing of it goes on, and the room is free again.
//
// Given: all of the runtime up to this lesson. The server is the test's: server_(url) is a future of the page, it
// throws when there is none. The Downloads object outlives its futures. Do not use: a counter of your own in place of
// the semaphore.

#include <kettle/join_all.hpp>
#include <kettle/semaphore.hpp>
#include <kettle/task.hpp>

#include <cstddef>
#include <exception>
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
