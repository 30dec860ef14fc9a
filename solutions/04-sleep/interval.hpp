#pragma once
// An interval that misses ticks
// use · lesson 04 · ./learn test interval
//
// Three tasks do a piece of work every period, `times` times. Work may take longer than a period: then ticks are
// missed, and each task needs something else. Period 10 s, and one piece of work, from 10 s on, takes 35 s:
//
//               0    10 ================= 45    50    60
//   heartbeat   *    *                    *     *     *
//   meter            *                    ***   *     *
//   sampler     *    *                    *        *
//
//   heartbeat: late once, then in step again; never two in a hurry
//   meter:     every period that is over is paid for, late if need be
//   sampler:   at least one period from one beginning to the next
//
// Your task: use kettle::Interval, with the right policy (kettle/time.hpp lists three), so that
//   1. the heartbeat beats at once, and then at every full period;
//   2. after a long beat it beats once, late, and is back in step;
//   3. the meter charges at the end of each period, so not at once;
//   4. after a long charge it makes up for every period that it has missed;
//   5. the sampler never begins less than one period after the last beginning, even if that one was a little late;
//   6. each of them is Ready as soon as its last piece of work is done. No times: no work.
//
// Work is told an instant: a beat and a charge, the one that its tick was due at; a sample, the one at which it begins.
// Given: kettle/time.hpp. Keep the three functions' names and parameters. Do not use: threads, or block_on inside a
// task.

#include <kettle/task.hpp>
#include <kettle/time.hpp>

#include <functional>

namespace mine {

using kettle::Clock;
using kettle::Duration;
using kettle::Instant;
using kettle::Interval;
using kettle::MissedTick;
using kettle::Task;

/// A piece of work for an instant. Await what it returns.
using Work = std::function<Task<>(Instant)>;

/// Says "I am alive" to somebody who expects it in step.
inline Task<> heartbeat(Work beat, Duration period, int times) {
  Interval interval(period, MissedTick::skip);
  for (int count = 0; count < times; ++count) {
    const Instant due = co_await interval.tick();
    co_await beat(due);
  }
}

/// Charges for each period once it is over.
inline Task<> meter(Work charge, Duration period, int times) {
  Interval interval(period, MissedTick::burst);
  co_await interval.tick();  // The first tick comes at once: no period is over yet.
  for (int count = 0; count < times; ++count) {
    const Instant due = co_await interval.tick();
    co_await charge(due);
  }
}

/// Reads a sensor that has to rest.
inline Task<> sampler(Work read, Duration period, int times) {
  Interval interval(period, MissedTick::delay);
  for (int count = 0; count < times; ++count) {
    co_await interval.tick();
    co_await read(Clock::now());
  }
}

}  // namespace mine
