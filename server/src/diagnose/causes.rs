//! The register of causes: one file each, whose texts are also the manual.

use super::rule::Cause;

/// Every cause; the order breaks ties between equally strong findings.
pub const CAUSES: &[&Cause] = &[];
