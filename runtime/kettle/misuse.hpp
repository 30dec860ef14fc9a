#pragma once
// Misuse: breaking a rule of the async model is answered with a sentence, not with silence.
//
// A foundation: every lesson states one or two rules, and the code that can see one broken calls misuse().
// The check is part of the runtime in every build; each costs one predictable branch.

#include <stdexcept>

namespace kettle {

/// Thrown when code breaks a rule of the model; what() says what happened, names the rule and the lesson.
///
/// It is a mistake in the program, like an index out of range: mend it, do not catch it.
class Misuse : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// Throws Misuse with the text "happened\n  rule: rule\n  read: lessons/lesson".
[[noreturn]] void misuse(const char* happened, const char* rule, const char* lesson);

}  // namespace kettle
