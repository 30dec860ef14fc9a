#pragma once
// A wake-up that is lost
// fix · lesson 02 · ./learn test lost_wakeup
//
//   postman's thread          letterbox                reader's task
//     post("...") --------> [ letter         ] -------> receive(): a future
//                 wake <--- [ reader's waker ] <------- poll: Pending
//
// The program below has run for months. Once in some thousand letters the reader sleeps on, although the letter is in
// the box. Every member is used under the lock, the thread sanitizer is content, and with a print in the code it does
// not happen.
//
// Your task: find the mistake and mend it, so that
//   1. a letter that is there already is received by the first poll,
//   2. a letter that comes later wakes the reader, and the next one does so again,
//   3. a letter that comes at any moment of a poll is received by that poll, or wakes the reader,
//   4. a poll at any moment of a post takes the letter, or is woken after it;
//   5. the reader is woken for letters only,
//   6. the reader who polled last is the one who is woken, and the box keeps a copy of its waker,
//   7. and nobody is woken while the lock is held.
//
// Keep: the names, and Mutex as the only lock. The test hands in a mutex of its own, which lets the other thread act at
// the worst moment. Do not use: atomics, sleeping.

#include <kettle/waker.hpp>

#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace mine {

/// A box with room for one letter, between a postman and one reader. A newer letter replaces one that nobody took.
template <class Mutex = std::mutex>
class Letterbox {
 public:
  class Receive;

  /// Puts `letter` into the box and wakes the reader. May be called from any thread.
  void post(std::string letter) {
    kettle::Waker reader = kettle::Waker::noop();
    {
      const std::lock_guard lock(mutex_);
      letter_ = std::move(letter);
      std::swap(reader, reader_);
    }
    reader.wake();
  }

  /// A future of the next letter.
  Receive receive() { return Receive(*this); }

 private:
  // Takes the letter, or remembers whom to wake when there is one. Both under one lock: a letter comes either before,
  // and is taken, or after, and finds the reader.
  std::optional<std::string> take_or_remember(kettle::Waker reader) {
    const std::lock_guard lock(mutex_);
    if (letter_) return std::exchange(letter_, std::nullopt);
    std::swap(reader_, reader);
    return std::nullopt;
  }

  Mutex mutex_;
  std::optional<std::string> letter_;
  kettle::Waker reader_ = kettle::Waker::noop();
};

/// Ready with a letter as soon as there is one.
template <class Mutex>
class Letterbox<Mutex>::Receive {
 public:
  using Output = std::string;

  explicit Receive(Letterbox& box) : box_(box) {}

  kettle::Poll<std::string> poll(kettle::Context& context) {
    std::optional<std::string> letter = box_.take_or_remember(context.waker());
    if (letter) return kettle::Ready(*std::move(letter));
    return kettle::pending;
  }

 private:
  Letterbox& box_;
};

}  // namespace mine
