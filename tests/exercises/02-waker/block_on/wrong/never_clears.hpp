// Mistake: never clears the notice, so that after the first wake-up it believes in a second one.
// Kind: busy loop
// Fails: block_on polls once at the start and once after each wake-up
// Fails: wake-ups come from other threads, and more than one before a poll
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
  kettle::Context context(waker);
  for (;;) {
    auto answer = future.poll(context);
    if (answer.is_ready()) return answer.take();
    sleeper->sleep_until_woken();
  }
}

}  // namespace mine
