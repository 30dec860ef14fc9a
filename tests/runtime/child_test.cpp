// The promises of runtime/kettle/child.hpp.
#include "kettle/child.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <type_traits>

#include "futures.hpp"

namespace {

using kettle::Child;
using story::CountingWaker;
using story::Record;
using story::Scripted;

// Ready at once, without a value.
struct Nothing {
  using Output = void;
  int polls = 0;
  kettle::Poll<> poll(kettle::Context&) {
    ++polls;
    return kettle::Ready();
  }
};

TEST_CASE("a future that is made on the spot is moved in, and destroyed by drop") {
  auto record = std::make_shared<Record>();
  Child<Scripted<int>> child(Scripted<int>("a", 0, 7, record));
  CHECK(child.is_there());
  CHECK(record->destroyed == 0);
  child.drop();
  CHECK_FALSE(child.is_there());
  CHECK(record->destroyed == 1);
}

TEST_CASE("a future that has a name is referred to, and drop leaves it alone") {
  auto record = std::make_shared<Record>();
  {
    Scripted<int> named("a", 1, 7, record);
    Child<Scripted<int>&> child(named);
    CHECK(&child.future() == &named);
    child.drop();
    CHECK_FALSE(child.is_there());
    CHECK(record->destroyed == 0);
  }
  CHECK(record->destroyed == 1);
}

TEST_CASE("a child is polled with the context that is handed in, and its answer is passed on") {
  CountingWaker task;
  kettle::Context context(task.waker());
  auto record = std::make_shared<Record>();
  Child<Scripted<std::unique_ptr<int>>> child(Scripted<std::unique_ptr<int>>("a", 1, std::make_unique<int>(7), record));
  CHECK(kettle::poll_child(child, context).is_pending());
  CHECK(record->waker->will_wake(task.waker()));
  auto answer = kettle::poll_child(child, context);
  REQUIRE(answer.is_ready());
  CHECK(*answer.take() == 7);
  CHECK(child.is_there());  // Dropping is its owner's decision.
}

TEST_CASE("void becomes std::monostate, with a name and without") {
  kettle::Context context;
  Nothing named;
  Child<Nothing&> by_reference(named);
  Child<Nothing> by_value{Nothing()};
  static_assert(std::is_same_v<Child<Nothing>::Output, std::monostate>);
  static_assert(std::is_same_v<decltype(kettle::poll_child(by_value, context)), kettle::Poll<std::monostate>>);
  CHECK(kettle::poll_child(by_value, context).is_ready());
  CHECK(kettle::poll_child(by_reference, context).is_ready());
  CHECK(named.polls == 1);
}

TEST_CASE("a child moves with its future") {
  auto record = std::make_shared<Record>();
  {
    Child<Scripted<int>> child(Scripted<int>("a", 0, 7, record));
    Child<Scripted<int>> moved(std::move(child));
    kettle::Context context;
    CHECK(kettle::poll_child(moved, context).take() == 7);
  }
  CHECK(record->destroyed == 1);
}

}  // namespace
