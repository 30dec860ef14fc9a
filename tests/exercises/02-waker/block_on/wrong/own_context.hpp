// Mistake: polls with a context of nobody, so that the future keeps a waker that reaches nobody.
// Kind: wrong waker
// Fails: block_on polls once at the start and once after each wake-up
// Fails: a wake-up during the poll is not lost
// Fails: a park that ends for no reason is not a wake-up
// Fails: wake-ups come from other threads, and more than one before a poll
// Fails: void, references and values that only move come out as they are
// Fails: what the future throws leaves block_on, and the next one works
// Fails: a waker may outlive its block_on
// Fails: the last waker frees the sleeper
#include <kettle/park.hpp>
#include <kettle/waker.hpp>

namespace mine {

template <class Parker>
class Sleeper final : public kettle::Wakeable {
 public:
  void sleep_until_woken() {
    while (!is_notified()) parker_.park();
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
  kettle::Context context;
  for (;;) {
    sleeper->clear_notified();
    auto answer = future.poll(context);
    if (answer.is_ready()) return answer.take();
    sleeper->sleep_until_woken();
  }
}

}  // namespace mine
