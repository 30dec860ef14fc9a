// Mistake: makes a new read at each poll: the one that holds the waker is dropped when poll returns
// Kind: lost wake-up
// Fails: both are Pending while the stream is, and go on when it wakes them
// Fails: read_until gives what comes up to the delimiter, and keeps the rest for the next call
// Fails: the delimiter may come in two reads, or three
// Fails: more than the maximum is TooLong, and a client without end does not fill the memory
// Fails: a megabyte goes through a real connection, and comes out whole
#include <kettle/task.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace mine {

using kettle::Task;

/// Thrown by write_all when the stream takes 0 bytes of some.
class NothingTaken : public std::runtime_error {
 public:
  NothingTaken() : std::runtime_error("the stream takes nothing more") {}
};

/// Thrown by read_until when there are more bytes than the maximum.
class TooLong : public std::runtime_error {
 public:
  TooLong() : std::runtime_error("more bytes than the maximum, and no delimiter") {}
};

/// Writes until nothing is left.
template <class Stream>
class [[nodiscard]] WriteAll {
 public:
  using Output = void;
  WriteAll(Stream& stream, std::string_view bytes) : stream_(stream), bytes_(bytes) {}

  kettle::Poll<> poll(kettle::Context& context) {
    while (!bytes_.empty()) {
      if (!write_) write_.emplace(stream_.write(bytes_));
      auto answer = write_->poll(context);
      if (answer.is_pending()) return kettle::pending;
      write_.reset();
      if (answer.value() == 0) throw NothingTaken();
      bytes_.remove_prefix(answer.value());
    }
    return kettle::Ready();
  }

 private:
  using Write = decltype(std::declval<Stream&>().write(std::string_view()));
  Stream& stream_;
  std::string_view bytes_;
  std::optional<Write> write_;  // From Pending to Ready.
};

/// Writes all of `bytes`, which must stay where they are.
template <class Stream>
WriteAll<Stream> write_all(Stream& stream, std::string_view bytes) {
  return WriteAll<Stream>(stream, bytes);
}

/// Reads from a stream, which must outlive it.
template <class Stream>
class Reader {
 public:
  explicit Reader(Stream& stream) : stream_(stream) {}

  /// Reads until the delimiter is in the reader's buffer.
  class [[nodiscard]] ReadUntil {
   public:
    using Output = std::optional<std::string>;
    ReadUntil(Reader& reader, std::string_view delimiter, std::size_t maximum)
        : reader_(reader), delimiter_(delimiter), maximum_(maximum) {}

    kettle::Poll<Output> poll(kettle::Context& context) {
      for (;;) {
        const std::size_t found = reader_.kept_.find(delimiter_);
        const std::size_t end = found == std::string::npos ? reader_.kept_.size() : found + delimiter_.size();
        if (end > maximum_) throw TooLong();
        if (found != std::string::npos || (has_ended_ && end > 0)) {
          std::string line = reader_.kept_.substr(0, end);
          reader_.kept_.erase(0, end);
          return kettle::Ready<Output>(std::move(line));
        }
        if (has_ended_) return kettle::Ready<Output>(std::nullopt);
        Read read = reader_.stream_.read(reader_.piece_);
        auto count = read.poll(context);
        if (count.is_pending()) return kettle::pending;
        has_ended_ = count.value() == 0;
        reader_.kept_.append(reader_.piece_.data(), count.value());
      }
    }

   private:
    using Read = decltype(std::declval<Stream&>().read(std::span<char>()));
    Reader& reader_;
    std::string_view delimiter_;
    std::size_t maximum_;
    bool has_ended_ = false;
  };

  ReadUntil read_until(std::string_view delimiter, std::size_t maximum) { return ReadUntil(*this, delimiter, maximum); }

 private:
  Stream& stream_;
  std::string kept_;
  std::array<char, 512> piece_;
};

}  // namespace mine
