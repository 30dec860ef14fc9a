#pragma once
// Measuring both servers with the same load. Lesson 10.

#include <kettle/task.hpp>

#include <cstddef>

namespace hello {

/// Measures one thread against a thread for each connection, with 50 clients and with 1,000, and prints the table.
/// About `requests` for each of the four, on `most_connections` at the most. `program` is this program.
kettle::Task<> measure(const char* program, std::size_t requests, std::size_t most_connections);

}  // namespace hello
