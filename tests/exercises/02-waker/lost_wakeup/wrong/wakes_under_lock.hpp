// Mistake: mends the gap, and holds the lock for too long on the other side: it wakes under it.
// Kind: wake under lock
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
    const std::lock_guard lock(mutex_);
    letter_ = std::move(letter);
    std::exchange(reader_, kettle::Waker::noop()).wake();
  }

  Receive receive() { return Receive(*this); }

 private:
  std::optional<std::string> take_or_remember(const kettle::Waker& reader) {
    const std::lock_guard lock(mutex_);
    if (letter_) return std::exchange(letter_, std::nullopt);
    reader_ = reader;
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
