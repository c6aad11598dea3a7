//! Bytes as text that can be shown.
use super::{FileError, Opened, Text};
pub(super) fn read(_opened: &Opened, _max: u64) -> Result<Text, FileError> { todo!() }
/// Bytes as text: what is not UTF-8 and control characters are shown as visible symbols.
pub fn visible(_bytes: &[u8]) -> String { todo!() }
