#pragma once
// Frame allocator: the one place where the memory of frames, tasks and channels comes from.
//
// A foundation. Programs make and drop blocks of a few sizes at a great rate. So a release build cuts them from larger
// slabs; each thread keeps those that it is given back in a list for each size, and hands them out again: a few
// instructions, no lock, no search, and no header in front of each. Thread-safe: a block may be freed on another
// thread than the one that allocated it, and stays there.

#include <cstddef>
#include <new>

namespace kettle {

/// How many bytes this thread has asked for, for frames, since it began.
inline constinit thread_local std::size_t frame_bytes = 0;

/// Memory for `size` bytes, aligned for any ordinary object. Throws std::bad_alloc. Constant time, except when it has
/// to ask the system for a slab. Slabs are not given back: what a burst has used is there for the next one.
///
/// In a debug build each block is an allocation of its own, so that the sanitizers see a use after its end.
void* allocate_block(std::size_t size);

/// Gives back what allocate_block(size) returned.
void free_block(void* block, std::size_t size) noexcept;

/// Makes `new` take blocks, for the classes that derive from it. One that wants more than the usual alignment is rare,
/// and allocated by itself.
class Pooled {
 public:
  static void* operator new(std::size_t size) { return allocate_block(size); }
  static void operator delete(void* block, std::size_t size) noexcept { free_block(block, size); }
  static void* operator new(std::size_t size, std::align_val_t alignment) { return ::operator new(size, alignment); }
  static void operator delete(void* memory, std::size_t, std::align_val_t alignment) noexcept {
    ::operator delete(memory, alignment);
  }
};

/// allocate_block() for a coroutine's frame, which it counts.
inline void* allocate_frame(std::size_t size) {
  frame_bytes += size;
  return allocate_block(size);
}
inline void free_frame(void* frame, std::size_t size) noexcept { free_block(frame, size); }

}  // namespace kettle
