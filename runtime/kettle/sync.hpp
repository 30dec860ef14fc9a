#pragma once
// Sync: the names under which the runtime uses atomics, thread locks and thread parking.
//
// A foundation. Today they are std's own; because nothing else in the runtime says std::atomic or std::mutex,
// a model checker can stand in here and try every interleaving.

#include <atomic>
#include <cstdint>
#include <mutex>

#include "kettle/clock.hpp"

namespace kettle::sync {

/// A variable that several threads read and write without a lock.
template <class T>
using Atomic = std::atomic<T>;

/// A lock for threads: held for a few lines, never across a co_await (lesson 08 brings the lock for tasks).
using Mutex = std::mutex;

/// Holds a Mutex until the end of the scope.
using Lock = std::unique_lock<std::mutex>;

/// Plain data that another thread also sees, after an atomic or a lock has passed it on.
template <class T>
using Shared = T;

/// Blocks this thread while `word` is `expected`, until `deadline` at the latest.
///
/// May return early for no reason: check the word again. Returns at once when the word already differs.
void wait(const Atomic<std::uint32_t>& word, std::uint32_t expected, Instant deadline) noexcept;

/// Wakes one thread that is blocked in wait() on `word`. Change the word first.
void notify_one(const Atomic<std::uint32_t>& word) noexcept;

/// Whether this process is known to have no thread but this one. False also where that cannot be told.
bool is_only_thread() noexcept;

}  // namespace kettle::sync
