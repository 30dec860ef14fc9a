#pragma once
// Intrusive list: a queue whose links live in its elements.
//
// A foundation. A task that waits is already somewhere in memory; two links in it are enough to stand in line, so
// waiting allocates nothing and cannot fail. Every operation takes constant time. Not thread-safe: the owner of the
// list holds a lock where one is needed.

namespace kettle {

/// What an element of an IntrusiveList derives from. It must not move or die while it is linked.
class ListNode {
 public:
  ListNode() = default;
  ListNode(const ListNode&) = delete;
  ListNode& operator=(const ListNode&) = delete;

  /// Whether the element stands in a list.
  bool is_linked() const noexcept { return next_ != nullptr; }

  /// Takes the element out of the list it stands in; does nothing when it stands in none.
  void unlink() noexcept {
    if (!is_linked()) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = next_ = nullptr;
  }

 private:
  template <class T>
  friend class IntrusiveList;
  ListNode* previous_ = nullptr;
  ListNode* next_ = nullptr;
};

/// A first-in, first-out list of T, which derives from ListNode. It owns nothing.
template <class T>
class IntrusiveList {
 public:
  IntrusiveList() noexcept { ends_.previous_ = ends_.next_ = &ends_; }
  ~IntrusiveList() { clear(); }
  IntrusiveList(const IntrusiveList&) = delete;
  IntrusiveList& operator=(const IntrusiveList&) = delete;

  bool empty() const noexcept { return ends_.next_ == &ends_; }

  /// The element that has waited longest. The list must not be empty.
  T& front() noexcept { return static_cast<T&>(*ends_.next_); }

  /// Puts `element`, which must stand in no list, at the end.
  void push_back(T& element) noexcept {
    ListNode& node = element;
    node.previous_ = ends_.previous_;
    node.next_ = &ends_;
    ends_.previous_->next_ = &node;
    ends_.previous_ = &node;
  }

  /// Takes the element that has waited longest; nullptr when there is none.
  T* pop_front() noexcept {
    if (empty()) return nullptr;
    T& element = front();
    static_cast<ListNode&>(element).unlink();
    return &element;
  }

  /// Unlinks every element.
  void clear() noexcept {
    while (pop_front() != nullptr) {
    }
  }

 private:
  // A ring through one node that is no element: no end is special, and no operation has a branch for it.
  ListNode ends_;
};

}  // namespace kettle
