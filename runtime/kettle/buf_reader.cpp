// The buffer.
#include "kettle/buf_reader.hpp"

#include <algorithm>

namespace kettle {

TooLong::TooLong(std::string_view name, std::size_t maximum)
    : std::length_error("read from " + std::string(name) + ": more than " + std::to_string(maximum) +
                        " bytes without an end") {}

std::span<char> ReadBuffer::room(std::size_t size) {
  if (begin_ == end_) begin_ = end_ = 0;
  if (storage_.size() - end_ < size) {
    storage_.erase(0, begin_);
    end_ -= std::exchange(begin_, 0);
    storage_.resize(std::max(storage_.size(), end_ + size));
  }
  return std::span(storage_).subspan(end_, size);
}

std::string ReadBuffer::take(std::size_t count) {
  std::string taken(bytes().substr(0, count));
  begin_ += count;
  return taken;
}

}  // namespace kettle
