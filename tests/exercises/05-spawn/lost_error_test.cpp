// Grades 05-spawn/lost_error: whoever spawns, joins: else neither the value nor the error of a task reaches anybody.
#include "lost_error.hpp"

#include <doctest/doctest.h>

#include <kettle/time.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "futures.hpp"

namespace {

using kettle::Clock;
using kettle::Task;
using story::expect;
using story::expect_equal;
using namespace std::chrono_literals;

constexpr auto handle_section = "lessons/05-spawn/README.md#a-handle";
constexpr auto lost_section = "lessons/05-spawn/README.md#what-can-go-wrong";
constexpr auto join_rule = "co_await a task's JoinHandle to wait for its end: then you have its value, or its error.";

long minute() { return Clock::now().time_since_epoch() / 1min; }

/// What a cook does with one dish.
struct Recipe {
  std::string dish;
  std::chrono::minutes length;
  int price;
  std::string mishap = "";
};

/// The cooks of one evening, what they did, and who was told.
class Evening {
 public:
  explicit Evening(std::vector<Recipe> recipes) : recipes_(std::move(recipes)) {
    now = this;
    before_ = kettle::on_detached_error([](const kettle::DetachedError& detached) {
      try {
        std::rethrow_exception(detached.error);
      } catch (const std::exception& unjoined) {
        story::step("{} min: nobody joins the task that failed: {}", minute(), unjoined.what());
        now->reported.push_back(unjoined.what());
      }
    });
  }
  ~Evening() {
    kettle::on_detached_error(before_);
    now = nullptr;
  }
  Evening(const Evening&) = delete;
  Evening& operator=(const Evening&) = delete;

  /// Serves everything; keeps the bill, or the error.
  void serve() {
    std::vector<std::string> order;
    for (const Recipe& recipe : recipes_) order.push_back(recipe.dish);
    try {
      bill = kettle::block_on(mine::serve(order, [this](std::string dish) { return cook(std::move(dish)); }));
      story::step("{} min: the bill is {} crowns", minute(), bill);
    } catch (const std::runtime_error& caught) {
      error = caught.what();
      has_failed = true;
      story::step("{} min: serve() throws: {}", minute(), error);
    }
    over = minute();
  }

  int bill = 0;
  bool has_failed = false;
  std::string error;
  long over = 0;
  long last_begin = 0;
  std::vector<std::string> done;
  std::vector<std::string> reported;  // To the hook.

 private:
  Task<int> cook(std::string dish) {
    const auto recipe =
        std::find_if(recipes_.begin(), recipes_.end(), [&](const Recipe& known) { return known.dish == dish; });
    last_begin = minute();
    story::step("{} min: {} begins", minute(), dish);
    co_await kettle::sleep(recipe->length);
    if (!recipe->mishap.empty()) {
      story::step("{} min: {} fails: {}", minute(), dish, recipe->mishap);
      throw std::runtime_error(recipe->mishap);
    }
    story::step("{} min: {} is done", minute(), dish);
    done.push_back(dish);
    co_return recipe->price;
  }

  static inline Evening* now = nullptr;
  kettle::VirtualTime time_;
  std::vector<Recipe> recipes_;
  kettle::DetachedErrorHook before_ = nullptr;
};

void expect_told(const Evening& evening, const std::string& mishap) {
  expect(evening.has_failed, "serve() throws: a dish has failed",
         fmt::format("serve() returns a bill of {} crowns", evening.bill));
  expect(evening.error.find(mishap) != std::string::npos, fmt::format("the error says why: \"{}\"", mishap),
         fmt::format("it says: \"{}\"", evening.error));
}

TEST_CASE("the bill is the sum of what the dishes cost") {
  story::teach(join_rule, handle_section);
  Evening evening({{"soup", 10min, 6}, {"fish", 12min, 20}, {"cake", 8min, 4}});
  evening.serve();
  expect(!evening.has_failed, "a bill", "an error: " + evening.error);
  expect_equal(evening.bill, 30, "the bill for 6, 20 and 4 crowns");
}

TEST_CASE("the dishes cook at the same time") {
  story::teach("spawn all of them first, and join them afterwards.", handle_section);
  Evening evening({{"soup", 10min, 6}, {"fish", 12min, 20}, {"cake", 8min, 4}});
  evening.serve();
  expect_equal(evening.last_begin, 0, "the minute in which the last of three dishes begins");
}

TEST_CASE("serve is over when its last dish is") {
  story::teach(join_rule, handle_section);
  {
    Evening quick({{"soup", 2min, 6}, {"salad", 1min, 5}});
    quick.serve();
    expect_equal(quick.over, 2, "the minute in which serve() is over when the longest dish takes 2 minutes");
  }
  story::note("another evening");
  Evening slow({{"roast", 90min, 40}, {"soup", 2min, 6}});
  slow.serve();
  expect_equal(slow.over, 90, "the minute in which serve() is over when the longest dish takes 90 minutes");
  expect_equal(slow.bill, 46, "the bill for 40 and 6 crowns");
}

TEST_CASE("when a dish fails, serve throws and says why") {
  story::teach("An exception that leaves a task waits in its JoinHandle, for whoever joins.", lost_section);
  Evening evening({{"soup", 10min, 6}, {"fish", 12min, 20, "the fish is burnt"}, {"cake", 8min, 4}});
  evening.serve();
  expect_told(evening, "the fish is burnt");
}

TEST_CASE("when a dish fails, the other ones are finished first") {
  story::teach("Leave no task behind: go on joining after the first error, and throw at the end.", lost_section);
  Evening evening({{"soup", 1min, 6, "the soup is too salty"}, {"fish", 12min, 20}, {"cake", 8min, 4}});
  evening.serve();
  expect_told(evening, "the soup is too salty");
  expect_equal(evening.done.size(), 2U, "dishes that were finished");
  expect_equal(evening.over, 12, "the minute in which serve() throws");
}

TEST_CASE("when two dishes fail, the error says why of both, in the order of the order") {
  story::teach("Every error reaches somebody: keep each, and tell all of them together.", lost_section);
  Evening evening(
      {{"soup", 10min, 6, "the soup is too salty"}, {"fish", 12min, 20}, {"cake", 8min, 4, "the cake fell"}});
  evening.serve();
  expect_told(evening, "the soup is too salty");
  expect_told(evening, "the cake fell");
  expect(evening.error.find("the soup") < evening.error.find("the cake"),
         "the soup's error first: it was ordered first", fmt::format("it says: \"{}\"", evening.error));
}

TEST_CASE("an error that the guest is told goes to nobody else") {
  story::teach("The hook is told of errors that nobody joins. A joined one has reached its reader.", lost_section);
  Evening evening({{"soup", 10min, 6, "the soup is too salty"}, {"fish", 12min, 20, "the fish is burnt"}});
  evening.serve();
  expect(evening.reported.empty(), "no report of a task that nobody joins",
         fmt::format("reports: {}", evening.reported.size()));
}

}  // namespace
