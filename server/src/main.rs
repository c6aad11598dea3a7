//! The `gatewatch` binary.

fn main() {}
