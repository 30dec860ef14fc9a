#pragma once
// A oneshot channel
// build · lesson 06 · ./learn test oneshot
//
//     auto [sender, receiver] = mine::oneshot<int>();
//
//     sender.send(7) ------> [ value?  ] ------> poll of the receiver: Ready(7)
//     ~Sender        ------> [ over?   ] ------> Ready(nothing): no value will ever come
//                 wake <---- [ waker   ] <------ Pending
//
// A channel for one value: the answer to a question, say. The receiver is itself the future.
//
// Your task, one step at a time:
//   1. A value that was sent is what the receiver is Ready with, at its first poll. The sender may have gone since.
//   2. Before that, a poll is Pending and leaves its waker. send() wakes it, once.
//   3. A sender that goes without sending wakes the receiver, which is then Ready with nothing.
//   4. When the receiver has gone, send() gives the value back.
//   5. The task that polled last is woken; an older waker is let go. A receiver that goes takes its waker along.
//   6. What one end does in the middle of what the other does is not lost.
//   7. A value that nobody took is destroyed once, when both ends are gone at the latest.
//   8. Wakers are called after the lock is given back.
//   9. It works between two threads.
//
// The end that was moved from does nothing any more: its shared_ptr is empty.
// Given: the shape below; Mutex, the only lock (the test hands in one of its own); kettle::Waker::noop(), which
// reaches nobody. Do not use: kettle::mpsc, atomics, condition variables.

#include <kettle/waker.hpp>

#include <expected>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace mine {

/// What the two ends share.
template <class T, class Mutex>
struct Shared {
  Mutex mutex;  // Guards what you add.
};

/// The end that sends, once. It can be moved.
template <class T, class Mutex = std::mutex>
class Sender {
 public:
  explicit Sender(std::shared_ptr<Shared<T, Mutex>> shared) : shared_(std::move(shared)) {}
  Sender(Sender&&) noexcept = default;
  Sender& operator=(Sender&&) = delete;
  ~Sender() {
    // TODO 3: if nothing was sent, nothing will ever come. Tell the receiver.
  }

  /// Gives `value` to the receiver; back when the receiver is gone. For one call.
  std::expected<void, T> send(T value) {
    // TODO 1, 2, 4: leave the value where the receiver finds it, and wake the receiver.
    return std::unexpected(std::move(value));
  }

 private:
  std::shared_ptr<Shared<T, Mutex>> shared_;
};

/// The end that receives: a future of the value, or of nothing. It can be moved.
template <class T, class Mutex = std::mutex>
class Receiver {
 public:
  using Output = std::optional<T>;

  explicit Receiver(std::shared_ptr<Shared<T, Mutex>> shared) : shared_(std::move(shared)) {}
  Receiver(Receiver&&) noexcept = default;
  Receiver& operator=(Receiver&&) = delete;
  ~Receiver() {
    // TODO 4, 5: tell the sender, and take the waker along.
  }

  kettle::Poll<Output> poll(kettle::Context&) {
    // TODO 1, 2, 3: the value, or nothing if none will come; otherwise leave the waker.
    return kettle::pending;
  }

 private:
  std::shared_ptr<Shared<T, Mutex>> shared_;
};

/// A new channel for one T.
template <class T, class Mutex = std::mutex>
std::pair<Sender<T, Mutex>, Receiver<T, Mutex>> oneshot() {
  auto shared = std::make_shared<Shared<T, Mutex>>();
  return {Sender<T, Mutex>(shared), Receiver<T, Mutex>(shared)};
}

}  // namespace mine
