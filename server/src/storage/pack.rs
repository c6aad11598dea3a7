//! Samples as bytes: many of one monitor in a blob of some two bytes each, and a few of several monitors as they come.
//!
//! Pure. A blob keeps the time in milliseconds, class, status, fault and latency of every sample exactly; only the
//! phases are left out. `coder` is the arithmetic coding, `series` what is coded, `fresh` the plain form of new samples.

mod bytes;
mod coder;
pub(super) mod fresh;
pub(super) mod series;

/// Bytes that are none of ours, or that changed since they were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Damaged(pub(super) &'static str);

/// Reads any bytes in both forms, for the fuzz targets: the checksum of a blob is made right first.
pub(super) fn take_apart(bytes: &[u8]) {
    let mut blob = bytes.to_vec();
    series::seal(&mut blob);
    if let Ok(read) = series::Series::decode(&blob) {
        let again = series::Series::decode(&read.encode());
        assert_eq!(again.as_ref(), Ok(&read), "what was read is not what is written");
    }
    drop(fresh::decode(0, bytes));
}
