#pragma once
// Split: the two halves of a stream, for a task that reads and a task that writes. Lesson 10.
//
// Each half owns the connection together with the other one. When the writing half goes, the other end is told that
// nothing more will come; when both are gone, the connection is closed.

#include <memory>
#include <utility>

#include "kettle/stream.hpp"

namespace kettle {

/// The half to read from.
class ReadHalf {
 public:
  explicit ReadHalf(std::shared_ptr<Stream> stream) noexcept : stream_(std::move(stream)) {}
  Read read(std::span<char> buffer) noexcept { return stream_->read(buffer); }
  ReadExact read_exact(std::span<char> buffer) noexcept { return stream_->read_exact(buffer); }
  const std::string& name() const noexcept { return stream_->name(); }

 private:
  std::shared_ptr<Stream> stream_;
};

/// The half to write to. Its destructor ends that direction.
class WriteHalf {
 public:
  explicit WriteHalf(std::shared_ptr<Stream> stream) noexcept : stream_(std::move(stream)) {}
  WriteHalf(WriteHalf&&) noexcept = default;
  WriteHalf& operator=(WriteHalf other) noexcept {
    std::swap(stream_, other.stream_);
    return *this;
  }
  ~WriteHalf();
  Write write(std::string_view bytes) noexcept { return stream_->write(bytes); }
  WriteAll write_all(std::string_view bytes) noexcept { return stream_->write_all(bytes); }
  WriteVectored write_vectored(std::span<const std::string_view> pieces) noexcept {
    return stream_->write_vectored(pieces);
  }
  const std::string& name() const noexcept { return stream_->name(); }

 private:
  std::shared_ptr<Stream> stream_;
};

/// The halves of `stream`, which is used up: `auto [reader, writer] = split(std::move(stream));`
std::pair<ReadHalf, WriteHalf> split(Stream stream);

}  // namespace kettle
