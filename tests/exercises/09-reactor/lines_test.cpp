// Grades 09-reactor/lines: bytes through a pipe, cut where the test wants it. next() is polled by hand, and the reactor
// is asked without waiting, so nothing waits for longer than the test says.
#include "lines.hpp"

#include <doctest/doctest.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "futures.hpp"

namespace {

using story::expect;
using story::expect_equal;

constexpr const char* try_section = "lessons/09-reactor/README.md#would-block";
constexpr const char* lines_section = "lessons/09-reactor/README.md#bytes-not-lines";

int reads = 0;  // Calls of read(2) so far.

}  // namespace

extern "C" ssize_t read(int fd, void* buffer, size_t size) {
  ++reads;
  return syscall(SYS_read, fd, buffer, size);
}

namespace {

std::string show(const std::string& text) {
  if (text.size() > 60) return fmt::format("{} bytes", text.size());
  std::string shown = "\"";
  for (const char each : text) {
    if (each == '\n') {
      shown += "\\n";
    } else if (each == '\r') {
      shown += "\\r";
    } else {
      shown += each;
    }
  }
  return shown + "\"";
}

// A task that makes no step of being woken.
class Quiet {
 public:
  Quiet() : header_(new Header), waker_(*header_) { header_->release(); }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;
  const kettle::Waker& waker() const { return waker_; }
  bool is_woken() const { return header_->is_notified(); }
  void clear() { header_->clear_notified(); }

 private:
  struct Header final : kettle::Wakeable {
    void schedule() noexcept override {}
  };
  Header* header_;
  kettle::Waker waker_;
};

// A pipe, and the Lines at its reading end.
class Desk {
 public:
  explicit Desk(std::size_t most = 100, bool tells = true)
      : pipe_(kettle::make_pipe()), writer_(std::move(pipe_.writer)), lines(pipe_.reader, most), tells_(tells) {
    kettle::Reactor::current();
  }

  void send(const std::string& bytes) {
    if (tells_) story::step("into the pipe: {}", show(bytes));
    REQUIRE_EQ(::write(writer_->fd(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  void end() {
    if (tells_) story::note("the pipe is closed");
    writer_.reset();
  }
  int left() const {
    int count = 0;
    REQUIRE_EQ(ioctl(pipe_.reader.fd(), FIONREAD, &count), 0);
    return count;
  }

  /// What next() says: a line, "nothing", "Pending", or what it throws.
  std::string next() {
    auto future = lines.next();
    return poll(future);
  }
  template <class F>
  std::string poll(F& future) {
    std::string answer = poll_quietly(future);
    if (tells_) story::step("next(): {}", answer);
    return answer;
  }

 private:
  kettle::Pipe pipe_;
  std::optional<kettle::AsyncFd> writer_;

 public:
  mine::Lines lines;

 private:
  template <class F>
  std::string poll_quietly(F& future) {
    kettle::Parker parker;
    for (int polls = 1;; ++polls) {
      if (polls > 1000) {
        story::teach("Before Pending, the waker is left with the descriptor, and with nobody else.", try_section);
        story::fail("next() sleeps while nothing comes", "it was polled 1,000 times: it wakes itself, again and again");
      }
      task_.clear();
      kettle::Context context(task_.waker());
      try {
        auto answer = future.poll(context);
        if (answer.is_ready()) {
          const std::optional<std::string> line = answer.take();
          return line ? show(*line) : "nothing";
        }
      } catch (const mine::LineTooLong&) {
        return "LineTooLong";
      }
      if (!task_.is_woken()) kettle::Reactor::current().park(parker, kettle::no_wait);
      if (!task_.is_woken()) return "Pending";
    }
  }

  bool tells_;
  Quiet task_;
};

// All lines until the end: "tea" "toast".
std::string all(Desk& desk) {
  std::string lines;
  for (int count = 0; count < 1000; ++count) {
    const std::string line = desk.next();
    if (line == "nothing") return lines;
    lines += (lines.empty() ? "" : " ") + line;
    if (line == "Pending" || line == "LineTooLong") return lines;
  }
  return lines + " and so on";
}

TEST_CASE("lines come one by one, without their ends") {
  story::teach("A stream has no lines, only bytes. Where a line ends is for its reader to find out.", lines_section);
  Desk desk;
  desk.send("tea\n");
  expect_equal(desk.next(), "\"tea\"", "the first line");
  expect_equal(desk.next(), "Pending", "the second, when nothing more has come");
  desk.send("toast\r\n\neggs\na\rb\r\r\n");
  expect_equal(desk.next(), "\"toast\"", "the second line");
  expect_equal(desk.next(), "\"\"", "the third line, which is empty");
  expect_equal(desk.next(), "\"eggs\"", "the fourth line");
  expect_equal(desk.next(), "\"a\\rb\\r\"", "the fifth line, with two \"\\r\" of its own");
  expect_equal(desk.next(), "Pending", "the sixth, when nothing more has come");
}

TEST_CASE("the last line needs no end, and after it there is nothing") {
  story::teach("read says 0 at the end. What was read before is still a line.", lines_section);
  for (const auto& [text, lines] :
       {std::pair("tea\ntoast", "\"tea\" \"toast\""), std::pair("tea\n", "\"tea\""), std::pair("\n", "\"\""),
        std::pair("", ""), std::pair("tea\r", "\"tea\\r\""), std::pair("tea\n\r", "\"tea\" \"\\r\"")}) {
    Desk desk;
    if (*text != '\0') desk.send(text);
    desk.end();
    expect_equal(all(desk), lines, fmt::format("the lines of {}", show(text)));
    expect_equal(desk.next(), "nothing", "asked once more");
    expect_equal(desk.next(), "nothing", "asked once more");
  }
}

TEST_CASE("however the bytes are cut, the lines are the same") {
  story::teach(
      "A read may end anywhere, also between \"\\r\" and \"\\n\". What is no whole line yet stays for the next read.",
      lines_section);
  const std::string text = "tea\r\n\nto\rast\r\r\neggs";
  const std::string wanted = "\"tea\" \"\" \"to\\rast\\r\" \"eggs\"";
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    Desk desk(100, false);
    std::string lines;
    const auto take = [&] {
      for (std::string line = desk.next(); line != "Pending" && line != "nothing"; line = desk.next()) {
        lines += (lines.empty() ? "" : " ") + line;
        if (line == "LineTooLong" || lines.size() > 1000) return;
      }
    };
    desk.send(text.substr(0, cut));
    take();
    desk.send(text.substr(cut));
    desk.end();
    take();
    expect_equal(lines, wanted,
                 fmt::format("the lines of {} and then {}", show(text.substr(0, cut)), show(text.substr(cut))));
  }
  Desk desk(100, false);
  std::string lines;
  for (const char each : text) {
    desk.send(std::string(1, each));
    const std::string line = desk.next();
    if (line != "Pending") lines += line + " ";
  }
  desk.end();
  expect_equal(lines + desk.next(), wanted, "the lines of the same text, one byte at a time");
}

TEST_CASE("a line may be as long as the maximum, its end not counted, and no longer") {
  const auto expect_lines = [](const char* text, const char* wanted, bool cut) {
    story::teach("A maximum is exact, and it is the same wherever the bytes are cut.", lines_section);
    Desk desk(5, false);
    std::string lines;
    for (const char* each = text; cut && *each != '\0'; ++each) {
      desk.send(std::string(1, *each));
      if (each[1] == '\0') break;
      if (const std::string line = desk.next(); line != "Pending") lines += line + " ";
      if (lines.ends_with("LineTooLong ")) break;
    }
    if (!cut) desk.send(text);
    desk.end();
    if (!lines.ends_with("LineTooLong ")) lines += all(desk);
    if (lines.ends_with(' ')) lines.pop_back();
    expect_equal(lines, wanted,
                 fmt::format("with a maximum of 5, the lines of {}{}", show(text), cut ? ", byte by byte" : ""));
    if (!lines.ends_with("LineTooLong")) return;
    story::teach("After a line that is too long, nobody knows where the next one begins: the error stays.",
                 lines_section);
    expect_equal(desk.next(), "LineTooLong", "asked once more after the error");
  };
  for (const bool cut : {false, true}) {
    expect_lines("12345\n1\n", "\"12345\" \"1\"", cut);
    expect_lines("12345\r\n1\n", "\"12345\" \"1\"", cut);
    expect_lines("12345", "\"12345\"", cut);
    expect_lines("123456\n1\n", "LineTooLong", cut);
    expect_lines("123456\r\n1\n", "LineTooLong", cut);
    expect_lines("123456", "LineTooLong", cut);
    expect_lines("12345\r", "LineTooLong", cut);
    expect_lines("1\n1234567890\n", "\"1\" LineTooLong", cut);
    expect_lines("1\n12345\rx\n", "\"1\" LineTooLong", cut);
  }
}

TEST_CASE("a line without end is an error soon, and eats no memory") {
  story::teach(
      "Whoever is at the other end may send bytes for ever. Give up as soon as the line is too long, not at its end.",
      lines_section);
  Desk desk(1000);
  const int sent = 60'000;
  desk.send(std::string(sent, 'x'));
  expect_equal(desk.next(), "LineTooLong", "the line");
  const int taken = sent - desk.left();
  expect(taken <= 1000 + 1 + 4096, "at most 1000 + 1 + 4096 bytes are taken from the pipe by then",
         fmt::format("{} bytes are taken", taken));
  story::step("another pipe, and a maximum of 5");
  Desk small(5);
  small.send("123456\r");
  expect_equal(small.next(), "LineTooLong", "the line, which is 6 long whatever comes");
}

TEST_CASE("one read brings many lines") {
  story::teach("Not a system call for each line: read as much as the buffer takes, and keep what is left.",
               try_section);
  Desk desk(100, false);
  std::string text;
  for (int line = 0; line < 100; ++line) text += fmt::format("line {}\n", line);
  desk.send(text);
  story::step("into the pipe: 100 lines, {} bytes", text.size());
  reads = 0;
  for (int line = 0; line < 100; ++line) expect_equal(desk.next(), fmt::format("\"line {}\"", line), "a line");
  expect(reads <= 3, "at most 3 calls of read(2) for 100 lines", fmt::format("{} calls", reads));
}

TEST_CASE("a next that is dropped half-way loses nothing") {
  story::teach(
      "A future that was dropped takes its locals along. What must stay belongs to the object, not to the call.",
      try_section);
  const std::string text = "tea\r\ntoast\neggs";
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    Desk desk;
    desk.send(text.substr(0, cut));
    std::string lines;
    {
      // Polled until it is Pending, and dropped there.
      for (std::string line = desk.next(); line != "Pending"; line = desk.next()) {
        lines += line + " ";
        if (lines.size() > 1000 || line == "nothing") break;
      }
      story::note("the next() that is Pending is dropped");
    }
    desk.send(text.substr(cut));
    desk.end();
    expect_equal(lines + all(desk), "\"tea\" \"toast\" \"eggs\"", "the lines, before and after");
  }
}

TEST_CASE("what read throws comes through") {
  story::teach("An error is not the end. Who takes it for the end believes that all has come.", try_section);
  int ends[2];
  REQUIRE_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  kettle::AsyncFd ours(ends[0]);
  mine::Lines lines(ours, 100);
  // The other side goes, and has not read what we have written: "connection reset".
  REQUIRE_EQ(::write(ends[0], "x", 1), 1);
  close(ends[1]);
  Quiet task;
  kettle::Context context(task.waker());
  kettle::Parker parker;
  auto next = lines.next();
  std::string answer = "Pending";
  try {
    for (int polls = 0; polls < 10 && answer == "Pending"; ++polls) {
      auto polled = next.poll(context);
      if (polled.is_ready()) answer = polled.value() ? "a line" : "nothing";
      if (polled.is_pending()) kettle::Reactor::current().park(parker, kettle::no_wait);
    }
  } catch (const std::system_error&) {
    answer = "std::system_error";
  } catch (const std::exception& error) {
    answer = fmt::format("another exception: {}", error.what());
  }
  expect_equal(answer, "std::system_error", "next() when the connection is reset");
}

}  // namespace
