// What of the bench's work libuv has: timers. It has no tasks.
#include <uv.h>

#include <vector>

#include "bench.hpp"

void serve(bool http);  // server.cpp

namespace {

using bench::Count;
using bench::Meter;

void never_due(uv_timer_t*) { bench::check(false, "a timer was due"); }

void timers_held(Meter& meter, Count size) {
  uv_loop_t* const loop = uv_default_loop();
  std::vector<uv_timer_t> timers(size);
  bench::Deadlines deadlines;
  meter.start();
  for (uv_timer_t& timer : timers) {
    uv_timer_init(loop, &timer);
    uv_timer_start(&timer, never_due, deadlines.next_milliseconds(), 0);
  }
  for (uv_timer_t& timer : timers) uv_timer_stop(&timer);
  meter.stop();
  meter.units(size);
}

void timer_times(Meter& meter, Count times) {
  uv_timer_t timer;
  uv_timer_init(uv_default_loop(), &timer);
  bench::Deadlines deadlines;
  meter.start();
  for (Count i = 0; i < times; ++i) {
    uv_timer_start(&timer, never_due, deadlines.next_milliseconds(), 0);
    uv_timer_stop(&timer);
  }
  meter.stop();
  meter.units(times);
}

void timer_alone(Meter& meter, Count size) { timer_times(meter, size); }

void grow_timers(Meter& meter, Count size) {
  std::vector<uv_timer_t> held(size);
  bench::Deadlines deadlines;
  for (uv_timer_t& timer : held) {
    uv_timer_init(uv_default_loop(), &timer);
    uv_timer_start(&timer, never_due, deadlines.next_milliseconds(), 0);
  }
  timer_times(meter, bench::operations);
  meter.print("libuv", "grow-timers", size);
  std::_Exit(0);  // The loop still knows the timers.
}

void memory(Meter& meter, Count size) {
  uv_loop_t* const loop = uv_default_loop();
  bench::Deadlines deadlines;
  const Count before = bench::memory();
  meter.start();
  for (Count i = 0; i < size; ++i) {
    auto* const timer = new uv_timer_t;
    uv_timer_init(loop, timer);
    uv_timer_start(timer, never_due, deadlines.next_milliseconds(), 0);
  }
  meter.stop();
  meter.units(size);
  meter.bytes(bench::memory() - before);
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run("libuv", argc, argv,
                    {
                        {"timers-held", 1'000'000, timers_held},
                        {"timer-alone", 1'000'000, timer_alone},
                        {"memory", 1'000'000, memory},
                        {"grow-timers", 1000, grow_timers},
                    },
                    serve);
}
