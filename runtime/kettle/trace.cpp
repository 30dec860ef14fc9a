// The hook, and the recorder behind KETTLE_TRACE.
#include "kettle/trace.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "kettle/clock.hpp"
#include "kettle/sync.hpp"

namespace kettle::trace {

constinit Sink* sink = nullptr;
constinit thread_local bool asked = false;

namespace {

constinit thread_local Actor current_actor{};

void write(std::FILE* file, std::string_view text) { std::fwrite(text.data(), 1, text.size(), file); }

void write_escaped(std::FILE* file, std::string_view text) {
  for (const char c : text) {
    if (c == '"' || c == '\\') std::fputc('\\', file);
    if (static_cast<unsigned char>(c) >= 0x20) {
      std::fputc(c, file);
    } else {
      std::fprintf(file, "\\u%04x", static_cast<unsigned>(c));
    }
  }
}

void write_arg(std::FILE* file, const Arg& arg) {
  std::fputc('"', file);
  write(file, arg.key);
  write(file, "\":");
  const bool quoted = !arg.has_number || !arg.text.empty();
  if (quoted) std::fputc('"', file);
  write_escaped(file, arg.text);
  write(file, arg.between);
  if (arg.has_number) std::fprintf(file, "%llu", static_cast<unsigned long long>(arg.number));
  if (quoted) std::fputc('"', file);
}

// Microseconds with three decimals: what the format asks for, and no nanosecond lost.
void write_timestamp(std::FILE* file) {
  const auto nanoseconds = Clock::now().time_since_epoch().count();
  std::fprintf(file, "%lld.%03lld", static_cast<long long>(nanoseconds / 1000),
               static_cast<long long>(nanoseconds % 1000));
}

// Writes one event a line. Facts are told from where nothing may fail, so it needs no memory. The closing bracket is
// optional in the format, so a run that hangs or crashes leaves a file that loads as well as any other.
class Recorder final : public Sink {
 public:
  explicit Recorder(const char* path) : file_(std::fopen(path, "w")) {
    if (file_ == nullptr) {
      std::fprintf(stderr, "KETTLE_TRACE: cannot write '%s': %s. Name a file in a folder that exists.\n", path,
                   std::strerror(errno));
      std::exit(2);
    }
    std::fputs("[\n", file_);
  }
  ~Recorder() {
    if (sink == this) {
      record("exit", {});
      sink = nullptr;
    }
    std::fclose(file_);
  }
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  void record(std::string_view name, std::initializer_list<Arg> args) override {
    const Actor who = actor();
    const sync::Lock lock(mutex_);
    write(file_, "{\"name\":\"");
    write(file_, name);
    write(file_, "\",\"ph\":\"i\",\"s\":\"t\",\"ts\":");
    write_timestamp(file_);
    std::fprintf(file_, ",\"pid\":1,\"tid\":%llu,\"args\":{",
                 static_cast<unsigned long long>(who.kind == "task" ? who.number : 0));
    for (const Arg& arg : args) {
      if (&arg != args.begin()) std::fputc(',', file_);
      write_arg(file_, arg);
    }
    write(file_, "}},\n");
    std::fflush(file_);
  }

 private:
  sync::Mutex mutex_;
  std::FILE* file_;
};

bool record_if_asked() {
  const char* path = std::getenv("KETTLE_TRACE");
  if (path == nullptr || *path == '\0') return false;
  static Recorder recorder(path);
  sink = &recorder;
  fact("run", {{"clock", Clock::is_virtual() ? std::string_view("virtual") : std::string_view("real")}});
  return true;
}

[[maybe_unused]] const bool recording = record_if_asked();

}  // namespace

Arg::Arg(std::string_view k, Actor by) noexcept
    : key(k), text(by.kind), between(by.number != 0 ? " " : ""), number(by.number), has_number(by.number != 0) {}

Arg::Arg(std::string_view k, std::source_location at) noexcept
    : key(k), text(at.file_name()), between(":"), number(at.line()), has_number(true) {}

Actor actor() noexcept { return current_actor; }

Waiting& waiting() noexcept {
  static thread_local Waiting note;
  return note;
}

Waiting take_waiting() noexcept { return std::exchange(waiting(), Waiting{}); }

std::string describe(const Waiting& waiting) {
  std::string text(waiting.on.kind.empty() ? std::string_view("something that it did not name") : waiting.on.kind);
  if (waiting.on.number != 0) text += ' ' + std::to_string(waiting.on.number);
  if (waiting.has_at)
    text.append(" at ").append(waiting.at.file_name()).append(":" + std::to_string(waiting.at.line()));
  return text;
}

void fact_pending(std::uint64_t task, const Waiting& waiting) {
  if (waiting.has_at) {
    fact("pending", {{"task", task}, {"on", waiting.on}, {"at", waiting.at}});
  } else {
    fact("pending", {{"task", task}, {"on", waiting.on}});
  }
}

void note_await(std::source_location at) noexcept {
  Waiting& note = waiting();
  if (!note.has_at) note.at = at;
  note.has_at = true;
}

void Acting::trade_places(Actor& who) noexcept { std::swap(current_actor, who); }

}  // namespace kettle::trace

namespace kettle {

void say(std::string_view line, std::source_location at) {
  std::printf("%.*s\n", static_cast<int>(line.size()), line.data());
  std::fflush(stdout);
  if (!trace::on()) return;
  const trace::Actor who = trace::actor();
  trace::fact("print", {{"task", who.kind == "task" ? who.number : 0}, {"text", line}, {"at", at}});
}

}  // namespace kettle
