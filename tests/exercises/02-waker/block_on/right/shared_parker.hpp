// Shape: the parker is shared with the wakeable, which lives until the last waker; the loop is in block_on.
#include <kettle/park.hpp>
#include <kettle/waker.hpp>

#include <memory>

namespace mine {

template <class Parker>
struct Caller final : kettle::Wakeable {
  explicit Caller(std::shared_ptr<Parker> p) : parker(std::move(p)) {}
  void schedule() noexcept override { parker->unpark(); }
  std::shared_ptr<Parker> parker;
};

template <class Parker>
kettle::Waker make_waker(Caller<Parker>& caller) {
  kettle::Waker waker(caller);
  caller.release();
  return waker;
}

template <class Parker = kettle::Parker, kettle::Future F>
typename F::Output block_on(F& future) {
  const auto parker = std::make_shared<Parker>();
  auto& caller = *new Caller<Parker>(parker);
  const kettle::Waker waker = make_waker(caller);
  kettle::Context context(waker);
  auto answer = future.poll(context);
  while (answer.is_pending()) {
    while (!caller.is_notified()) parker->park();
    caller.clear_notified();
    answer = future.poll(context);
  }
  return answer.take();
}

}  // namespace mine
