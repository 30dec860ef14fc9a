// Slabs, and the lists of blocks that were given back.
#include "kettle/frame_allocator.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <new>
#include <utility>

#include "kettle/sync.hpp"

// Whether blocks are kept. Not in a debug build: there each is an allocation of its own.
#if !defined(KETTLE_POOL_FRAMES)
#if defined(NDEBUG) && !defined(__SANITIZE_ADDRESS__)
#define KETTLE_POOL_FRAMES 1
#else
#define KETTLE_POOL_FRAMES 0
#endif
#endif

namespace kettle {

namespace {

// A block that nobody uses begins with the way to the next one.
struct FreeBlock {
  FreeBlock* next;
};

// The free blocks of one size: those that were given back, and the part of the latest slab that is not cut yet.
struct Shelf {
  FreeBlock* first = nullptr;
  std::byte* uncut = nullptr;
  std::byte* end = nullptr;
  std::size_t slab = 0;  // How large the latest slab is.
};

constexpr std::size_t step = 16;       // Sizes are rounded up to a multiple of this many bytes,
constexpr std::size_t largest = 1024;  // up to here. Larger blocks are rare, and allocated one by one.
constexpr std::size_t smallest_slab = 4 * 1024;
constexpr std::size_t largest_slab = 2 * 1024 * 1024;  // The size of a huge page.

std::size_t shelf_of(std::size_t size) noexcept { return (size + step - 1) / step; }

// Plain memory, with no constructor to run: getting here needs no guard.
constexpr std::size_t sizes = largest / step + 1;
constinit thread_local Shelf shelves[sizes];
constinit thread_local bool has_left = false;

// What threads that have ended left behind, by size.
constinit sync::Mutex left_lock;
constinit FreeBlock* left_behind[sizes]{};

void push(FreeBlock*& list, void* block) noexcept { list = new (block) FreeBlock{list}; }
FreeBlock* pop(FreeBlock*& list) noexcept { return std::exchange(list, list->next); }

// At the end of a thread its blocks go where other threads find them.
struct Leaving {
  ~Leaving() {
    has_left = true;
    const sync::Lock lock(left_lock);
    for (std::size_t i = 1; i < sizes; ++i) {
      Shelf& shelf = shelves[i];
      while (shelf.first != nullptr) push(left_behind[i], pop(shelf.first));
      for (; shelf.uncut != shelf.end; shelf.uncut += i * step) push(left_behind[i], shelf.uncut);
    }
  }
};

// For whoever is about to put the first block on a shelf. False when the thread is at its end.
bool may_keep() {
  static thread_local const Leaving leaving;
  return !has_left;
}

// Each slab of a size is twice as large as the one before. The largest ask for a huge page, which the system makes in
// one go: otherwise a program that makes a million tasks spends half of its time waiting for small ones.
void add_slab(Shelf& shelf, std::size_t block_size) {
  const std::size_t size = std::clamp(2 * shelf.slab, smallest_slab, largest_slab);
  void* memory = nullptr;
  if (size < largest_slab) {
    memory = ::operator new(size);
  } else {
    memory = ::operator new(size, std::align_val_t(size));
#if defined(MADV_HUGEPAGE)
    ::madvise(memory, size, MADV_HUGEPAGE);  // Only advice: without it all is as before.
#endif
  }
  // Each size begins at another place of a page. Where all begin at the same one, a processor that stores into one block
  // and loads from another takes them for each other at first: a message through a channel took a third longer.
  const std::size_t offset = 4 * block_size % 1024;
  shelf.slab = size;
  shelf.uncut = static_cast<std::byte*>(memory) + offset;
  shelf.end = shelf.uncut + (size - offset) / block_size * block_size;
}

// The shelf is empty: what another thread has left, or a block from a slab.
[[gnu::noinline]] void* take_from_slab(std::size_t i) {
  if (!may_keep()) return ::operator new(i * step);
  Shelf& shelf = shelves[i];
  if (shelf.uncut == shelf.end) {
    {
      const sync::Lock lock(left_lock);
      if (left_behind[i] != nullptr) {
        shelf.first = std::exchange(left_behind[i], nullptr);
        return pop(shelf.first);
      }
    }
    add_slab(shelf, i * step);
  }
  return std::exchange(shelf.uncut, shelf.uncut + i * step);
}

// The shelf is empty: it may be this thread's first block, or come after its end.
[[gnu::noinline]] void put_on_empty(std::size_t i, void* block) noexcept {
  if (may_keep()) return push(shelves[i].first, block);
  const sync::Lock lock(left_lock);
  push(left_behind[i], block);
}

[[gnu::noinline]] void give_back(void* block, [[maybe_unused]] std::size_t size) noexcept {
#if defined(__cpp_sized_deallocation)
  ::operator delete(block, size);
#else
  ::operator delete(block);
#endif
}

}  // namespace

// #region pool
void* allocate_block(std::size_t size) {
  const std::size_t i = shelf_of(size);
  if (!KETTLE_POOL_FRAMES || i >= sizes) return ::operator new(size);
  Shelf& shelf = shelves[i];
  if (shelf.first == nullptr) return take_from_slab(i);
  return pop(shelf.first);
}

void free_block(void* block, std::size_t size) noexcept {
  const std::size_t i = shelf_of(size);
  if (!KETTLE_POOL_FRAMES || i >= sizes) return give_back(block, size);
  Shelf& shelf = shelves[i];
  if (shelf.first == nullptr) return put_on_empty(i, block);
  push(shelf.first, block);
}
// #endregion

}  // namespace kettle
