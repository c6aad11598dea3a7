//! The lock file.
pub(super) struct Lock;
