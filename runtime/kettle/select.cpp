// Who is asked first.
#include "kettle/select.hpp"

#include <cstdint>

namespace kettle {

// Random (xorshift32, Marsaglia 2003), and not simply taking turns: two tasks that select by turns would take every
// second turn each, and each would always begin at the same place.
// #region start
std::size_t next_start(std::size_t places) noexcept {
  constinit static thread_local std::uint32_t number = 0x9E3779B9;
  number ^= number << 13;
  number ^= number >> 17;
  number ^= number << 5;
  return static_cast<std::size_t>((std::uint64_t{number} * places) >> 32);
}
// #endregion

}  // namespace kettle
