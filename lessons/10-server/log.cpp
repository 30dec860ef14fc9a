// Counting lines.
#include "log.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <utility>

namespace hello {

using namespace std::chrono_literals;

void Log::complain(std::string_view who, std::string_view what) {
  constexpr std::size_t most = 10;
  const kettle::Instant now = kettle::Clock::now();
  if (now - second_begins_ >= 1s) {
    if (left_out_ != 0) fmt::print(stderr, "... and {} more\n", std::exchange(left_out_, 0));
    second_begins_ = now;
    lines_ = 0;
  }
  if (++lines_ > most) {
    ++left_out_;
  } else {
    fmt::print(stderr, "{}: {}\n", who, what);
  }
}

}  // namespace hello
