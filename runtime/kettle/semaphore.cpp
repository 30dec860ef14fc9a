// The counter while nobody waits, and permits behind a lock while somebody does; wakers are called after it.
//
// A permit that comes back cannot miss somebody who stands in line: he clears the counter before he stands there, and
// from then on it says under_lock, which sends everybody to the lock. Nobody overtakes for the same reason.
#include "kettle/semaphore.hpp"

#include "kettle/trace.hpp"

namespace kettle {

void HeldPermits::give_back() noexcept {
  if (trace::on()) semaphore_->tell("unlock");
  if (!semaphore_->put_on_counter(count_)) semaphore_->give_to_line(count_);
}

// #region ask
Permits::Answer PermitRequest::ask(const Waker& waker) {
  if (semaphore_ == nullptr) {
    misuse("An acquire was polled again after it was Ready.", "after Ready, a future is finished.", "01-future");
  }
  auto answer = Permits::Answer::granted;
  if (waiter_.must_leave() || !semaphore_->take_from_counter(waiter_.wanted())) {
    answer = semaphore_->stand_in_line(waiter_, waker);
  }
  if (answer == Permits::Answer::granted && trace::on()) semaphore_->tell("lock");
  return answer;
}
// #endregion

void PermitRequest::leave() noexcept { semaphore_->leave(waiter_); }

// #region acquire
Poll<Acquire::Output> Acquire::poll(Context& context) {
  const auto answer = request_.ask(context.waker());
  if (answer == Permits::Answer::waiting) return pending;
  HeldPermits permits = request_.take();
  if (answer == Permits::Answer::granted) return Ready<Output>(SemaphorePermit(std::move(permits), std::move(keep_)));
  permits.forget();
  return Ready<Output>(std::unexpected(SemaphoreClosed{}));
}
// #endregion

Semaphore::Semaphore(std::size_t permits, const char* kind) noexcept
    : counter_(permits), kind_(kind), number_(next_number<Semaphore>()) {}

Acquire Semaphore::acquire_owned(std::shared_ptr<Semaphore> semaphore, std::size_t count) noexcept {
  Semaphore& target = *semaphore;
  return Acquire(target, count, std::move(semaphore));
}

void Semaphore::clear_counter() noexcept {
  if (counter_.load(std::memory_order_relaxed) == under_lock) return;
  permits_.give(counter_.exchange(under_lock, std::memory_order_acq_rel));
}

void Semaphore::fill_counter() noexcept {
  if (permits_.has_line() || permits_.is_closed()) return;
  if (counter_.load(std::memory_order_relaxed) != under_lock) return;
  counter_.store(permits_.take_all(), std::memory_order_release);
}

// Who stood in line before finds the counter cleared, or has been granted his permits, which were never on it.
Permits::Answer Semaphore::stand_in_line(PermitWaiter& waiter, const Waker& waker) noexcept {
  Waker replaced = Waker::noop();  // Let go after the lock.
  const sync::Lock lock(mutex_);
  if (!waiter.must_leave()) clear_counter();
  const auto answer = permits_.poll(waiter, waker, replaced);
  fill_counter();
  if (answer == Permits::Answer::waiting && trace::noting()) trace::waiting().on = {kind_, number_};
  return answer;
}

void Semaphore::leave(PermitWaiter& waiter) noexcept {
  WakeBatch batch;
  sync::Lock lock(mutex_);
  clear_counter();
  permits_.leave(waiter);
  hand_out(permits_, lock, batch);
  fill_counter();
}

// With the lock, the line that was there may have gone: then the counter is the way again.
std::optional<HeldPermits> Semaphore::try_hold(std::size_t count) noexcept {
  if (!take_from_counter(count)) {
    const sync::Lock lock(mutex_);
    if (!take_from_counter(count)) return std::nullopt;
  }
  if (trace::on()) tell("lock");
  return std::optional<HeldPermits>(std::in_place, *this, count);
}

std::optional<SemaphorePermit> Semaphore::try_acquire(std::size_t count) noexcept {
  auto permits = try_hold(count);
  if (!permits) return std::nullopt;
  return std::optional<SemaphorePermit>(std::in_place, std::move(*permits));
}

// Whoever takes the last permit may know that he is the last of all, and destroy the semaphore. So nothing here touches
// it once somebody could take them who needs no lock for it: the counter is either all there is to do, or it is filled
// for others only after somebody in line was served, who has yet to come for the lock.
void Semaphore::give_to_line(std::size_t count) noexcept {
  do {
    WakeBatch batch;
    sync::Lock lock(mutex_);
    if (counter_.load(std::memory_order_relaxed) != under_lock) continue;  // The line has gone meanwhile.
    permits_.give(count);
    hand_out(permits_, lock, batch);
    fill_counter();
    return;
  } while (!put_on_counter(count));
}

std::size_t Semaphore::available_permits() noexcept {
  const sync::Lock lock(mutex_);
  const std::size_t free = counter_.load(std::memory_order_relaxed);
  return free != under_lock ? free : permits_.available();
}

void Semaphore::close() noexcept {
  WakeBatch batch;
  sync::Lock lock(mutex_);
  clear_counter();
  permits_.close();
  hand_out(permits_, lock, batch);
}

bool Semaphore::is_closed() noexcept {
  const sync::Lock lock(mutex_);
  return permits_.is_closed();
}

void Semaphore::tell(const char* fact) const {
  trace::fact(fact, {{"task", trace::actor().number}, {"lock", trace::Actor{kind_, number_}}});
}

}  // namespace kettle
