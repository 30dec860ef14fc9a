#pragma once
// Channel: values from many senders to one receiver, in order, with room for so many and no more. Lesson 06.
//
// Because a full channel makes its senders wait, a slow receiver slows them down, and memory stays flat. Values sent
// before the last sender went are still received. Both ends work on any thread.
//
// A value is moved under the channel's lock, so its move must not use the channel; its destructor may. If a move
// throws, the exception comes out of the poll that moved, that value may be lost, and the channel stays whole.

#include <utility>

#include "kettle/receiver.hpp"
#include "kettle/sender.hpp"

namespace kettle::mpsc {

/// A channel with room for `capacity` values. Misuse when that is none.
template <class T>
std::pair<Sender<T>, Receiver<T>> channel(std::size_t capacity) {
  auto* const shared = new Channel<T>(capacity, Sender<T>::tickets);  // The last of all its ends destroys it.
  return {Sender<T>(*shared), Receiver<T>(*shared)};
}

/// A channel that never makes a sender wait. Beware: when the receiver is slower, it grows until memory is full.
template <class T>
std::pair<Sender<T>, Receiver<T>> unbounded() {
  return channel<T>(no_limit);
}

}  // namespace kettle::mpsc
