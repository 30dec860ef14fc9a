#pragma once
// Frame allocator: the one place where the memory of a coroutine's frame comes from.
//
// A foundation. Today it is operator new; lesson 24 puts a pool behind the same two functions.
// Thread-safe. A frame may be freed on another thread than the one that allocated it.

#include <cstddef>
#include <new>

namespace kettle {

/// How many bytes this thread has asked for, for frames, since it began.
inline constinit thread_local std::size_t frame_bytes = 0;

/// Memory for a coroutine frame of `size` bytes, aligned for any ordinary object. Throws std::bad_alloc.
inline void* allocate_frame(std::size_t size) {
  void* const frame = ::operator new(size);
  frame_bytes += size;
  return frame;
}

/// Gives back what allocate_frame(size) returned.
inline void free_frame(void* frame, [[maybe_unused]] std::size_t size) noexcept {
#if defined(__cpp_sized_deallocation)
  ::operator delete(frame, size);
#else
  ::operator delete(frame);
#endif
}

}  // namespace kettle
