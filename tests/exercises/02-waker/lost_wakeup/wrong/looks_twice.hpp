// Mistake: looks a second time before it leaves the waker: the gap is smaller, and still there.
// Kind: lost wake-up
// Fails: a letter that comes in the middle of a poll is not lost
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
    std::optional<std::string> letter = box_.take();
    if (!letter) letter = box_.take();
    if (letter) return kettle::Ready(*std::move(letter));
    box_.remember(context.waker());
    return kettle::pending;
  }

 private:
  Letterbox& box_;
};

}  // namespace mine
