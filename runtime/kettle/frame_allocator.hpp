#pragma once
// Frame allocator: the one place where the memory of frames and tasks comes from.
//
// A foundation. Programs make and drop frames of a few sizes at a great rate, so each thread keeps those that it was
// given back, in a list for each size, and hands them out again: no lock, and no search. Thread-safe: a frame may be
// freed on another thread than the one that allocated it, and stays there.

#include <cstddef>

namespace kettle {

/// How many bytes this thread has asked for, for frames, since it began.
inline constinit thread_local std::size_t frame_bytes = 0;

/// Memory for `size` bytes, aligned for any ordinary object. Throws std::bad_alloc. Constant time, except when it has
/// to ask the system. Under the address sanitizer nothing is kept, so that it can see a use after the end.
void* allocate_frame(std::size_t size);

/// Gives back what allocate_frame(size) returned.
void free_frame(void* frame, std::size_t size) noexcept;

}  // namespace kettle
