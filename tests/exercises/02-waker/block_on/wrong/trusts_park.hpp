// Mistake: takes every end of park() for a wake-up.
// Kind: needless poll
// Fails: a park that ends for no reason is not a wake-up
#include <kettle/park.hpp>
#include <kettle/waker.hpp>

namespace mine {

template <class Parker>
class Sleeper final : public kettle::Wakeable {
 public:
  void sleep_until_woken() {
    if (!is_notified()) parker_.park();
  }

 private:
  void schedule() noexcept override { parker_.unpark(); }

  Parker parker_;
};

template <class Parker = kettle::Parker, kettle::Future F>
typename F::Output block_on(F& future) {
  auto* const sleeper = new Sleeper<Parker>;
  const kettle::Waker waker(*sleeper);
  sleeper->release();
  kettle::Context context(waker);
  for (;;) {
    sleeper->clear_notified();
    auto answer = future.poll(context);
    if (answer.is_ready()) return answer.take();
    sleeper->sleep_until_woken();
  }
}

}  // namespace mine
