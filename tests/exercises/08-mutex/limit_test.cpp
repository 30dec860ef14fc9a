// Grades 08-mutex/limit: a server on the virtual clock, which counts how many are with it at a time.
#include "limit.hpp"

#include <kettle/block_on.hpp>
#include <kettle/join.hpp>
#include <kettle/join_handle.hpp>
#include <kettle/time.hpp>
#include <kettle/timeout.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "story.hpp"

namespace {

using namespace std::chrono_literals;
using kettle::Duration;
using kettle::Task;
using mine::Downloads;
using story::expect;
using story::expect_equal;

using Pages = std::vector<std::optional<std::string>>;

constexpr auto semaphore_section = "lessons/08-mutex/README.md#so-many-at-a-time";
constexpr auto fair_section = "lessons/08-mutex/README.md#handed-over-not-put-down";

std::string show_now() {
  return fmt::format("{} s", std::chrono::duration<double>(kettle::Clock::now().time_since_epoch()).count());
}

// A url is a number of tenths of a second, with a name behind it: "20 soup" takes two seconds. "bad" ones fail then.
class Internet {
 public:
  mine::Server server() {
    return [this](std::string url) { return fetch(std::move(url)); };
  }

  int now = 0;
  int most = 0;
  int begun = 0;
  int done = 0;
  int failed = 0;
  int dropped = 0;

 private:
  // Counts one download, from its first poll until its end, whichever it is.
  class Visit {
   public:
    Visit(Internet& internet, const std::string& url) : internet_(internet), url_(url) {
      ++internet_.begun;
      internet_.most = std::max(internet_.most, ++internet_.now);
      story::step("{}: \"{}\" begins, {} on their way", show_now(), url_, internet_.now);
    }
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;
    ~Visit() {
      --internet_.now;
      if (ended_) return;
      ++internet_.dropped;
      if (!story::has_failed()) story::step("{}: \"{}\" is dropped", show_now(), url_);
    }
    void ends(int& count, std::string_view how) {
      ++count;
      ended_ = true;
      story::step("{}: \"{}\" {}", show_now(), url_, how);
    }

   private:
    Internet& internet_;
    std::string url_;
    bool ended_ = false;
  };

  Task<std::string> fetch(std::string url) {
    Visit visit(*this, url);
    co_await kettle::sleep(std::stoi(url) * 100ms);
    const bool is_bad = url.find("bad") != std::string::npos;
    visit.ends(is_bad ? failed : done, is_bad ? "fails" : "is done");
    if (is_bad) throw std::runtime_error("no such page: " + url);
    co_return "page of " + url;
  }
};

template <class T>
T run(Task<T> task) {
  try {
    return kettle::block_on(std::move(task));
  } catch (const kettle::Stuck&) {
    story::teach("A permit is a value: it comes back when it is destroyed, whichever way the function ends.",
                 semaphore_section);
    story::fail("everybody gets done", "nothing moves any more: somebody waits for a permit that never comes back");
  }
}

Pages run_all(Task<Pages> task) {
  try {
    return run(std::move(task));
  } catch (const std::runtime_error& error) {
    story::fail("get_all answers, with nothing in place of the page that failed",
                fmt::format("it throws: {}", error.what()));
  }
}

std::string show(const Pages& pages) {
  std::string text;
  for (const auto& page : pages) text += fmt::format("{}{}", text.empty() ? "" : ", ", page ? *page : "nothing");
  return text;
}

TEST_CASE("get brings the page, and throws what the server throws") {
  story::teach("A permit is a value: it comes back when it is destroyed, whichever way the function ends.",
               semaphore_section);
  const kettle::VirtualTime time;
  Internet internet;
  Downloads downloads(2, internet.server());
  expect_equal(run(downloads.get("10 tea")), std::string("page of 10 tea"), "what get says");
  for (int round = 1; round <= 3; ++round) {  // More often than there are permits.
    std::string what = "nothing";
    try {
      run(downloads.get("10 bad"));
    } catch (const std::runtime_error& error) {
      what = error.what();
    }
    expect_equal(what, std::string("no such page: 10 bad"), fmt::format("what get throws, time {}", round));
  }
  expect_equal(run(downloads.get("10 toast")), std::string("page of 10 toast"), "what get says after that");
}

TEST_CASE("never more than the limit are on their way") {
  story::teach("The permit is held from before the download begins until after it has ended.", semaphore_section);
  const kettle::VirtualTime time;
  Internet internet;
  Downloads downloads(3, internet.server());
  std::vector<std::string> urls;
  for (int number = 0; number < 10; ++number) urls.push_back(fmt::format("{} page {}", 10 + 3 * (number % 4), number));
  run_all(downloads.get_all(urls));
  expect_equal(internet.done, 10, "downloads that are done");
  if (internet.most < 3)
    story::teach("A loop that awaits each future in turn is one after the other: await them together.",
                 semaphore_section);
  expect_equal(internet.most, 3, "the most that were on their way at a time");
}

Task<bool> two_at_once(Downloads& downloads) {
  auto one = kettle::spawn("get_all 1", downloads.get_all({"10 a", "10 b", "10 c"}));
  auto two = kettle::spawn("get_all 2", downloads.get_all({"10 d", "10 e", "10 f"}));
  auto three = kettle::spawn("get", downloads.get("10 g"));
  const Pages first = co_await one;
  const Pages second = co_await two;
  const std::string third = co_await three;
  co_return first.size() == 3 && second.size() == 3 && third == "page of 10 g";
}

TEST_CASE("all who download share the one limit") {
  story::teach("What is to be limited together needs one semaphore, and it lives as long as the limit holds.",
               semaphore_section);
  const kettle::VirtualTime time;
  Internet internet;
  Downloads downloads(2, internet.server());
  expect(run(two_at_once(downloads)), "everybody gets what was asked for", "somebody does not");
  expect_equal(internet.most, 2, "the most that were on their way at a time");
}

TEST_CASE("the next one begins as soon as there is room") {
  story::teach("Each waits for its own permit, so nobody waits for a whole batch, or for the slowest.", fair_section);
  const kettle::VirtualTime time;
  Internet internet;
  Downloads downloads(2, internet.server());
  run_all(downloads.get_all({"60 slow", "10 a", "10 b", "10 c", "10 d", "10 e", "10 f"}));
  expect_equal(show_now(), std::string("6 s"), "all seven are done at");
}

TEST_CASE("the answers are in the order of the urls, with nothing in place of one that failed") {
  story::teach(
      "An answer belongs to its url, whenever it comes. And an exception that leaves one of many futures takes all of "
      "them along: catch it inside.",
      semaphore_section);
  const kettle::VirtualTime time;
  Internet internet;
  Downloads downloads(2, internet.server());
  const Pages pages = run_all(downloads.get_all({"30 a", "10 bad b", "20 c", "10 bad d", "10 e"}));
  expect_equal(show(pages), std::string("page of 30 a, nothing, page of 20 c, nothing, page of 10 e"), "the answers");
  expect_equal(run_all(downloads.get_all({})).size(), std::size_t{0}, "the number of answers for no urls");
}

Task<std::string> patience_ends(Downloads& downloads) {
  auto waits = kettle::spawn("the third", downloads.get("10 waits"));
  auto one = kettle::timeout(500ms, downloads.get("100 slow 1"));
  auto two = kettle::timeout(500ms, downloads.get("100 slow 2"));
  co_await kettle::join(one, two);
  co_return co_await waits;
}

TEST_CASE("a download that is dropped half-way makes room for the next") {
  story::teach("Dropping a future destroys what it holds, the permit too.", semaphore_section);
  const kettle::VirtualTime time;
  Internet internet;
  Downloads downloads(2, internet.server());
  expect_equal(run(patience_ends(downloads)), std::string("page of 10 waits"), "what the third one gets");
  expect_equal(show_now(), std::string("1.5 s"), "it is done at");
  expect_equal(internet.dropped, 2, "downloads that were dropped");
}

Task<std::string> drops_all(Downloads& downloads, Internet& internet) {
  auto all = kettle::timeout(1500ms, downloads.get_all({"10 a", "100 b", "100 c", "100 d"}));
  {
    auto dropped = std::move(all);
    co_await dropped;
  }
  story::step("{}: get_all is dropped", show_now());
  co_await kettle::sleep(100ms);
  expect_equal(internet.now, 0, "downloads on their way after that");
  co_return co_await downloads.get("10 next");
}

TEST_CASE("a get_all that is dropped stops, and its room is free again") {
  story::teach("What a future has begun ends with it. A task that was spawned goes on, unless somebody aborts it.",
               semaphore_section);
  const kettle::VirtualTime time;
  Internet internet;
  Downloads downloads(2, internet.server());
  expect_equal(run(drops_all(downloads, internet)), std::string("page of 10 next"), "what the next one gets");
  expect_equal(internet.begun, 4, "downloads that were begun (a, b, c and the next one)");
  expect_equal(show_now(), std::string("2.6 s"), "it is done at");
}

}  // namespace
