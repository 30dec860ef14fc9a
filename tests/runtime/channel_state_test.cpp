// The promises of kettle/channel_state.hpp: when a channel is full, closed and over, and what it tells the trace.
#include <kettle/channel_state.hpp>

#include <doctest/doctest.h>

#include <kettle/trace.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "futures.hpp"

namespace {

using kettle::PermitWaiter;
using kettle::WakeBatch;
using kettle::Waker;
using kettle::mpsc::ChannelState;
using Answer = kettle::Permits::Answer;
using story::CountingWaker;

// The receiver asks, and leaves its waker.
bool has_ended(ChannelState& state, CountingWaker& task) {
  task.clear();
  Waker replaced = Waker::noop();
  const kettle::sync::Lock lock(state.mutex);
  if (state.has_ended()) return true;
  state.wait_for_value(task.waker(), replaced);
  return false;
}

void note_send(ChannelState& state) {
  WakeBatch batch;
  const kettle::sync::Lock lock(state.mutex);
  state.note_send(batch);
}

void note_recv(ChannelState& state) {
  WakeBatch batch;
  kettle::sync::Lock lock(state.mutex);
  state.note_recv(lock, batch);
}

Answer try_room(ChannelState& state) {
  const kettle::sync::Lock lock(state.mutex);
  return state.try_room();
}

bool hand_in_sender(ChannelState& state) {
  const kettle::sync::Lock lock(state.mutex);
  return state.hand_in_sender();
}

TEST_CASE("a capacity of zero is misuse") {
  CHECK_THROWS_WITH_AS(ChannelState(0, 1), doctest::Contains("capacity of zero"), kettle::Misuse);
}

TEST_CASE("a slot is taken, lies under a value, and comes back when the value is taken out") {
  ChannelState state(1, 1);
  CHECK_EQ(try_room(state), Answer::granted);
  CHECK_EQ(try_room(state), Answer::waiting);
  note_send(state);
  CHECK_EQ(state.length(), 1);
  CHECK_EQ(try_room(state), Answer::waiting);
  note_recv(state);
  CHECK_EQ(state.length(), 0);
  CHECK_EQ(try_room(state), Answer::granted);
  state.give_room();
  CHECK_EQ(try_room(state), Answer::granted);
}

TEST_CASE("it is over when the last sender is gone, not one earlier, and that wakes the receiver") {
  ChannelState state(2, 1);
  CountingWaker receiver("the receiver");
  state.add_senders(3);
  CHECK_FALSE(has_ended(state, receiver));
  CHECK_FALSE(state.drop_senders(2));
  CHECK_FALSE(state.drop_senders(1));
  CHECK_EQ(receiver.wakes(), 0);
  CHECK_FALSE(has_ended(state, receiver));
  CHECK_FALSE(state.drop_senders(1));
  CHECK_EQ(receiver.wakes(), 1);
  CHECK(has_ended(state, receiver));
  CHECK_FALSE(state.is_closed());
}

TEST_CASE("a sender is handed in without a word, but not the last one: that would wake somebody") {
  ChannelState state(1, 2);
  CountingWaker receiver("the receiver");
  CHECK_FALSE(has_ended(state, receiver));
  CHECK(hand_in_sender(state));
  CHECK_FALSE(hand_in_sender(state));
  CHECK_FALSE(has_ended(state, receiver));
  CHECK_EQ(receiver.wakes(), 0);
  CHECK_FALSE(state.drop_senders(1));
  CHECK_EQ(receiver.wakes(), 1);
}

TEST_CASE("the last of all is told so, whichever end it is") {
  using Left = ChannelState::Left;
  SUBCASE("the senders go first") {
    ChannelState state(1, 2);
    CHECK_FALSE(state.drop_senders(2));
    CHECK(state.drop_receiver() == Left::nobody);
  }
  SUBCASE("the receiver goes first") {
    ChannelState state(1, 2);
    CHECK(state.drop_receiver() == Left::somebody);
    CHECK_FALSE(state.drop_senders(1));
    CHECK(state.drop_senders(1));
  }
  SUBCASE("the last sender goes while the receiver destroys what was inside") {
    ChannelState state(1, 1);
    CHECK_EQ(try_room(state), Answer::granted);
    note_send(state);
    CHECK(state.drop_receiver() == Left::values);
    CHECK_FALSE(state.drop_senders(1));
    CHECK(state.drop_values() == Left::nobody);
  }
}

TEST_CASE("closed, it is over when every slot is back") {
  ChannelState state(2, 1);
  CountingWaker receiver("the receiver");
  CHECK_EQ(try_room(state), Answer::granted);
  CHECK_EQ(try_room(state), Answer::granted);
  CHECK_FALSE(has_ended(state, receiver));
  state.close();
  CHECK(state.is_closed());
  CHECK_EQ(try_room(state), Answer::closed);
  CHECK_EQ(receiver.wakes(), 1);
  CHECK_FALSE(has_ended(state, receiver));
  state.give_room();
  CHECK_FALSE(receiver.is_woken());
  note_send(state);
  CHECK(receiver.is_woken());
  note_recv(state);
  CHECK(has_ended(state, receiver));
}

TEST_CASE("closed, the last permit to come back wakes the receiver, also one that its owner never saw") {
  ChannelState state(1, 1);
  CountingWaker receiver("the receiver");
  CountingWaker sender("the sender");
  CHECK_EQ(try_room(state), Answer::granted);
  PermitWaiter waiter(1);
  CHECK_EQ(state.poll_room(waiter, sender.waker()), Answer::waiting);
  state.give_room();  // Granted to the waiter.
  CHECK_EQ(sender.wakes(), 1);
  state.close();
  CHECK_FALSE(has_ended(state, receiver));
  state.leave(waiter);
  CHECK(receiver.is_woken());
  CHECK(has_ended(state, receiver));
}

TEST_CASE("a receiver that has gone has closed the channel, and nothing is inside") {
  ChannelState state(1, 1);
  CountingWaker sender("the sender");
  CHECK_EQ(try_room(state), Answer::granted);
  note_send(state);
  PermitWaiter waiter(1);
  CHECK_EQ(state.poll_room(waiter, sender.waker()), Answer::waiting);
  CHECK(state.drop_receiver() == ChannelState::Left::values);
  CHECK(state.receiver_gone);
  CHECK_EQ(state.length(), 0);
  CHECK_EQ(sender.wakes(), 1);
  CHECK_EQ(state.poll_room(waiter, sender.waker()), Answer::closed);
}

TEST_CASE("the receiver's last waker counts, and forgetting lets go of it") {
  ChannelState state(1, 1);
  CountingWaker first("the first task");
  CountingWaker second("the second task");
  CHECK_FALSE(has_ended(state, first));
  CHECK_FALSE(has_ended(state, second));
  CHECK_FALSE(first.is_held());
  first.clear();
  CHECK_EQ(try_room(state), Answer::granted);
  note_send(state);
  CHECK_EQ(first.wakes(), 0);
  CHECK_EQ(second.wakes(), 1);
  CHECK_FALSE(second.is_held());
  CHECK_FALSE(has_ended(state, first));
  state.forget_receiver();
  CHECK_FALSE(first.is_held());
  CHECK_EQ(first.wakes(), 0);
}

class Facts final : public kettle::trace::Sink {
 public:
  Facts() { kettle::trace::sink = this; }
  ~Facts() { kettle::trace::sink = nullptr; }
  void record(std::string_view fact, std::initializer_list<kettle::trace::Arg> args) override {
    std::string line(fact);
    for (const auto& arg : args) {
      if (arg.key == "depth" || arg.key == "cap") line.append(1, ' ').append(arg.key) += std::to_string(arg.number);
    }
    lines.push_back(line);
  }
  std::vector<std::string> lines;
};

TEST_CASE("the trace learns every send and recv, and what a Pending poll waits for") {
  Facts facts;
  ChannelState state(2, 1);
  CountingWaker task;
  CHECK_FALSE(has_ended(state, task));
  CHECK_EQ(kettle::trace::take_waiting().on.kind, "a value in channel");
  CHECK_EQ(try_room(state), Answer::granted);
  CHECK_EQ(try_room(state), Answer::granted);
  PermitWaiter waiter(1);
  CHECK_EQ(state.poll_room(waiter, task.waker()), Answer::waiting);
  CHECK_EQ(kettle::trace::take_waiting().on.kind, "room in channel");
  note_send(state);
  note_send(state);
  note_recv(state);
  CHECK_EQ(facts.lines, std::vector<std::string>{"send depth1 cap2", "send depth2 cap2", "recv depth1 cap2"});
  state.leave(waiter);
}

}  // namespace
