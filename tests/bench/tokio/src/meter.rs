//! A stopwatch, the memory of the process, and one line of output: what support/bench.hpp is to the other peers.

use std::time::{Duration, Instant};

pub struct Meter {
    peer: &'static str,
    row: &'static str,
    size: u64,
    started: Instant,
    spent: Duration,
    pub units: u64,
    pub bytes: u64,
    /// How many operations a row of growth does at the least.
    pub operations: u64,
}

impl Meter {
    pub fn new(peer: &'static str, row: &'static str, size: u64) -> Self {
        Meter { peer, row, size, started: Instant::now(), spent: Duration::ZERO, units: 0, bytes: 0, operations: 1_000_000 }
    }

    /// How often `size` operations must be done.
    pub fn rounds_for(&self, size: u64) -> u64 {
        (self.operations / size).max(1)
    }

    pub fn start(&mut self) {
        self.started = Instant::now();
    }

    pub fn stop(&mut self) {
        self.spent += self.started.elapsed();
    }

    pub fn print(&self) {
        println!(
            r#"{{"peer": "{}", "row": "{}", "size": {}, "units": {}, "nanoseconds": {}, "bytes": {}}}"#,
            self.peer,
            self.row,
            self.size,
            self.units,
            self.spent.as_nanos(),
            self.bytes
        );
    }
}

/// What the process holds in memory now, by its own accounting (Pss).
pub fn memory() -> u64 {
    let text = std::fs::read_to_string("/proc/self/smaps_rollup").unwrap_or_default();
    let mut words = text.split_whitespace().skip_while(|word| *word != "Pss:").skip(1);
    words.next().and_then(|number| number.parse::<u64>().ok()).unwrap_or(0) * 1024
}

/// The same sequence for every peer: deadlines between one minute and one hour.
pub struct Deadlines(u64);

impl Deadlines {
    pub fn new() -> Self {
        Deadlines(1)
    }

    pub fn next(&mut self) -> Duration {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        Duration::from_millis(60_000 + (self.0 >> 33) % 3_540_000)
    }
}
