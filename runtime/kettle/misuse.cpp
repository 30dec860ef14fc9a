// The text of a misuse report, in one place so that all of them read alike.
#include "kettle/misuse.hpp"

#include <string>

namespace kettle {

void misuse(const char* happened, const char* rule, const char* lesson) {
  throw Misuse(std::string(happened) + "\n  rule: " + rule + "\n  read: lessons/" + lesson);
}

}  // namespace kettle
