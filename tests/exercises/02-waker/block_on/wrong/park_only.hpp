// Mistake: sleeps once after each Pending and never clears: works for one wake-up.
// Kind: busy loop
// Fails: block_on polls once at the start and once after each wake-up
// Fails: a park that ends for no reason is not a wake-up
// Fails: wake-ups come from other threads, and more than one before a poll
#include <kettle/park.hpp>
#include <kettle/waker.hpp>

namespace mine {

template <class Parker>
class Sleeper final : public kettle::Wakeable {
 public:
  void sleep_until_woken() { parker_.park(); }

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
  auto answer = future.poll(context);
  while (answer.is_pending()) {
    sleeper->sleep_until_woken();
    answer = future.poll(context);
  }
  return answer.take();
}

}  // namespace mine
