//! What Envoy says, with a line of each as it writes it.

use super::super::signatures::Signature;

/// Its rows.
pub(in crate::logs) static ROWS: &[Signature] = &[];
