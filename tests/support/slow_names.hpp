#pragma once
// Slow names: hosts whose names take as long to look up as a test likes. For one file of a program: it stands in for
// the system's getaddrinfo.

#include <dlfcn.h>
#include <netdb.h>

#include <condition_variable>
#include <mutex>
#include <string_view>

namespace slow_names {

/// Whoever looks up a name that ends in ".slow" waits here until open() and is then told 127.0.0.1; "no.slow" is
/// unknown.
class Gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }
  void close() {
    const std::lock_guard lock(mutex_);
    is_open_ = false;
  }

  /// Until all threads that have asked have gone; or until so many have asked.
  void await_end() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ended_ == asked_; });
  }
  void await_asked(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this, count] { return asked_ >= count; });
  }
  int asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

  void pass() {
    static thread_local const AtEnd at_end(*this);
    std::unique_lock lock(mutex_);
    ++asked_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return is_open_; });
  }

 private:
  // Destroyed with the thread: when it has done all that it does.
  struct AtEnd {
    explicit AtEnd(Gate& g) : gate(g) {}
    ~AtEnd() {
      const std::lock_guard lock(gate.mutex_);
      ++gate.ended_;
      gate.changed_.notify_all();
    }
    Gate& gate;
  };
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_open_ = false;
  int asked_ = 0;
  int ended_ = 0;
};

inline Gate gate;

}  // namespace slow_names

extern "C" int getaddrinfo(const char* host, const char* service, const addrinfo* hints, addrinfo** found) {
  using Function = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto real = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "getaddrinfo"));
  const std::string_view name(host);
  if (!name.ends_with(".slow")) return real(host, service, hints, found);
  slow_names::gate.pass();
  if (name == "no.slow") return EAI_NONAME;
  return real("127.0.0.1", service, hints, found);
}
