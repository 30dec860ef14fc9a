// Counting lines.
#include "log.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace hello {

using namespace std::chrono_literals;

namespace {
constexpr std::size_t most = 10;
}

void Log::complain(std::string_view line) {
  const kettle::Instant now = kettle::Clock::now();
  if (now - second_begins_ >= 1s) {
    end_second();
    second_begins_ = now;
  }
  if (++lines_ > most) {
    ++left_out_;
  } else {
    fmt::print(stderr, "{}\n", line);
  }
}

void Log::end_second() {
  if (left_out_ != 0) fmt::print(stderr, "... and {} more\n", left_out_);
  lines_ = left_out_ = 0;
}

}  // namespace hello
