// Mistake: takes the runtime's Task instead of writing one.
// Kind: another task
// Fails: calling a coroutine runs nothing
#include <kettle/task.hpp>

namespace mine {

using kettle::Task;

}  // namespace mine
