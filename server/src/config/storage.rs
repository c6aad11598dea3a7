//! `[storage]`: where the database is, and how long it keeps what.

use super::reader::{Context, Section};
use crate::storage::Keep;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The `[storage]` section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageSection {
    /// The database file. A relative path counts from the folder of the configuration file, so that
    /// every command finds the same database wherever it is started; without a file, from the
    /// working directory.
    pub path: PathBuf,
    /// How long samples and hours are kept.
    pub keep: Keep,
    /// How long evidence of changes is kept.
    pub keep_evidence: Duration,
}

/// Ten years with leap days: what was measured is worth more than the two bytes it takes.
const DEFAULT_DAYS: u32 = 3653;
/// Evidence holds texts of others; a quarter of a year is long enough to look back.
const DEFAULT_EVIDENCE_DAYS: u32 = 90;
/// Hours in days.
const DAY: Duration = Duration::from_hours(24);
/// The least that may be kept: the pages show a day of samples and a week of hours.
const LEAST_DAYS: u32 = 8;

impl Default for StorageSection {
    fn default() -> Self {
        let keep = Keep { samples: DAY * DEFAULT_DAYS, hours: DAY * DEFAULT_DAYS };
        Self { path: PathBuf::from("data/gatewatch.db"), keep, keep_evidence: DAY * DEFAULT_EVIDENCE_DAYS }
    }
}

/// `400d`.
fn kept(text: &str) -> Result<Duration, String> {
    let days = text.strip_suffix('d').and_then(|days| days.parse::<u32>().ok());
    match days {
        Some(days @ LEAST_DAYS..=36_525) => Ok(DAY * days),
        Some(_) => Err(format!("`{text}` is not between {LEAST_DAYS}d and 36525d (a hundred years)")),
        None => Err(format!("`{text}` is not a number of days; write `400d`")),
    }
}

/// Reads the section; `folder` is that of the configuration file.
pub(super) fn read(section: Option<Section<'_, '_>>, folder: &Path, cx: &mut Context<'_>) -> StorageSection {
    let mut storage = StorageSection::default();
    if let Some(mut section) = section {
        if let Some(path) = section.parsed("path", cx, |text, _| match text {
            "" => Err("the path is empty; write the database's file, such as `data/gatewatch.db`".to_owned()),
            text => Ok(PathBuf::from(text)),
        }) {
            storage.path = path;
        }
        if let Some(samples) = section.parsed("keep_samples", cx, |text, _| kept(text)) {
            storage.keep.samples = samples;
        }
        if let Some(hours) = section.parsed("keep_hours", cx, |text, _| kept(text)) {
            storage.keep.hours = hours;
        }
        if let Some(evidence) = section.parsed("keep_evidence", cx, |text, _| kept(text)) {
            storage.keep_evidence = evidence;
        }
        section.finish(cx);
    }
    storage.path = folder.join(storage.path);
    storage
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_a_number_of_days() {
        assert_eq!(kept("400d"), Ok(DAY * 400));
        assert_eq!(kept("8d"), Ok(DAY * 8));
        for bad in ["", "d", "400", "1y", "7d", "-9d", "1.5d", "40000d", "99999999999d"] {
            assert!(kept(bad).is_err(), "{bad}");
        }
    }
}
