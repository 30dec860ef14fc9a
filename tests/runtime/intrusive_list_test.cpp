// IntrusiveList: first in, first out, and out of the middle at any time.
#include <doctest/doctest.h>
#include <kettle/intrusive_list.hpp>

#include <algorithm>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

namespace {

struct Guest : kettle::ListNode {
  explicit Guest(char n = '?') : name(n) {}
  char name;
};
using List = kettle::IntrusiveList<Guest>;

// Takes all out, and says who they were.
std::string drain(List& list) {
  std::string names;
  while (Guest* guest = list.pop_front()) names += guest->name;
  return names;
}

TEST_CASE("a new list is empty") {
  List list;
  CHECK(list.empty());
  CHECK(list.pop_front() == nullptr);
}

TEST_CASE("elements come out in the order in which they went in") {
  Guest a('a'), b('b'), c('c');
  List list;
  list.push_back(a);
  list.push_back(b);
  list.push_back(c);
  CHECK_FALSE(list.empty());
  CHECK(&list.front() == &a);
  CHECK(list.pop_front() == &a);
  CHECK(&list.front() == &b);
  CHECK(drain(list) == "bc");
  CHECK(list.empty());
}

TEST_CASE("an element knows whether it is linked") {
  Guest a('a');
  List list;
  CHECK_FALSE(a.is_linked());
  list.push_back(a);
  CHECK(a.is_linked());
  list.pop_front();
  CHECK_FALSE(a.is_linked());
}

TEST_CASE("unlink takes an element out, wherever it stands") {
  Guest a('a'), b('b'), c('c');
  List list;
  for (Guest* guest : {&a, &b, &c}) list.push_back(*guest);
  SUBCASE("at the front") {
    a.unlink();
    CHECK_FALSE(a.is_linked());
    CHECK(drain(list) == "bc");
  }
  SUBCASE("in the middle") {
    b.unlink();
    CHECK_FALSE(b.is_linked());
    CHECK(drain(list) == "ac");
  }
  SUBCASE("at the end") {
    c.unlink();
    CHECK_FALSE(c.is_linked());
    CHECK(drain(list) == "ab");
  }
  SUBCASE("all of them") {
    b.unlink();
    a.unlink();
    c.unlink();
    CHECK(list.empty());
  }
}

TEST_CASE("unlink of an element that is in no list does nothing") {
  Guest a('a');
  a.unlink();
  CHECK_FALSE(a.is_linked());
  List list;
  list.push_back(a);
  a.unlink();
  a.unlink();
  CHECK(list.empty());
}

TEST_CASE("an element that is out may go in again, at the end, or into another list") {
  Guest a('a'), b('b');
  List list;
  List other;
  list.push_back(a);
  list.push_back(b);
  a.unlink();
  list.push_back(a);
  CHECK(drain(list) == "ba");
  other.push_back(a);
  CHECK(list.empty());
  CHECK(drain(other) == "a");
}

TEST_CASE("clear unlinks every element, and the list can be used again") {
  Guest a('a'), b('b');
  List list;
  list.push_back(a);
  list.push_back(b);
  list.clear();
  CHECK(list.empty());
  CHECK_FALSE(a.is_linked());
  CHECK_FALSE(b.is_linked());
  list.push_back(b);
  CHECK(drain(list) == "b");
}

TEST_CASE("a list that dies unlinks its elements and destroys none") {
  Guest a('a'), b('b');
  {
    List list;
    list.push_back(a);
    list.push_back(b);
  }
  CHECK_FALSE(a.is_linked());
  CHECK_FALSE(b.is_linked());
  a.unlink();  // Touches no memory of the dead list: the address sanitizer watches.
  CHECK(b.name == 'b');
}

TEST_CASE("an element and a list stay where they are") {
  static_assert(!std::is_copy_constructible_v<Guest> && !std::is_move_constructible_v<Guest>);
  static_assert(!std::is_copy_constructible_v<List> && !std::is_move_constructible_v<List>);
}

TEST_CASE("it behaves as a queue does, whatever is done to it") {
  std::mt19937 random(20240607);
  std::vector<std::unique_ptr<Guest>> guests;
  for (int index = 0; index < 8; ++index) guests.push_back(std::make_unique<Guest>(static_cast<char>('a' + index)));
  List list;
  std::deque<Guest*> model;
  for (int step = 0; step < 5000; ++step) {
    Guest& guest = *guests[random() % guests.size()];
    const auto dice = random() % 100;
    if (dice < 50) {
      if (!guest.is_linked()) {
        list.push_back(guest);
        model.push_back(&guest);
      }
    } else if (dice < 75) {
      guest.unlink();
      std::erase(model, &guest);
    } else if (dice < 99) {
      Guest* const expected = model.empty() ? nullptr : model.front();
      if (!model.empty()) model.pop_front();
      REQUIRE(list.pop_front() == expected);
    } else {
      list.clear();
      model.clear();
    }
    REQUIRE(list.empty() == model.empty());
    if (!model.empty()) REQUIRE(&list.front() == model.front());
    for (const auto& each : guests) {
      const bool stands = std::find(model.begin(), model.end(), each.get()) != model.end();
      REQUIRE(each->is_linked() == stands);
    }
  }
}

}  // namespace
