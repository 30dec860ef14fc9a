#pragma once
// Tea house: what the exercises of lesson 03 work with. A name that knows whether it is alive, and a kitchen that notes
// everything that is done in it.

#include <kettle/waker.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "story.hpp"

namespace story {

/// A customer's name. It can be copied and moved like a std::string, but using it after its end is a failed
/// expectation and not undefined behaviour: the texts are in a book, by address, and a Name itself holds nothing.
class Name {
 public:
  explicit Name(std::string text) { write(std::move(text)); }
  Name(const Name& other) { write(other.text(), true); }
  Name(Name&& other) { move_from(other); }
  Name& operator=(const Name& other) {
    write(other.text(), true);
    return *this;
  }
  Name& operator=(Name&& other) {
    move_from(other);
    return *this;
  }
  ~Name() {
    Entry& entry = book()[this];
    entry.is_alive = false;
    if (!entry.moved_away) note(fmt::format("the {} ends", entry.in_words()));
  }

  /// What it says.
  std::string text() const {
    const auto entry = book().find(this);
    if (entry == book().end()) fail("a Name is alive when it is used", "there is no Name at that place");
    if (!entry->second.is_alive) {
      fail("a Name is alive when it is used", fmt::format("the {} was used after its end", entry->second.in_words()));
    }
    return entry->second.text;
  }

  /// How many names are alive.
  static std::size_t alive() {
    return static_cast<std::size_t>(
        std::count_if(book().begin(), book().end(), [](const auto& entry) { return entry.second.is_alive; }));
  }

 private:
  struct Entry {
    std::string text;
    bool is_alive = false;
    bool moved_away = false;
    bool is_copy = false;
    std::string in_words() const { return fmt::format("{} \"{}\"", is_copy ? "copy of the Name" : "Name", text); }
  };
  static std::map<const Name*, Entry>& book() {
    static std::map<const Name*, Entry> names;
    return names;
  }
  void write(std::string text, bool is_copy = false) { book()[this] = {std::move(text), true, false, is_copy}; }
  void move_from(Name& other) {
    if (this == &other) return;
    write(other.text(), book()[&other].is_copy);
    book()[&other] = {text() + ", moved away", true, true, false};
  }
};

/// Where tea is made. It writes down what is done in it.
class TeaHouse {
 public:
  /// Something that is Ready with a number at its poll number `turns`. It asks for each next poll at once.
  class [[nodiscard]] Work {
   public:
    using Output = int;
    Work(Work&& other) noexcept
        : house_(std::exchange(other.house_, nullptr)),
          name_(std::move(other.name_)),
          turns_left_(other.turns_left_),
          result_(other.result_),
          was_polled_(other.was_polled_) {}
    Work& operator=(Work&&) = delete;
    ~Work() {
      if (house_ == nullptr) return;
      --house_->works_in_progress_;
      if (!was_polled_) note(name_ + " is dropped: nobody has polled it");
    }
    kettle::Poll<int> poll(kettle::Context& context) {
      ++house_->polls_;
      was_polled_ = true;
      if (turns_left_ == 0) fail("work that has been Ready is left alone", name_ + " was polled again");
      if (--turns_left_ > 0) {
        context.waker().wake();
        return kettle::pending;
      }
      house_->write(fmt::format("{} is done: {}", name_, result_));
      return kettle::Ready(result_);
    }

   private:
    friend class TeaHouse;
    Work(TeaHouse& house, std::string name, int turns, int result)
        : house_(&house), name_(std::move(name)), turns_left_(turns), result_(result) {
      ++house_->works_in_progress_;
      house_->write(name_ + " begins");
    }
    TeaHouse* house_;
    std::string name_;
    int turns_left_;
    int result_;
    bool was_polled_ = false;
  };

  /// A kettle that takes `turns` polls to boil, and reaches these temperatures: the first time, the second time, ...
  TeaHouse(int turns, std::vector<int> temperatures) : turns_(turns), temperatures_(std::move(temperatures)) {}
  TeaHouse(const TeaHouse&) = delete;
  TeaHouse& operator=(const TeaHouse&) = delete;

  /// Takes the only pot. It has to be put back, whatever happens.
  void take_pot() {
    if (pot_is_out_) fail("the pot is taken once", "it was taken while it was out");
    pot_is_out_ = true;
    write("the pot is taken");
  }
  void put_pot_back() {
    if (!pot_is_out_) fail("the pot is put back once", "it was put back, and it was not out");
    pot_is_out_ = false;
    write("the pot is put back");
  }

  /// Heats water. Ready with its temperature in degrees.
  Work boil() {
    const int degrees = boils_ < temperatures_.size() ? temperatures_[boils_] : 100;
    ++boils_;
    return Work(*this, "boiling", turns_, degrees);
  }

  /// Fills cup number `cup`. Ready with that number.
  Work pour(int cup) { return Work(*this, fmt::format("pouring cup {}", cup), turns_, cup); }

  /// Prints a line.
  void say(const std::string& line) { write("\"" + line + "\""); }

  bool pot_is_out() const noexcept { return pot_is_out_; }
  int polls() const noexcept { return polls_; }
  int works_in_progress() const noexcept { return works_in_progress_; }

  /// Everything that was done since the last call.
  std::vector<std::string> take_log() { return std::exchange(log_, {}); }

 private:
  void write(std::string line) {
    note(line);
    log_.push_back(std::move(line));
  }

  int turns_;
  std::vector<int> temperatures_;
  std::size_t boils_ = 0;
  bool pot_is_out_ = false;
  int polls_ = 0;
  int works_in_progress_ = 0;
  std::vector<std::string> log_;
};

}  // namespace story
