// Mistake: makes the sleeper a local variable; a waker that comes late points at nothing.
// Kind: use after destroy
// Fails: a waker may outlive its block_on
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
  Sleeper<Parker> sleeper;
  const kettle::Waker waker(sleeper);
  kettle::Context context(waker);
  for (;;) {
    sleeper.clear_notified();
    auto answer = future.poll(context);
    if (answer.is_ready()) return answer.take();
    sleeper.sleep_until_woken();
  }
}

}  // namespace mine
