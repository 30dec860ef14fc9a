#pragma once
// Measuring both servers with the same load. Lesson 10.

#include <kettle/task.hpp>

#include <cstddef>

namespace hello {

/// Measures one thread against a thread for each connection, with 50 clients and with 1,000, and prints the table.
/// About `requests` for each of the four. `descriptors` is how many this process may have.
kettle::Task<> measure(std::size_t requests, std::size_t descriptors);

}  // namespace hello
