// Permits behind a lock; wakers are called after it.
#include "kettle/semaphore.hpp"

#include "kettle/trace.hpp"

namespace kettle {

SemaphorePermit& SemaphorePermit::operator=(SemaphorePermit other) noexcept {
  std::swap(semaphore_, other.semaphore_);
  std::swap(count_, other.count_);
  std::swap(keep_, other.keep_);
  return *this;
}

SemaphorePermit::~SemaphorePermit() {
  if (count_ == 0) return;
  if (trace::on()) semaphore_->tell("unlock");
  semaphore_->add_permits(count_);
}

// #region acquire
Poll<Acquire::Output> Acquire::poll(Context& context) {
  if (semaphore_ == nullptr) {
    misuse("An acquire was polled again after it was Ready.", "after Ready, a future is finished.", "01-future");
  }
  Waker replaced = Waker::noop();  // Let go after the lock.
  const sync::Lock lock(semaphore_->mutex_);
  const auto answer = semaphore_->permits_.poll(waiter_, context.waker(), replaced);
  if (answer == Permits::Answer::waiting) {
    if (trace::noting()) trace::waiting().on = {semaphore_->kind_, semaphore_->number_};
    return pending;
  }
  Semaphore& semaphore = *std::exchange(semaphore_, nullptr);
  if (answer == Permits::Answer::closed) return Ready<Output>(std::unexpected(SemaphoreClosed{}));
  if (trace::on()) semaphore.tell("lock");
  return Ready<Output>(SemaphorePermit(semaphore, waiter_.wanted(), std::move(keep_)));
}

Acquire::~Acquire() {
  if (!waiter_.must_leave()) return;
  WakeBatch batch;
  sync::Lock lock(semaphore_->mutex_);
  semaphore_->permits_.leave(waiter_);
  hand_out(semaphore_->permits_, lock, batch);
}
// #endregion

Semaphore::Semaphore(std::size_t permits, const char* kind) noexcept
    : permits_(permits), kind_(kind), number_(next_number<Semaphore>()) {}

Acquire Semaphore::acquire_owned(std::shared_ptr<Semaphore> semaphore, std::size_t count) noexcept {
  Semaphore& target = *semaphore;
  return Acquire(target, count, std::move(semaphore));
}

std::optional<SemaphorePermit> Semaphore::try_acquire(std::size_t count) noexcept {
  const sync::Lock lock(mutex_);
  if (!permits_.try_take(count)) return std::nullopt;
  if (trace::on()) tell("lock");
  return std::optional<SemaphorePermit>(std::in_place, *this, count);
}

void Semaphore::add_permits(std::size_t count) noexcept {
  WakeBatch batch;
  sync::Lock lock(mutex_);
  permits_.give(count);
  hand_out(permits_, lock, batch);
}

std::size_t Semaphore::available_permits() noexcept {
  const sync::Lock lock(mutex_);
  return permits_.available();
}

void Semaphore::close() noexcept {
  WakeBatch batch;
  sync::Lock lock(mutex_);
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
