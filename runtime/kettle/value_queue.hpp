#pragma once
// Value queue: the values inside a channel, first in, first out. Lesson 06.
//
// They lie in blocks of about half a kilobyte. The first block is part of the queue itself, so a channel with a few
// values in it needs no memory but its own; for more it asks for blocks, and keeps one that became empty for the next.
// A value stays where it was put until it is taken. Not thread-safe: the channel's lock guards it.

#include <array>
#include <cstddef>
#include <memory>
#include <utility>

namespace kettle {

template <class T>
class ValueQueue {
 public:
  ValueQueue() noexcept = default;
  ~ValueQueue() {
    clear();
    if (first_ != &own_) delete first_;
    delete spare_;
  }
  ValueQueue(const ValueQueue&) = delete;
  ValueQueue& operator=(const ValueQueue&) = delete;

  std::size_t size() const noexcept { return size_; }

  /// Appends `value`. Throws when there is no memory, or when the move throws; then the queue is as it was.
  void push_back(T&& value) {
    if (put_ == block_size) add_block();
    std::construct_at(&last_->slots[put_].value, std::move(value));
    ++put_;
    ++size_;
  }

  /// The oldest value. There must be one.
  T& front() noexcept {
    if (taken_ == block_size) drop_block();
    return first_->slots[taken_].value;
  }

  /// Destroys the oldest value. There must be one.
  void pop_front() noexcept {
    std::destroy_at(&front());
    ++taken_;
    if (--size_ != 0) return;
    if (first_ != last_) drop_block();
    taken_ = put_ = 0;  // Begin again: a queue that is empty now and then stays in its block.
  }

  /// Destroys all values, the oldest first. Their destructors may not use the queue.
  void clear() noexcept {
    while (size_ != 0) pop_front();
  }

 private:
  // Room for a value, without one in it.
  union Slot {
    Slot() noexcept {}
    ~Slot() {}
    T value;
  };
  static constexpr std::size_t block_size = sizeof(T) < 512 ? 512 / sizeof(T) : 1;
  struct Block {
    std::array<Slot, block_size> slots;
    Block* next = nullptr;
  };

  void add_block() {
    Block* const block = spare_ != nullptr ? std::exchange(spare_, nullptr) : new Block;
    last_ = last_->next = block;
    put_ = 0;
  }

  void drop_block() noexcept {
    Block* const block = std::exchange(first_, first_->next);
    taken_ = 0;
    block->next = nullptr;
    if (block == &own_) return;
    delete std::exchange(spare_, block);
  }

  Block own_;
  Block* first_ = &own_;  // Values are taken from here,
  Block* last_ = &own_;   // ... and put there.
  std::size_t size_ = 0;
  std::size_t taken_ = 0;   // How many slots of the first block are done with,
  std::size_t put_ = 0;     // ... and of the last one are used.
  Block* spare_ = nullptr;  // An empty block, for the next time.
};

}  // namespace kettle
