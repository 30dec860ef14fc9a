// Grades 06-channel/unbounded: a fast camera and a slow printer, on the virtual clock. Photos are counted.
#include "unbounded.hpp"

#include <kettle/block_on.hpp>
#include <kettle/time.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "story.hpp"

namespace {

using namespace std::chrono_literals;
using kettle::Duration;
using kettle::Task;
using story::expect;
using story::expect_equal;

constexpr auto flat_section = "lessons/06-channel/README.md#the-problem";
constexpr auto room_section = "lessons/06-channel/README.md#both-sides-wait";
constexpr auto end_section = "lessons/06-channel/README.md#the-end";
constexpr auto pitfall = "lessons/06-channel/README.md#what-can-go-wrong";

// A photo. What it was moved out of is no photo any more.
class Photo {
 public:
  explicit Photo(int number) : number_(number) {
    if (++alive == 9 && most_alive < alive) story::step("that makes 9 photos at a time");
    most_alive = std::max(most_alive, alive);
  }
  Photo(Photo&& other) noexcept : number_(std::exchange(other.number_, 0)) {}
  Photo& operator=(Photo&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Photo() {
    if (number_ != 0) --alive;
  }
  int number() const { return number_; }
  static inline int alive = 0;
  static inline int most_alive = 0;

 private:
  int number_;
};

class Camera {
 public:
  kettle::Sleep ready() { return kettle::sleep(10ms); }
  Photo take() {
    ++taken;
    if (taken <= 8) story::step("{}: photo {} is taken", now(), taken);
    return Photo(taken);
  }
  static std::string now() { return fmt::format("{} ms", kettle::Clock::now().time_since_epoch() / 1ms); }
  int taken = 0;
};

class Jam : public std::exception {
 public:
  const char* what() const noexcept override { return "a paper jam"; }
};

class Printer {
 public:
  /// Breaks at the photo number `breaks_at`; 0: never.
  explicit Printer(Duration takes = 100ms, int breaks_at = 0) : takes_(takes), breaks_at_(breaks_at) {}
  Task<> print(Photo photo) {
    const Photo in_hand = std::move(photo);
    if (printed.empty()) began = kettle::Clock::now();
    co_await kettle::sleep(takes_);
    if (in_hand.number() == breaks_at_) {
      story::step("{}: a paper jam at photo {}", Camera::now(), in_hand.number());
      throw Jam();
    }
    printed.push_back(in_hand.number());
    ended = kettle::Clock::now();
    if (printed.size() <= 8) story::step("{}: photo {} is printed", Camera::now(), in_hand.number());
  }
  std::vector<int> printed;
  kettle::Instant began{};
  kettle::Instant ended{};

 private:
  Duration takes_;
  int breaks_at_;
};

// One evening on the virtual clock.
class Evening {
 public:
  explicit Evening(Printer with = Printer()) : printer(std::move(with)) { Photo::alive = Photo::most_alive = 0; }

  /// Throws Jam when the printer broke and the evening said so.
  void run(int count) {
    story::step("an evening with {} photos", count);
    try {
      kettle::block_on(evening_and_after(count));
    } catch (const kettle::Stuck&) {
      story::fail("the evening ends",
                  fmt::format("after {} photos taken and {} printed, everybody waits for somebody else, for ever",
                              camera.taken, printer.printed.size()));
    }
  }

  kettle::VirtualTime time;
  Camera camera;
  Printer printer;

 private:
  // What goes on after the evening has time to do so.
  Task<> evening_and_after(int count) {
    std::exception_ptr error;
    try {
      co_await mine::evening<Photo>(camera, printer, count);
    } catch (...) {
      error = std::current_exception();
    }
    story::step("{}: the evening ends", Camera::now());
    co_await kettle::sleep(10s);
    if (error != nullptr) std::rethrow_exception(error);
  }
};

TEST_CASE("there are never more than eight photos at a time") {
  story::teach("Between a fast producer and a slow consumer there is a bound, and at the bound the producer waits.",
               flat_section);
  for (const Duration takes : {100ms, 1000ms}) {
    Evening evening{Printer(takes)};
    story::step("the printer takes {} ms for a photo", takes / 1ms);
    evening.run(200);
    expect(Photo::most_alive <= 8, "at most 8 photos exist at a time: in the channel, and in the hands of both",
           fmt::format("{} photos at a time", Photo::most_alive));
  }
}

TEST_CASE("every photo is printed, once, in the order in which they were taken") {
  story::teach("A bound makes the producer wait. It does not throw values away.", pitfall);
  Evening evening;
  evening.run(100);
  expect_equal(evening.camera.taken, 100, "photos taken");
  int next = 1;
  for (const int number : evening.printer.printed) {
    expect_equal(number, next, "the next photo that is printed");
    ++next;
  }
  expect_equal(evening.printer.printed.size(), std::size_t{100}, "photos printed");
}

TEST_CASE("a short evening ends: fewer photos than there is room for, one, or none") {
  story::teach("A channel is over when its last sender is gone. Then, and only then, recv says so.", end_section);
  for (const int count : {3, 1, 0}) {
    Evening evening;
    evening.run(count);
    expect_equal(evening.printer.printed.size(), static_cast<std::size_t>(count), "photos printed");
  }
}

TEST_CASE("a long evening ends") {
  story::teach("Whoever fills a bounded channel needs somebody who empties it at the same time.", room_section);
  Evening evening;
  evening.run(1000);
  expect(evening.printer.printed.size() > 0, "photos are printed", "none is");
}

TEST_CASE("the camera goes on while the printer prints") {
  story::teach("Two tasks with a channel between them work at the same time: that is what the channel is for.",
               room_section);
  Evening evening;
  evening.run(50);
  const Duration busy = evening.printer.ended - evening.printer.began;
  expect_equal(evening.printer.began.time_since_epoch() / 1ms, 10, "the first photo goes to the printer at (ms)");
  expect_equal(busy / 1ms, 50 * 100, "from the begin of the first print to the end of the last (ms)");
}

TEST_CASE("when the printer breaks, the camera stops, and the evening ends with that exception") {
  story::teach("When the receiver is gone, send says so: whoever goes on sending works for nobody.", end_section);
  Evening evening{Printer(100ms, 3)};
  bool told = false;
  try {
    evening.run(200);
  } catch (const Jam&) {
    told = true;
  }
  expect(told, "the evening ends with the printer's exception", "it ends as if all was well");
  const int most = 15;
  expect(evening.camera.taken <= most,
         fmt::format("the printer broke at photo 3, so the camera stops at photo {} at the latest", most),
         fmt::format("{} photos are taken", evening.camera.taken));
  expect_equal(Photo::alive, 0, "photos that are left over");
}

}  // namespace
