//! When to probe, and one attempt at a monitor.
