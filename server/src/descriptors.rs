//! Open files: how many this process may have, and how they are shared out.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// For the database, logs and the wizard.
const FOR_OURSELVES: u64 = 512;
/// For probes. Each holds one, or up to four for a moment while it tries addresses.
const FOR_PROBES: u64 = 1536;

/// Raises the soft limit of open files to the hard one; `None` where there is no limit.
fn raised() -> Option<u64> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if setrlimit(Resource::Nofile, raised).is_ok() { limit.maximum } else { limit.current }
}

/// How many visitors' connections there may be, at most `wanted`.
pub fn connections_that_fit(wanted: usize) -> usize {
    let Some(files) = raised() else { return wanted };
    // On a machine with few descriptors at least half of them still serve visitors.
    let left = files.saturating_sub(FOR_OURSELVES + FOR_PROBES).max(files / 2);
    wanted.min(usize::try_from(left).unwrap_or(wanted))
}

/// How many probes may be under way, at most `wanted`.
pub fn probes_that_fit(wanted: usize) -> usize {
    let Some(files) = raised() else { return wanted };
    wanted.min(usize::try_from((files / 4).min(FOR_PROBES)).unwrap_or(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_promises_more_than_wanted() {
        assert_eq!((connections_that_fit(10), probes_that_fit(10)), (10, 10));
        assert!(connections_that_fit(usize::MAX) >= 64 && probes_that_fit(usize::MAX) >= 32);
    }
}
