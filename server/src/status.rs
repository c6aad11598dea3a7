//! From samples to the public snapshot.

mod board;

pub use board::{Board, BoardConfig, BoardHandle, Watched};
