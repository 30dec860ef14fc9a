// Mistake: clears the notice after the poll, and with it a wake-up that came during the poll.
// Kind: lost wake-up
// Fails: a wake-up during the poll is not lost
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
    sleeper->clear_notified();
    sleeper->sleep_until_woken();
  }
}

}  // namespace mine
