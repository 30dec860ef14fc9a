// Grades 10-server/write_all: a stream whose every answer is written down beforehand, and one real connection.
#include "write_all.hpp"

#include <kettle/block_on.hpp>
#include <kettle/join.hpp>
#include <kettle/timeout.hpp>
#include <kettle/unix_stream.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <system_error>
#include <utility>

#include "futures.hpp"
#include "story.hpp"

namespace {

using namespace std::chrono_literals;
using story::expect;
using story::expect_equal;

constexpr auto stream_section = "lessons/10-server/README.md#from-a-descriptor-to-a-connection";
constexpr auto size_section = "lessons/10-server/README.md#what-the-parser-refuses";
constexpr auto pending_section = "lessons/02-waker/README.md#a-number-to-call";
constexpr auto kept_rule = "A read or a write that is Pending holds the waker. Keep that very one, and poll it again.";
constexpr auto drop_section = "lessons/07-select/README.md#what-can-go-wrong";
constexpr std::size_t roomy = 1000;

// Text as one writes it in C++, and only its beginning when it is long.
std::string quote(std::string_view text) {
  std::string quoted;
  for (const char letter : text.substr(0, 20)) {
    if (letter == '\r') {
      quoted += "\\r";
    } else if (letter == '\n') {
      quoted += "\\n";
    } else if (letter == '\0') {
      quoted += "\\0";
    } else {
      quoted += letter;
    }
  }
  if (text.size() > 20) return fmt::format("\"{}\"... ({} bytes)", quoted, text.size());
  return fmt::format("\"{}\"", quoted);
}

// One answer of the stream.
struct Answer {
  enum Kind { bytes, room, pending, error };
  Answer(Kind k, std::string t, std::size_t c = 0) : kind(k), text(std::move(t)), count(c) {}
  Kind kind;
  std::string text;
  std::size_t count;
};
Answer brings(std::string text) { return Answer(Answer::bytes, std::move(text)); }
Answer takes(std::size_t count) { return Answer(Answer::room, "", count); }
Answer makes_wait() { return Answer(Answer::pending, ""); }
Answer breaks() { return Answer(Answer::error, ""); }

// One direction of the scripted stream: its answers, and who waits.
class Side {
 public:
  Side(std::string name, std::deque<Answer> answers) : name_(std::move(name)), answers_(std::move(answers)) {}
  Side(const Side&) = delete;
  Side& operator=(const Side&) = delete;

  /// The wait is over: whoever waits is woken.
  void go_on() {
    if (!answers_.empty() && answers_.front().kind == Answer::pending) answers_.pop_front();
    story::step("the stream goes on");
    if (waker_) std::exchange(waker_, std::nullopt)->wake();
  }

  bool is_used_up() const { return answers_.empty(); }
  int calls = 0;
  int waits = 0;

 protected:
  friend class Wait;
  // The next answer, or nothing while it is Pending. Throws what the script says.
  std::optional<Answer> next(kettle::Context& context, Answer at_the_end) {
    if (answers_.empty()) return at_the_end;
    if (answers_.front().kind == Answer::pending) {
      story::step("  {}: Pending", name_);
      ++waits;
      waker_ = context.waker();
      return std::nullopt;
    }
    const Answer answer = answers_.front();
    answers_.pop_front();
    if (answer.kind == Answer::error) {
      story::step("  {}: throws \"connection reset\"", name_);
      throw std::system_error(ECONNRESET, std::generic_category(), name_);
    }
    return answer;
  }
  void put_back(Answer answer) { answers_.push_front(std::move(answer)); }
  void limit_calls() {
    if (++calls > 1000) {
      story::fail("the stream is asked only as often as there is something to do",
                  fmt::format("{} is called 1000 times, and it goes on", name_));
    }
  }

  std::string name_;
  std::deque<Answer> answers_;
  std::optional<kettle::Waker> waker_;
};

// What read() and write() have in common: Ready once, and when it is dropped while it waits, nobody is woken any more.
class Wait {
 public:
  using Output = std::size_t;
  explicit Wait(Side& side) : side_(&side) {}
  Wait(Wait&& other) noexcept : side_(other.side_), waits_(std::exchange(other.waits_, false)) {}
  Wait& operator=(Wait&&) = delete;
  ~Wait() {
    if (waits_) side_->waker_.reset();
  }

 protected:
  template <class Call>
  kettle::Poll<std::size_t> answer(Call call) {
    if (done_) kettle::misuse("A read or a write was polled again after it was Ready.", "make a new one.", "01-future");
    const std::optional<std::size_t> count = call();
    waits_ = !count.has_value();
    if (waits_) return kettle::pending;
    done_ = true;
    return kettle::Ready(*count);
  }

 private:
  Side* side_;
  bool waits_ = false;
  bool done_ = false;
};

class ReadSide : public Side {
 public:
  explicit ReadSide(std::deque<Answer> answers) : Side("read", std::move(answers)) {}
  std::optional<std::size_t> read(std::span<char> buffer, kettle::Context& context) {
    limit_calls();
    if (buffer.empty()) story::fail("read is given room for some bytes", "it is given room for none");
    std::optional<Answer> answer = next(context, brings(at_the_end));
    if (!answer) return std::nullopt;
    const std::size_t count = std::min(answer->text.size(), buffer.size());
    std::copy_n(answer->text.begin(), count, buffer.begin());
    if (calls <= 8) {
      if (answer->text.empty()) story::step("  read: the end of the stream");
      if (!answer->text.empty()) story::step("  read: {}", quote(std::string_view(answer->text).substr(0, count)));
    }
    bytes_read += count;
    if (count < answer->text.size()) put_back(brings(answer->text.substr(count)));
    return count;
  }
  std::string at_the_end;  // What it brings, again and again, when the script is used up. Nothing is the end.
  std::size_t bytes_read = 0;
};

class WriteSide : public Side {
 public:
  explicit WriteSide(std::deque<Answer> answers) : Side("write", std::move(answers)) {}
  std::optional<std::size_t> write(std::string_view bytes, kettle::Context& context) {
    limit_calls();
    const std::optional<Answer> answer = next(context, takes(at_the_end));
    if (!answer) return std::nullopt;
    const std::size_t count = std::min(answer->count, bytes.size());
    if (calls <= 8) story::step("  write({}): takes {}", quote(bytes), count);
    written.append(bytes.substr(0, count));
    return count;
  }
  std::size_t at_the_end = 1'000'000;
  std::string written;
};

// A stream that does what its script says. What is not in the script: the end of the stream, and room for all.
class Script {
 public:
  explicit Script(std::deque<Answer> reads, std::deque<Answer> writes = {})
      : reading(std::move(reads)), writing(std::move(writes)) {}

  class Read : public Wait {
   public:
    Read(ReadSide& side, std::span<char> buffer) : Wait(side), side_(&side), buffer_(buffer) {}
    kettle::Poll<std::size_t> poll(kettle::Context& context) {
      return answer([this, &context] { return side_->read(buffer_, context); });
    }

   private:
    ReadSide* side_;
    std::span<char> buffer_;
  };
  class Write : public Wait {
   public:
    Write(WriteSide& side, std::string_view bytes) : Wait(side), side_(&side), bytes_(bytes) {}
    kettle::Poll<std::size_t> poll(kettle::Context& context) {
      return answer([this, &context] { return side_->write(bytes_, context); });
    }

   private:
    WriteSide* side_;
    std::string_view bytes_;
  };

  Read read(std::span<char> buffer) { return Read(reading, buffer); }
  Write write(std::string_view bytes) { return Write(writing, bytes); }

  ReadSide reading;
  WriteSide writing;
};

using WriteAll = decltype(mine::write_all(std::declval<Script&>(), std::string_view()));
using ReadUntil = decltype(std::declval<mine::Reader<Script>&>().read_until(std::string_view(), roomy));
static_assert(kettle::Future<WriteAll> && std::is_void_v<WriteAll::Output>,
              "mine::write_all(stream, bytes) returns a future without a value");
static_assert(kettle::Future<ReadUntil> && std::same_as<ReadUntil::Output, std::optional<std::string>>,
              "mine::Reader::read_until(delimiter, maximum) returns a future of a std::optional<std::string>");

std::string show(const std::optional<std::string>& text) { return text ? quote(*text) : "nothing"; }

// Polls until Ready; the stream goes on after each Pending, and has to wake whoever waits.
template <class F>
typename F::Output finish(F& future, Side& side, std::string_view name) {
  story::CountingWaker task;
  for (;;) {
    task.clear();
    kettle::Context context(task.waker());
    story::step("poll of {}", name);
    auto answer = future.poll(context);
    if (answer.is_ready()) return answer.take();
    expect(!task.is_woken(), fmt::format("while it waits, {} leaves the thread alone", name), "it wakes itself");
    side.go_on();
    if (!task.is_woken()) story::teach(kept_rule, pending_section);
    expect(task.is_woken(), fmt::format("{} is woken when the stream goes on", name),
           "nobody is woken: the read or write that had the waker is gone");
  }
}

void write_all(Script& stream, std::string_view bytes) {
  auto future = mine::write_all(stream, bytes);
  finish(future, stream.writing, "write_all");
}

void expect_next(mine::Reader<Script>& reader, Script& stream, const std::optional<std::string>& wanted,
                 std::size_t maximum = roomy, std::string_view delimiter = "\r\n") {
  auto future = reader.read_until(delimiter, maximum);
  std::optional<std::string> got;
  try {
    got = finish(future, stream.reading, "read_until");
  } catch (const mine::TooLong&) {
    story::fail(fmt::format("read_until({}, {}): {}", quote(delimiter), maximum, show(wanted)), "it throws TooLong");
  }
  story::step("Ready: {}", show(got));
  if (got != wanted) {
    story::fail(fmt::format("read_until({}, {}): {}", quote(delimiter), maximum, show(wanted)), show(got));
  }
}

TEST_CASE("write_all writes every byte once, in order, however few the stream takes at a time") {
  story::teach("The answer of a write says how many bytes it took. The rest is still yours to write.", stream_section);
  {
    Script stream({}, {takes(2)});
    write_all(stream, "hello");
    expect_equal(stream.writing.written, std::string("hello"), "what is written");
  }
  for (std::size_t most = 1; most <= 5; ++most) {
    story::step("now it takes {} at a time", most);
    Script stream({}, {});
    stream.writing.at_the_end = most;
    write_all(stream, "tea and toast");
    expect_equal(stream.writing.written, std::string("tea and toast"), "what is written");
  }
}

TEST_CASE("both are Pending while the stream is, and go on when it wakes them") {
  story::teach(kept_rule, pending_section);
  {
    Script stream({}, {makes_wait(), makes_wait(), takes(5)});
    write_all(stream, "hello");
    expect_equal(stream.writing.written, std::string("hello"), "what is written");
  }
  Script stream({makes_wait(), brings("GE"), makes_wait(), makes_wait(), brings("T\r\n")});
  mine::Reader<Script> reader(stream);
  expect_next(reader, stream, "GET\r\n");
}

TEST_CASE("nothing to write is done at once, and what the stream does not take is an error") {
  story::teach("A loop whose step may do nothing needs a way out.", stream_section);
  {
    Script stream({}, {makes_wait()});
    auto future = mine::write_all(stream, "");
    story::CountingWaker task;
    expect(story::poll(future, task, "write_all(\"\")").is_ready(), "write_all of no bytes is Ready at the first poll",
           "it is Pending");
  }
  Script stream({}, {takes(2), takes(0)});
  stream.writing.at_the_end = 0;
  bool told = false;
  try {
    write_all(stream, "hello");
  } catch (const mine::NothingTaken&) {
    told = true;
  }
  expect(told, "write_all throws NothingTaken when the stream takes 0 bytes of 3", "it says that all is written");
  Script broken({}, {takes(2), breaks()});
  told = false;
  try {
    write_all(broken, "hello");
  } catch (const std::system_error&) {
    told = true;
  }
  expect(told, "write_all throws what the stream has thrown", "it says that all is written");
  expect_equal(broken.writing.written, std::string("he"), "what is written, before the error and after it");
}

TEST_CASE("read_until gives what comes up to the delimiter, and keeps the rest for the next call") {
  story::teach("A read brings what has come: often more than you asked for. The rest is the begin of the next line.",
               stream_section);
  Script stream({brings("one\r\ntwo\r\nthr"), makes_wait(), brings("ee\r\n"), makes_wait()});
  mine::Reader<Script> reader(stream);
  expect_next(reader, stream, "one\r\n");
  expect_next(reader, stream, "two\r\n");
  expect_equal(stream.reading.waits, 0, "waits so far: line two has come with line one");
  expect_next(reader, stream, "three\r\n");
  expect_equal(stream.reading.waits, 1, "waits so far: one for the end of line three, and none behind it");
  story::step("another stream, whose second line is empty");
  Script other({brings("four\r\n\r\nfive\r\n"), makes_wait()});
  mine::Reader<Script> second(other);
  expect_next(second, other, "four\r\n");
  expect_next(second, other, "\r\n");
  expect_next(second, other, "five\r\n");
}

TEST_CASE("the delimiter may come in two reads, or three") {
  story::teach("A delimiter may begin at the end of one read, and end in the next.", stream_section);
  const std::string text = "a\r\nb\r\r\n\r\n";
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    story::step("cut after {} bytes", cut);
    Script stream({brings(text.substr(0, cut)), makes_wait(), brings(text.substr(cut))});
    mine::Reader<Script> reader(stream);
    for (const char* line : {"a\r\n", "b\r\r\n", "\r\n"}) expect_next(reader, stream, line);
  }
  story::step("now a byte at a time, and a delimiter of three");
  std::deque<Answer> bytes;
  for (const char byte : std::string("x--y---z")) bytes.push_back(brings(std::string(1, byte)));
  Script stream(std::move(bytes));
  mine::Reader<Script> reader(stream);
  expect_next(reader, stream, "x--y---", roomy, "---");
}

TEST_CASE("at the end of the stream it gives what is left, and from then on nothing") {
  story::teach("A read of 0 bytes is the end of the stream. What has come before it is still worth something.",
               stream_section);
  Script stream({brings("one\r\nt"), brings("wo")});
  mine::Reader<Script> reader(stream);
  expect_next(reader, stream, "one\r\n");
  expect_next(reader, stream, "two");
  expect_next(reader, stream, std::nullopt);
  expect_next(reader, stream, std::nullopt);
}

TEST_CASE("more than the maximum is TooLong, and a client without end does not fill the memory") {
  story::teach("Whatever grows because of a client has a maximum, and it is checked while it grows.", size_section);
  {
    Script stream({brings("12345678\r\n12345678\r\n"), brings("1"), brings("2345678"), makes_wait(), brings("\r\n")});
    mine::Reader<Script> reader(stream);
    for (int line = 0; line < 3; ++line) expect_next(reader, stream, "12345678\r\n", 10);
  }
  for (const char* text : {"123456789\r\n", "123456789012345\r\n"}) {
    Script stream({brings(text), makes_wait()});
    mine::Reader<Script> reader(stream);
    auto future = reader.read_until("\r\n", 10);
    std::string got;
    try {
      got = show(finish(future, stream.reading, "read_until(\"\\r\\n\", 10)"));
    } catch (const mine::TooLong&) {
      continue;
    }
    story::fail("read_until throws TooLong: with the delimiter it is more than 10 bytes", got);
  }
  Script stream({});
  stream.reading.at_the_end = std::string(100, 'x');
  mine::Reader<Script> reader(stream);
  auto future = reader.read_until("\r\n", 500);
  bool told = false;
  story::step("now \"xxx...\" without end, and a maximum of 500");
  try {
    finish(future, stream.reading, "read_until");
  } catch (const mine::TooLong&) {
    told = true;
  }
  expect(told && stream.reading.bytes_read <= 20'000, "read_until throws TooLong soon after 500 bytes",
         told ? fmt::format("it reads {} bytes before it does", stream.reading.bytes_read) : "it does not throw");
}

// Polls a read_until once, which gets no line: it is Pending, or the stream's error comes out. Then it is dropped.
void expect_no_line(mine::Reader<Script>& reader, bool breaks_off) {
  auto future = reader.read_until("\r\n", roomy);
  story::CountingWaker task;
  kettle::Context context(task.waker());
  std::string got;
  try {
    auto answer = future.poll(context);
    got = answer.is_pending() ? "it is Pending" : "it is Ready: " + show(answer.take());
  } catch (const std::system_error&) {
    got = "it throws what the stream has thrown";
  } catch (const mine::TooLong&) {
    got = "it throws TooLong, though no more than 5 bytes have come";
  }
  const std::string_view wanted = breaks_off ? "it throws what the stream has thrown" : "it is Pending";
  expect(got == wanted, fmt::format("the next poll of read_until: {}", wanted), got);
}

TEST_CASE("neither a drop nor an error in the middle loses a byte, or adds one") {
  story::teach("A frame that is dropped takes its locals along. What must outlive it lives in the reader.",
               drop_section);
  Script stream({brings("one\r\nG"), brings("E"), makes_wait(), brings("T"), breaks(), brings(" /\r"), makes_wait(),
                 brings("\n")});
  mine::Reader<Script> reader(stream);
  expect_next(reader, stream, "one\r\n");
  for (const bool breaks_off : {false, true, false}) {
    story::step("poll of read_until, which is then dropped");
    expect_no_line(reader, breaks_off);
    if (!breaks_off) stream.reading.go_on();
  }
  expect_next(reader, stream, "GET /\r\n");
}

std::string tea_and_toast() {
  std::string text;
  for (int line = 0; text.size() < 1'000'000; ++line) text += fmt::format("{} cups of tea, toast and butter\r\n", line);
  return text;
}

kettle::Task<> send_text(kettle::UnixStream stream, std::string text) {
  auto future = mine::write_all(stream, std::string_view(text));
  co_await future;
}

kettle::Task<std::string> collect(kettle::UnixStream stream) {
  mine::Reader<kettle::UnixStream> reader(stream);
  std::string all;
  for (;;) {
    auto future = reader.read_until("\r\n", 100);
    std::optional<std::string> line = co_await future;
    if (!line.has_value()) co_return all;
    if (line->empty())
      story::fail("read_until gives a line, or nothing", "it gives an empty text, without a delimiter");
    all += *line;
  }
}

TEST_CASE("a megabyte goes through a real connection, and comes out whole") {
  story::teach("A connection takes what fits into its buffers, and brings what has come: no more.", stream_section);
  const kettle::VirtualTime time;
  const std::string text = tea_and_toast();
  auto [one, other] = kettle::UnixStream::pair();
  auto both = kettle::join(send_text(std::move(one), text), collect(std::move(other)));
  bool in_time = false;
  std::string all;
  try {
    const auto answer = kettle::block_on(kettle::timeout(1min, std::move(both)));
    in_time = answer.has_value();
    if (in_time) all = std::get<1>(*answer);
  } catch (const kettle::Stuck&) {
  }
  expect(in_time, "all of it comes through", "both ends wait, for ever");
  if (all == text) return;
  story::fail("what comes out is what went in", all.size() < text.size()   ? "it is less"
                                                : all.size() > text.size() ? "it is more"
                                                                           : "it is as long, but different");
}

}  // namespace
