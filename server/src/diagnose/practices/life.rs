//! Until when branches of a product are mended by their makers.
//!
//! The dates are those of <https://endoflife.date> as of [`AS_OF`]; what is not in the table is not known here. A
//! distribution may mend a branch for longer than its makers.

/// The day of the table.
const AS_OF: &str = "2026-08-22";
/// A branch without an end in the table counts as mended until this day; later the table is too old to say so.
const TRUSTED_UNTIL: &str = "2027-08-22";

/// Product, branch, and the day from which it is mended no more; `None` where no such day was set.
const BRANCHES: &[(&str, &str, Option<&str>)] = &[
    ("nginx", "1.31", None),
    ("nginx", "1.30", None),
    ("nginx", "1.29", Some("2026-05-13")),
    ("nginx", "1.28", Some("2026-04-14")),
    ("nginx", "1.27", Some("2025-06-24")),
    ("nginx", "1.26", Some("2025-04-23")),
    ("nginx", "1.25", Some("2024-05-29")),
    ("nginx", "1.24", Some("2024-04-23")),
    ("nginx", "1.23", Some("2023-05-23")),
    ("nginx", "1.22", Some("2023-04-11")),
    ("nginx", "1.21", Some("2022-06-21")),
    ("nginx", "1.20", Some("2022-05-24")),
    ("nginx", "1.19", Some("2021-05-25")),
    ("nginx", "1.18", Some("2021-04-20")),
    ("nginx", "1.16", Some("2020-04-20")),
    ("nginx", "1.14", Some("2019-04-23")),
    ("nginx", "1.12", Some("2018-04-17")),
    ("nginx", "1.10", Some("2017-04-12")),
    ("nginx", "1.8", Some("2016-04-26")),
    ("nginx", "1.6", Some("2015-04-21")),
    ("nginx", "1.4", Some("2014-04-24")),
    ("nginx", "1.2", Some("2013-04-24")),
    ("nginx", "1.0", Some("2012-04-23")),
    ("httpd", "2.4", None),
    ("httpd", "2.2", Some("2017-07-11")),
    ("httpd", "2.0", Some("2013-07-10")),
    ("httpd", "1.3", Some("2010-02-03")),
    ("haproxy", "3.4", Some("2031-04-01")),
    ("haproxy", "3.3", Some("2027-01-01")),
    ("haproxy", "3.2", Some("2030-04-01")),
    ("haproxy", "3.1", Some("2026-01-01")),
    ("haproxy", "3.0", Some("2029-04-01")),
    ("haproxy", "2.9", Some("2025-03-21")),
    ("haproxy", "2.8", Some("2028-04-01")),
    ("haproxy", "2.7", Some("2024-04-05")),
    ("haproxy", "2.6", Some("2027-04-01")),
    ("haproxy", "2.5", Some("2023-05-02")),
    ("haproxy", "2.4", Some("2026-04-01")),
    ("haproxy", "2.3", Some("2022-07-27")),
    ("haproxy", "2.2", Some("2025-04-23")),
    ("haproxy", "2.1", Some("2021-03-18")),
    ("haproxy", "2.0", Some("2024-04-05")),
    ("haproxy", "1.9", Some("2020-07-31")),
    ("haproxy", "1.8", Some("2022-12-09")),
    ("haproxy", "1.7", Some("2021-10-01")),
    ("haproxy", "1.6", Some("2020-10-01")),
    ("haproxy", "1.5", Some("2020-01-10")),
    ("haproxy", "1.4", Some("2020-01-10")),
    ("haproxy", "1.3", Some("2016-03-14")),
    ("haproxy", "1.2", Some("2011-08-06")),
    ("haproxy", "1.1", Some("2006-01-29")),
    ("haproxy", "1.0", Some("2001-12-30")),
    ("php", "8.5", Some("2029-12-31")),
    ("php", "8.4", Some("2028-12-31")),
    ("php", "8.3", Some("2027-12-31")),
    ("php", "8.2", Some("2026-12-31")),
    ("php", "8.1", Some("2025-12-31")),
    ("php", "8.0", Some("2023-11-26")),
    ("php", "7.4", Some("2022-11-28")),
    ("php", "7.3", Some("2021-12-06")),
    ("php", "7.2", Some("2020-11-30")),
    ("php", "7.1", Some("2019-12-01")),
    ("php", "7.0", Some("2019-01-10")),
    ("php", "5.6", Some("2018-12-31")),
    ("php", "5.5", Some("2016-07-21")),
    ("php", "5.4", Some("2015-09-14")),
    ("php", "5.3", Some("2014-08-14")),
    ("php", "5.2", Some("2011-01-06")),
    ("php", "5.1", Some("2006-08-24")),
    ("php", "5.0", Some("2005-09-05")),
    ("envoy", "1.39", Some("2027-07-14")),
    ("envoy", "1.38", Some("2027-04-23")),
    ("envoy", "1.37", Some("2027-01-13")),
    ("envoy", "1.36", Some("2026-10-14")),
    ("envoy", "1.35", Some("2026-07-23")),
    ("envoy", "1.34", Some("2026-04-15")),
    ("envoy", "1.33", Some("2026-01-14")),
    ("envoy", "1.32", Some("2025-10-15")),
    ("envoy", "1.31", Some("2025-07-19")),
    ("envoy", "1.30", Some("2025-04-16")),
    ("envoy", "1.29", Some("2025-01-16")),
    ("envoy", "1.28", Some("2024-10-19")),
    ("envoy", "1.27", Some("2024-07-27")),
    ("envoy", "1.26", Some("2024-04-18")),
    ("envoy", "1.25", Some("2024-01-18")),
    ("envoy", "1.24", Some("2023-10-19")),
    ("envoy", "1.23", Some("2023-07-15")),
    ("envoy", "1.22", Some("2023-04-15")),
    ("envoy", "1.21", Some("2023-01-12")),
    ("envoy", "1.20", Some("2022-10-05")),
    ("envoy", "1.19", Some("2022-07-13")),
    ("envoy", "1.18", Some("2022-04-15")),
    ("envoy", "1.17", Some("2022-01-11")),
    ("envoy", "1.16", Some("2021-10-08")),
    ("envoy", "1.15", Some("2021-07-07")),
    ("envoy", "1.14", Some("2021-04-08")),
    ("envoy", "1.13", Some("2021-01-20")),
    ("envoy", "1.12", Some("2020-10-31")),
    ("envoy", "1.11", Some("2019-10-31")),
    ("envoy", "1.10", Some("2019-07-11")),
    ("envoy", "1.9", Some("2019-04-05")),
    ("envoy", "1.8", Some("2018-12-20")),
    ("envoy", "1.7", Some("2018-10-04")),
    ("envoy", "1.6", Some("2018-06-21")),
    ("envoy", "1.5", Some("2018-03-20")),
    ("envoy", "1.4", Some("2017-12-04")),
    ("envoy", "1.3", Some("2017-08-24")),
    ("envoy", "1.2", Some("2017-05-17")),
    ("envoy", "1.1", Some("2017-03-07")),
    ("envoy", "1.0", Some("2016-11-30")),
    ("traefik", "3.7", None),
    ("traefik", "3.6", Some("2026-08-16")),
    ("traefik", "3.5", Some("2025-11-07")),
    ("traefik", "3.4", Some("2025-07-23")),
    ("traefik", "3.3", Some("2025-05-05")),
    ("traefik", "3.2", Some("2025-01-06")),
    ("traefik", "3.1", Some("2024-10-28")),
    ("traefik", "3.0", Some("2024-07-15")),
    ("traefik", "2.11", Some("2026-02-01")),
    ("traefik", "2.10", Some("2024-02-12")),
    ("traefik", "2.9", Some("2023-04-24")),
    ("traefik", "2.8", Some("2022-10-03")),
    ("traefik", "2.7", Some("2022-06-29")),
    ("traefik", "2.6", Some("2022-05-24")),
    ("traefik", "2.5", Some("2022-01-24")),
    ("traefik", "2.4", Some("2021-08-17")),
    ("traefik", "2.3", Some("2021-01-19")),
    ("traefik", "2.2", Some("2020-09-23")),
    ("traefik", "2.1", Some("2020-03-25")),
    ("traefik", "2.0", Some("2019-12-11")),
    ("traefik", "1.7", Some("2021-12-31")),
    ("caddy", "2", None),
    ("caddy", "1", Some("2020-07-01")),
];

/// What is known of a version at a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Life {
    product: String,
    branch: &'static str,
    end: Option<&'static str>,
    today: String,
}

impl Life {
    /// Mended no more.
    pub(super) fn ended(&self) -> bool {
        self.end.is_some_and(|end| end <= self.today.as_str())
    }

    /// Still mended, as far as the table can say.
    pub(super) fn supported(&self) -> bool {
        match self.end {
            Some(end) => end > self.today.as_str(),
            None => self.today.as_str() <= TRUSTED_UNTIL,
        }
    }

    /// In words, with the source.
    pub(super) fn sentence(&self) -> String {
        let end = self.end.unwrap_or("an unknown day");
        format!(
            "{} {} is mended by its makers until {end} (endoflife.date, {AS_OF}); a distribution may do so for longer",
            self.product, self.branch
        )
    }
}

/// What is known of a version; `today` begins with a day as `2026-11-22`. `None` for what the table does not have.
pub(super) fn of(product: &str, version: &str, today: &str) -> Option<Life> {
    let name = match product.to_ascii_lowercase().as_str() {
        "apache" | "apache httpd" => "httpd".to_owned(),
        other => other.to_owned(),
    };
    let version = version.trim_start_matches('v');
    let is_of = |branch: &str| {
        version.strip_prefix(branch).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '+', '~', ' ']))
    };
    let (_, branch, end) = BRANCHES
        .iter()
        .filter(|(product, branch, _)| *product == name && is_of(branch))
        .max_by_key(|(_, branch, _)| branch.len())?;
    Some(Life { product: product.to_owned(), branch, end: *end, today: today.get(..10).unwrap_or_default().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_branches_by_their_whole_number() {
        let at = |product: &str, version: &str, day: &str| of(product, version, day);
        assert!(at("nginx", "1.22.1", "2026-11-22T00:00:00.000Z").is_some_and(|life| life.ended()));
        assert!(at("nginx", "1.3.0", "2026-11-22").is_none());
        assert!(at("Apache", "2.4.71", "2026-11-22").is_some_and(|life| life.supported() && !life.ended()));
        assert!(at("haproxy", "2.6.12-1+deb12u1", "2026-11-22").is_some_and(|life| life.supported()));
        assert!(at("haproxy", "2.6.12", "2027-04-02").is_some_and(|life| life.ended()));
        // A table of last year says nothing of a branch that had no end then.
        assert!(at("nginx", "1.31.0", "2028-01-01").is_some_and(|life| !life.supported() && !life.ended()));
        assert!(at("varnish", "7.1.1", "2026-11-22").is_none());
    }

    #[test]
    fn every_day_is_one() {
        for (product, branch, end) in BRANCHES {
            assert!(end.is_none_or(|end| end.len() == 10 && end.as_bytes()[4] == b'-'), "{product} {branch}");
        }
    }
}
