//! Causes that are only written: no fault of the project's own tests makes them, and no page has them in the words of a
//! real program. `tests/method/coverage.rs` holds this list true and writes it anew.

/// Their ids, sorted.
pub const WRITTEN: &[&str] = &[];
