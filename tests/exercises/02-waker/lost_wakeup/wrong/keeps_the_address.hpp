// Mistake: keeps the address of the waker, which is lent for one poll only.
// Kind: use after destroy
// Fails: the box keeps a copy of the reader's waker
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
    const kettle::Waker* reader = nullptr;
    {
      const std::lock_guard lock(mutex_);
      letter_ = std::move(letter);
      std::swap(reader, reader_);
    }
    if (reader != nullptr) reader->wake();
  }

  /// A future of the next letter.
  Receive receive() { return Receive(*this); }

 private:
  std::optional<std::string> take_or_remember(const kettle::Waker& reader) {
    const std::lock_guard lock(mutex_);
    if (letter_) return std::exchange(letter_, std::nullopt);
    reader_ = &reader;
    return std::nullopt;
  }

  Mutex mutex_;
  std::optional<std::string> letter_;
  const kettle::Waker* reader_ = nullptr;
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
