//! `cargo xtask bench`: measures against peers and ceilings in the same run, prints one table.

/// Runs all benches.
pub(crate) fn run() -> anyhow::Result<()> {
    Ok(())
}
