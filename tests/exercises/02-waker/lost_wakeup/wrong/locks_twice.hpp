// Mistake: puts one lock around two functions that lock for themselves.
// Kind: deadlock
// Fails: a letter that is there already is received by the first poll
// Fails: a letter that comes later wakes the reader, and so does the next
// Fails: a letter that comes in the middle of a poll is not lost
// Fails: a poll in the middle of a post does not lose the letter
// Fails: without a letter nobody is woken
// Fails: the reader who polled last is woken
// Fails: the box keeps a copy of the reader's waker
// Fails: the reader is woken outside the lock
#include <kettle/waker.hpp>

#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace mine {

template <class Mutex = std::mutex>
class Letterbox {
 public:
  class Receive;

  void post(std::string letter) {
    kettle::Waker reader = kettle::Waker::noop();
    {
      const std::lock_guard lock(mutex_);
      letter_ = std::move(letter);
      std::swap(reader, reader_);
    }
    reader.wake();
  }

  Receive receive() { return Receive(*this); }

 private:
  std::optional<std::string> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(letter_, std::nullopt);
  }

  void remember(const kettle::Waker& reader) {
    const std::lock_guard lock(mutex_);
    reader_ = reader;
  }

  Mutex mutex_;
  std::optional<std::string> letter_;
  kettle::Waker reader_ = kettle::Waker::noop();
};

template <class Mutex>
class Letterbox<Mutex>::Receive {
 public:
  using Output = std::string;

  explicit Receive(Letterbox& box) : box_(box) {}

  kettle::Poll<std::string> poll(kettle::Context& context) {
    const std::lock_guard lock(box_.mutex_);
    std::optional<std::string> letter = box_.take();
    if (letter) return kettle::Ready(*std::move(letter));
    box_.remember(context.waker());
    return kettle::pending;
  }

 private:
  Letterbox& box_;
};

}  // namespace mine
