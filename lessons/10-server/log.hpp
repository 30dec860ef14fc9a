#pragma once
// Log: what went wrong with a client, for the person who runs the server. Lesson 10.
//
// A line to standard error; ten lines a second at the most, and then how many there were besides: whoever attacks the
// server should not fill its disk as well.

#include <kettle/clock.hpp>

#include <cstddef>
#include <string_view>

namespace hello {

/// For one thread.
class Log {
 public:
  Log() = default;
  ~Log() { end_second(); }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void complain(std::string_view line);

 private:
  void end_second();

  kettle::Instant second_begins_{};
  std::size_t lines_ = 0;
  std::size_t left_out_ = 0;
};

}  // namespace hello
