// Frame allocator: memory for coroutine frames, from one place.
#include <doctest/doctest.h>
#include <kettle/frame_allocator.hpp>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <set>
#include <thread>
#include <vector>

namespace {

struct Frame {
  void* memory;
  std::size_t size;
  unsigned char mark;
};

bool is_intact(const Frame& frame) {
  const auto* bytes = static_cast<const unsigned char*>(frame.memory);
  for (std::size_t index = 0; index < frame.size; ++index) {
    if (bytes[index] != frame.mark) return false;
  }
  return true;
}

TEST_CASE("a frame is aligned for any ordinary object") {
  for (std::size_t size = 1; size <= 4096; size += 13) {
    void* const frame = kettle::allocate_frame(size);
    REQUIRE(frame != nullptr);
    CHECK(reinterpret_cast<std::uintptr_t>(frame) % __STDCPP_DEFAULT_NEW_ALIGNMENT__ == 0);
    kettle::free_frame(frame, size);
  }
}

TEST_CASE("frames do not overlap, in whatever order they are freed") {
  std::vector<Frame> frames;
  for (std::size_t index = 0; index < 200; ++index) {
    const std::size_t size = 1 + index * 37 % 1000;
    const Frame frame{kettle::allocate_frame(size), size, static_cast<unsigned char>(index)};
    std::memset(frame.memory, frame.mark, frame.size);
    frames.push_back(frame);
  }
  for (std::size_t index = 0; index < frames.size(); index += 2) {
    CHECK(is_intact(frames[index]));
    kettle::free_frame(frames[index].memory, frames[index].size);
  }
  for (std::size_t index = 1; index < frames.size(); index += 2) {
    CHECK(is_intact(frames[index]));
    kettle::free_frame(frames[index].memory, frames[index].size);
  }
}

TEST_CASE("what this thread asks for is counted, and what others ask for is not") {
  const std::size_t before = kettle::frame_bytes;
  kettle::free_frame(kettle::allocate_frame(100), 100);
  kettle::free_frame(kettle::allocate_frame(20), 20);
  CHECK(kettle::frame_bytes - before == 120);
  std::thread([] { kettle::free_frame(kettle::allocate_frame(7), 7); }).join();
  CHECK(kettle::frame_bytes - before == 120);
}

TEST_CASE("a frame may be freed on another thread") {
  std::vector<Frame> frames;
  for (std::size_t size = 16; size <= 1024; size += 16) {
    const Frame frame{kettle::allocate_frame(size), size, 0x5a};
    std::memset(frame.memory, frame.mark, frame.size);
    frames.push_back(frame);
  }
  bool intact = true;
  std::thread([&] {
    for (const Frame& frame : frames) {
      intact = intact && is_intact(frame);
      kettle::free_frame(frame.memory, frame.size);
    }
  }).join();
  CHECK(intact);
}

TEST_CASE("several threads may allocate and free at once") {
  std::vector<std::thread> threads;
  for (unsigned thread = 0; thread < 4; ++thread) {
    threads.emplace_back([thread] {
      for (std::size_t step = 0; step < 1000; ++step) {
        const std::size_t size = 32 + step % 200;
        const Frame frame{kettle::allocate_frame(size), size, static_cast<unsigned char>(thread)};
        std::memset(frame.memory, frame.mark, frame.size);
        if (!is_intact(frame)) std::abort();
        kettle::free_frame(frame.memory, frame.size);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_CASE("very many frames at once do not overlap, and the next burst gets the same memory") {
  constexpr std::size_t count = 100'000;
  constexpr std::size_t size = 96;
  std::vector<void*> frames(count);
  std::set<void*> first_burst;
  for (std::size_t i = 0; i < count; ++i) {
    frames[i] = kettle::allocate_frame(size);
    std::memcpy(frames[i], &i, sizeof(i));
    first_burst.insert(frames[i]);
  }
  CHECK(first_burst.size() == count);
  std::size_t intact = 0;
  for (std::size_t i = 0; i < count; ++i) intact += std::memcmp(frames[i], &i, sizeof(i)) == 0 ? 1U : 0U;
  CHECK(intact == count);
  for (void* const frame : frames) kettle::free_frame(frame, size);
  std::size_t used_again = 0;
  for (void*& frame : frames) used_again += first_burst.contains(frame = kettle::allocate_frame(size)) ? 1U : 0U;
  CHECK(used_again == count);
  for (void* const frame : frames) kettle::free_frame(frame, size);
}

TEST_CASE("what a thread leaves behind at its end serves the next thread") {
  constexpr std::size_t size = 1008;
  void* left = nullptr;
  void* found = nullptr;
  std::thread([&left] { kettle::free_frame(left = kettle::allocate_frame(size), size); }).join();
  std::set<void*> frames;
  std::thread([&] {
    for (int i = 0; i < 1000 && found == nullptr; ++i) {
      void* const frame = kettle::allocate_frame(size);
      frames.insert(frame);
      if (frame == left) found = frame;
    }
    for (void* const frame : frames) kettle::free_frame(frame, size);
  }).join();
  CHECK(found == left);
}

TEST_CASE("a thread that only frees leaves those frames to others, too") {
  constexpr std::size_t size = 912;
  void* const frame = kettle::allocate_frame(size);
  std::thread([frame] { kettle::free_frame(frame, size); }).join();
  bool found = false;
  std::thread([&found, frame] {
    void* const mine = kettle::allocate_frame(size);
    found = mine == frame;
    kettle::free_frame(mine, size);
  }).join();
  CHECK(found);
}

}  // namespace
