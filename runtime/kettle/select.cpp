// Whose turn it is to be asked first.
#include "kettle/select.hpp"

namespace kettle {

std::size_t next_turn() noexcept {
  constinit static thread_local std::size_t turn = 0;
  return turn++;
}

}  // namespace kettle
