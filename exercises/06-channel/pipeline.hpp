#pragma once
// Three stages that close cleanly
// use · lesson 06 · ./learn test pipeline
//
//     market --> washing --[room]--> chopping --[room]--> serving --> plates of three
//
// Vegetables come from the market one by one. Each is washed, then chopped, and three of them make a plate. Each stage
// is a task, with a bounded channel to the next. What is hard about a pipeline is its end.
//
// Your task: write pipeline(kitchen, room), a task that is ready when everything is over, so that
//   1. every vegetable is washed, chopped and served, in the order in which it came, in plates of three;
//   2. the last plate is served, too, when it holds one or two; an empty plate is not;
//   3. all three stages work at the same time;
//   4. no more than `room` vegetables wait between two stages;
//   5. it ends when the market has no more. It returns the number of plates that were served;
//   6. when the guests have had enough (serve says false), the whole pipeline ends soon: no market is bought empty;
//   7. when a step throws, what is further down the line is still served, and then the pipeline throws the same; no
//      stage is still at work then.
//
//   kitchen.buy()          a future of std::optional<std::string>: the next vegetable, or nothing: no more
//   kitchen.wash(text)     a future of std::string: the washed one
//   kitchen.chop(text)     a future of std::string: the chopped one
//   kitchen.serve(plate)   a future of bool: false when the guests want no more; plate is a std::vector<std::string>
//
// Any of them may throw. The kitchen outlives the pipeline.
// Given: lessons 01 to 06. Do not use: kettle::mpsc::unbounded, or a loop that looks whether there is something to do.

#include <kettle/channel.hpp>
#include <kettle/join_handle.hpp>
#include <kettle/task.hpp>

#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace mine {

using kettle::Task;
using kettle::mpsc::Receiver;
using kettle::mpsc::Sender;

/// Everything from the market to the table: the number of plates.
template <class Kitchen>
Task<int> pipeline(Kitchen& /*kitchen*/, std::size_t /*room*/) {
  // TODO 1 to 3: a task for each stage (each a function template like this one), two channels between them, spawn.
  // TODO 4 to 7: who ends first, and how do the others hear of it?
  co_return 0;
}

}  // namespace mine
