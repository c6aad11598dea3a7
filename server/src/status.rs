//! From samples to the public snapshot.
