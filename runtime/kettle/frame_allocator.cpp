// The lists of frames that were given back.
#include "kettle/frame_allocator.hpp"

#include <array>
#include <new>

namespace kettle {

namespace {

// A frame that nobody uses begins with the way to the next one.
struct FreeFrame {
  FreeFrame* next;
};

struct FreeList {
  FreeFrame* first = nullptr;
  std::size_t length = 0;
};

#if defined(__SANITIZE_ADDRESS__)
constexpr bool keeps_frames = false;
#elif defined(__has_feature)
constexpr bool keeps_frames = !__has_feature(address_sanitizer);
#else
constexpr bool keeps_frames = true;
#endif

constexpr std::size_t step = 32;          // Sizes are rounded up to a multiple of this many bytes,
constexpr std::size_t largest = 1024;     // up to here. Larger frames are rare, and not kept.
constexpr std::size_t most_kept = 10000;  // Of one size: what a burst has used goes back to the system.

// Plain memory, with no constructor to run and no destructor: getting here needs no guard.
constinit thread_local std::array<FreeList, largest / step + 1> lists{};
constinit thread_local bool has_left = false;

// Made when the first frame is kept; at the end of the thread it frees them all.
struct Leaving {
  ~Leaving() {
    has_left = true;
    for (FreeList& list : lists) {
      while (FreeFrame* const frame = list.first) {
        list.first = frame->next;
        ::operator delete(frame);
      }
    }
  }
};

std::size_t rounded(std::size_t size) noexcept { return (size + step - 1) / step * step; }

bool keep(FreeList& list, void* frame) noexcept {
  if (list.length == 0) {
    static thread_local const Leaving leaving;
    if (has_left) return false;
  }
  if (list.length == most_kept) return false;
  list.first = new (frame) FreeFrame{list.first};
  ++list.length;
  return true;
}

}  // namespace

// #region pool
void* allocate_frame(std::size_t size) {
  frame_bytes += size;
  if (!keeps_frames || size > largest) return ::operator new(size);
  FreeList& list = lists[rounded(size) / step];
  if (list.first == nullptr) return ::operator new(rounded(size));
  --list.length;
  FreeFrame* const frame = list.first;
  list.first = frame->next;
  return frame;
}

void free_frame(void* frame, std::size_t size) noexcept {
  const bool is_kept = keeps_frames && size <= largest && keep(lists[rounded(size) / step], frame);
  if (!is_kept) ::operator delete(frame);
}
// #endregion

}  // namespace kettle
