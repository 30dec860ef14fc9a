// Two owners of one stream.
#include "kettle/split.hpp"

#include <system_error>

namespace kettle {

WriteHalf::~WriteHalf() {
  if (stream_ == nullptr) return;  // It was moved from.
  try {
    stream_->shutdown(Shutdown::write);
  } catch (const std::system_error&) {
    // The connection is beyond telling. Closing it is what is left.
  }
}

std::pair<ReadHalf, WriteHalf> split(Stream stream) {
  auto shared = std::make_shared<Stream>(std::move(stream));
  return {ReadHalf(shared), WriteHalf(shared)};
}

}  // namespace kettle
