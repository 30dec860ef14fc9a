// Shape: tickets, as at a counter: a number for each who waits, and places that are empty once somebody has left.
#include <kettle/waker.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace mine {

template <class T>
class Mutex {
  struct State {
    T value;
    std::uint64_t last_ticket = 0;
    std::uint64_t called = 0;  // Whose turn it is; 0: nobody's.
    std::map<std::uint64_t, kettle::Waker> waiting;

    void call_next() {
      if (waiting.empty()) {
        called = 0;
        return;
      }
      auto next = waiting.extract(waiting.begin());
      called = next.key();
      next.mapped().wake();
    }
  };

 public:
  class Guard {
   public:
    explicit Guard(State& state) : state_(&state, &unlock) {}
    T& operator*() const { return state_->value; }
    T* operator->() const { return &state_->value; }

   private:
    static void unlock(State* state) { state->call_next(); }
    std::unique_ptr<State, void (*)(State*)> state_;
  };

  class Lock {
   public:
    using Output = Guard;
    explicit Lock(State& state) : state_(state) {}
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    ~Lock() {
      if (ticket_ == 0 || done_) return;
      state_.waiting.erase(ticket_);
      if (state_.called == ticket_) state_.call_next();
    }
    kettle::Poll<Guard> poll(kettle::Context& context) {
      if (ticket_ == 0) {
        ticket_ = ++state_.last_ticket;
        if (state_.called == 0) state_.called = ticket_;
      }
      if (state_.called == ticket_) {
        done_ = true;
        return kettle::Ready<Guard>(Guard(state_));
      }
      state_.waiting.insert_or_assign(ticket_, context.waker());
      return kettle::pending;
    }

   private:
    State& state_;
    std::uint64_t ticket_ = 0;
    bool done_ = false;
  };

  explicit Mutex(T value = T()) : state_{std::move(value), 0, 0, {}} {}
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  Lock lock() { return Lock(state_); }
  std::optional<Guard> try_lock() {
    if (state_.called != 0) return std::nullopt;
    state_.called = ++state_.last_ticket;
    return Guard(state_);
  }

 private:
  State state_;
};

}  // namespace mine
