// Shape: the lock is taken in poll, and the box is only data.
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
    const std::unique_lock lock(box_.mutex_);
    if (!box_.letter_.has_value()) {
      box_.reader_ = context.waker();
      return kettle::pending;
    }
    std::string letter = std::move(*box_.letter_);
    box_.letter_.reset();
    return kettle::Ready(std::move(letter));
  }

 private:
  Letterbox& box_;
};

}  // namespace mine
