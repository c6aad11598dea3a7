//! The commented file that `gatewatch init` writes.
