// Notes from the children's wakers to the task that polls them.
#include "kettle/join_all.hpp"

#include <utility>

namespace kettle {

void WokenChildren::add(std::size_t child) noexcept {
  Waker waker = Waker::noop();
  {
    const sync::Lock lock(mutex_);
    woken_.push_back(child);  // Never allocates: there is room for every child once.
    std::swap(waker, waker_);
  }
  waker.wake();
}

void WokenChildren::take(std::vector<std::size_t>& children, const Waker& waker) {
  Waker replaced = waker;
  children.clear();
  const sync::Lock lock(mutex_);
  std::swap(children, woken_);
  std::swap(replaced, waker_);
}

}  // namespace kettle
