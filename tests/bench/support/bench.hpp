#pragma once
// What the C++ programs of the bench share: arguments, a stopwatch, the memory of the process, one line of output.
//
//     PROGRAM --rows                   the rows it knows, one a line
//     PROGRAM ROW [SIZE [OPERATIONS]]  does the work of that row and prints {"peer": ..., "row": ..., "units": ..., ...}
//     PROGRAM serve echo|http          serves until it is killed; prints its port
//
// OPERATIONS is for the rows of growth: how many to do among SIZE others, in whole rounds.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <string>
#include <thread>

namespace bench {

using Count = std::uint64_t;

/// What a row has measured. Only what is between start() and stop() counts.
class Meter {
 public:
  void start() noexcept { started_ = std::chrono::steady_clock::now(); }
  void stop() noexcept { spent_ += std::chrono::steady_clock::now() - started_; }

  /// How many units of work were done: tasks, messages, wake-ups.
  void units(Count count) noexcept { units_ = count; }
  /// Bytes that all units together hold.
  void bytes(Count count) noexcept { bytes_ = count; }

  void print(const char* peer, const char* row, Count size) const {
    std::printf(R"({"peer": "%s", "row": "%s", "size": %llu, "units": %llu, "nanoseconds": %llu, "bytes": %llu})"
                "\n",
                peer, row, wide(size), wide(units_), wide(static_cast<Count>(spent_.count())), wide(bytes_));
    std::fflush(stdout);
  }

 private:
  static unsigned long long wide(Count count) noexcept { return count; }
  std::chrono::steady_clock::time_point started_;
  std::chrono::nanoseconds spent_{};
  Count units_ = 0;
  Count bytes_ = 0;
};

/// What the process holds in memory now, by its own accounting (Pss, which is VmRSS less its share of the libraries).
inline Count memory() {
  std::ifstream file("/proc/self/smaps_rollup");
  for (std::string word; file >> word;) {
    Count kilobytes = 0;
    if (word == "Pss:" && file >> kilobytes) return kilobytes * 1024;
  }
  return 0;
}

/// A second thread for this process, which sleeps to the end. Where a process has only one, the C library, and some
/// runtimes, do without atomic operations; with this one they are what they are in most programs.
inline void add_thread() {
  std::thread([] { std::this_thread::sleep_for(std::chrono::hours(24)); }).detach();
}

/// Fails loudly: a row that does the wrong work must not print a figure.
inline void check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "bench: %s\n", what);
  std::_Exit(1);
}

/// The same sequence for every peer: deadlines between one minute and one hour.
class Deadlines {
 public:
  Count next_milliseconds() noexcept {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return 60'000 + (state_ >> 33) % 3'540'000;
  }

 private:
  Count state_ = 1;
};

/// How many operations a row of growth does at the least.
inline Count operations = 1'000'000;

/// How often `size` of them must be done.
inline Count rounds_for(Count size) { return size < operations ? operations / size : 1; }

struct Row {
  const char* name;
  Count size;
  void (*run)(Meter& meter, Count size);
};

/// Serves for ever: sends back what comes, or answers requests.
using Serve = void (*)(bool http);

inline int run(const char* peer, int argc, char** argv, std::initializer_list<Row> rows, Serve serve = nullptr) {
  if (argc == 2 && std::strcmp(argv[1], "--rows") == 0) {
    for (const Row& row : rows) std::puts(row.name);
    if (serve != nullptr) std::puts("serve");
    return 0;
  }
  if (argc == 3 && std::strcmp(argv[1], "serve") == 0 && serve != nullptr) {
    serve(std::strcmp(argv[2], "http") == 0);
    return 0;
  }
  for (const Row& row : rows) {
    if (argc < 2 || std::strcmp(argv[1], row.name) != 0) continue;
    const Count size = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : row.size;
    if (argc > 3) operations = std::strtoull(argv[3], nullptr, 10);
    Meter meter;
    row.run(meter, size);
    meter.print(peer, row.name, size);
    std::_Exit(0);  // What is still held need not be taken down one by one.
  }
  std::fprintf(stderr, "usage: %s --rows | ROW [SIZE [OPERATIONS]] | serve echo|http\n", argv[0]);
  return 2;
}

}  // namespace bench
