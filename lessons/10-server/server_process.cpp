// Starting a process, reading what it says, and asking the system about it.
#include "server_process.hpp"

#include <kettle/async_fd.hpp>
#include <kettle/buf_reader.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/prctl.h>
#endif

#include <cerrno>
#include <fstream>
#include <optional>
#include <stdexcept>

namespace hello {
namespace {

using kettle::AsyncFd;
using kettle::SocketAddress;
using kettle::Task;

// In the new process: becomes the server.
[[noreturn]] void become_server(const char* program, bool threads, int output) {
#if defined(__linux__)
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // Should this program be killed, the server does not stay behind.
#endif
  dup2(output, STDOUT_FILENO);
  unsetenv("KETTLE_TRACE");  // The recording is about the clients.
  execlp(program, program, "--serve", "0", threads ? "--threads" : nullptr, nullptr);
  _exit(127);
}

void end(pid_t process) noexcept {
  kill(process, SIGTERM);
  while (waitpid(process, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

Task<ServerProcess> ServerProcess::start(const char* program, bool threads) {
  int ends[2];
  if (pipe(ends) != 0) kettle::throw_io_error(errno, "make a pipe");
  for (const int each : ends) fcntl(each, F_SETFD, FD_CLOEXEC);
  const pid_t process = fork();
  if (process == 0) become_server(program, threads, ends[1]);
  const int error = errno;
  close(ends[1]);
  AsyncFd output(ends[0], kettle::Flow::stream, "the server's output");
  if (process < 0) kettle::throw_io_error(error, "start a server");

  // Its first line ends in the address: "Serving http://127.0.0.1:40123"
  kettle::BufReader<AsyncFd> lines(output);
  const std::optional<std::string> line = co_await lines.read_line(1000);
  const std::string text = line.value_or("");
  const std::optional<SocketAddress> address = SocketAddress::parse(text.substr(text.rfind('/') + 1));
  if (!address) {
    end(process);
    throw std::runtime_error("the server does not come up; it says: " + text);
  }
  co_return ServerProcess(process, *address);
}

ServerProcess::~ServerProcess() {
  if (id_ != 0) end(id_);
}

Usage ServerProcess::usage() const {
  Usage usage;
  std::ifstream status("/proc/" + std::to_string(id_) + "/status");
  for (std::string word; status >> word;) {
    if (word == "VmRSS:") status >> usage.kilobytes;
    if (word == "Threads:") status >> usage.threads;
  }
#if defined(__linux__)
  using namespace std::chrono;
  clockid_t clock{};
  timespec time{};
  if (clock_getcpuclockid(id_, &clock) == 0 && clock_gettime(clock, &time) == 0) {
    usage.processor = duration_cast<microseconds>(seconds(time.tv_sec) + nanoseconds(time.tv_nsec));
  }
#endif
  return usage;
}

}  // namespace hello
