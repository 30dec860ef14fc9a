// Misuse: the sentence that answers a broken rule.
#include <doctest/doctest.h>
#include <kettle/misuse.hpp>

#include <stdexcept>
#include <string>
#include <type_traits>

namespace {

TEST_CASE("misuse throws what happened, the rule and the lesson, one a line") {
  CHECK_THROWS_WITH_AS(kettle::misuse("The pot was asked twice.", "ask once.", "01-future"),
                       "The pot was asked twice.\n  rule: ask once.\n  read: lessons/01-future", kettle::Misuse);
}

TEST_CASE("Misuse is a mistake in the program: a std::logic_error") {
  static_assert(std::is_base_of_v<std::logic_error, kettle::Misuse>);
  CHECK_THROWS_AS(kettle::misuse("", "", ""), std::logic_error);
}

TEST_CASE("the text does not refer to what it was made from") {
  std::string text;
  try {
    char happened[] = "Tea was spilt.";
    kettle::misuse(happened, "hold the cup.", "01-future");
  } catch (const kettle::Misuse& misuse) {
    text = misuse.what();
  }
  CHECK(text == "Tea was spilt.\n  rule: hold the cup.\n  read: lessons/01-future");
}

}  // namespace
