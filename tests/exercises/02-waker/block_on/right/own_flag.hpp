// Shape: a flag of its own beside the parker, the notice cleared after each sleep, and a guard that lets go.
#include <kettle/park.hpp>
#include <kettle/waker.hpp>

#include <atomic>
#include <memory>

namespace mine {

template <class Parker>
class Bell : public kettle::Wakeable {
 public:
  void wait() {
    do {
      parker_.park();
    } while (!rung_.exchange(false));
    clear_notified();
  }

 private:
  void schedule() noexcept override {
    rung_.store(true);
    parker_.unpark();
  }

  std::atomic<bool> rung_{false};
  Parker parker_;
};

template <class Parker = kettle::Parker, kettle::Future F>
typename F::Output block_on(F& future) {
  struct Release {
    void operator()(Bell<Parker>* bell) const { bell->release(); }
  };
  const std::unique_ptr<Bell<Parker>, Release> bell(new Bell<Parker>);
  const kettle::Waker waker(*bell);
  for (;;) {
    kettle::Context context(waker);
    auto answer = future.poll(context);
    if (answer.is_ready()) return answer.take();
    bell->wait();
  }
}

}  // namespace mine
