#pragma once
// Frame allocator: the one place where the memory of frames and tasks comes from.
//
// A foundation. Programs make and drop frames of a few sizes at a great rate. So a release build cuts them from
// larger slabs; each thread keeps those that it is given back in a list for each size, and hands them out again: a few
// instructions, no lock, no search, and no header in front of each. Thread-safe: a frame may be freed on another
// thread than the one that allocated it, and stays there.

#include <cstddef>

namespace kettle {

/// How many bytes this thread has asked for, for frames, since it began.
inline constinit thread_local std::size_t frame_bytes = 0;

/// Memory for `size` bytes, aligned for any ordinary object. Throws std::bad_alloc. Constant time, except when it has
/// to ask the system for a slab. Slabs are not given back: what a burst has used is there for the next one.
///
/// In a debug build each frame is an allocation of its own, so that the sanitizers see a use after its end.
void* allocate_frame(std::size_t size);

/// Gives back what allocate_frame(size) returned.
void free_frame(void* frame, std::size_t size) noexcept;

}  // namespace kettle
