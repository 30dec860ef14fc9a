// Mistake: remembers the first reader only, and wakes a task that has handed the future on.
// Kind: wrong waker
// Fails: the reader who polled last is woken
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
  std::optional<std::string> take_or_remember(const kettle::Waker& reader) {
    const std::lock_guard lock(mutex_);
    if (letter_) return std::exchange(letter_, std::nullopt);
    if (reader_.will_wake(kettle::Waker::noop())) reader_ = reader;
    return std::nullopt;
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
    std::optional<std::string> letter = box_.take_or_remember(context.waker());
    if (letter) return kettle::Ready(*std::move(letter));
    return kettle::pending;
  }

 private:
  Letterbox& box_;
};

}  // namespace mine
