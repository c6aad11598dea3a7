//! The one task that writes.
pub(super) struct Writer;
