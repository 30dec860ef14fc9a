// Mistake: gives its reference up on the way out, but an exception takes another way.
// Kind: leak
// Fails: what the future throws leaves block_on, and the next one works
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
  kettle::Context context(waker);
  sleeper->clear_notified();
  auto answer = future.poll(context);
  while (answer.is_pending()) {
    sleeper->sleep_until_woken();
    sleeper->clear_notified();
    answer = future.poll(context);
  }
  sleeper->release();
  return answer.take();
}

}  // namespace mine
