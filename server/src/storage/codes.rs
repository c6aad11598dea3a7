//! Enums as the database holds them: text codes in seldom written tables, small integers in packed samples and spans.
//!
//! The integers are part of the file format: a value keeps its number for ever, new ones are added at the end.

use super::StorageError;
use app::model::{Class, FaultKind, Origin, State};
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row, Sqlite, Type};
use std::fmt::Display;
use std::str::FromStr;

/// An enum that is stored as a small integer.
pub(super) trait Numbered: Copy + 'static {
    /// Every value.
    const ALL: &'static [Self];
    /// Its number in the file.
    fn number(self) -> i64;

    /// The value with this number.
    fn of(number: i64, place: &'static str) -> Result<Self, StorageError> {
        Self::ALL
            .iter()
            .copied()
            .find(|value| value.number() == number)
            .ok_or_else(|| StorageError::Corrupt { place, problem: format!("no value has the number {number}") })
    }
}

impl Numbered for Class {
    const ALL: &'static [Self] = Class::ALL;

    fn number(self) -> i64 {
        match self {
            Self::Up => 0,
            Self::Degraded => 1,
            Self::Down => 2,
            Self::Unknown => 3,
            Self::Blocked => 4,
        }
    }
}

impl Numbered for State {
    const ALL: &'static [Self] = State::ALL;

    fn number(self) -> i64 {
        match self {
            Self::Operational => 0,
            Self::Degraded => 1,
            Self::PartialOutage => 2,
            Self::Outage => 3,
            Self::Maintenance => 4,
            Self::Unknown => 5,
        }
    }
}

impl Numbered for Origin {
    const ALL: &'static [Self] = Origin::ALL;

    fn number(self) -> i64 {
        match self {
            Self::Dns => 0,
            Self::Network => 1,
            Self::Edge => 2,
            Self::Upstream => 3,
            Self::Here => 4,
        }
    }
}

impl Numbered for FaultKind {
    const ALL: &'static [Self] = FaultKind::ALL;

    fn number(self) -> i64 {
        match self {
            Self::NameNotFound => 0,
            Self::NameServerSilent => 1,
            Self::Refused => 2,
            Self::NoRoute => 3,
            Self::ConnectTimeout => 4,
            Self::TlsHandshake => 5,
            Self::Certificate => 6,
            Self::Reset => 7,
            Self::ClosedEarly => 8,
            Self::ReadTimeout => 9,
            Self::BadHttp => 10,
            Self::Status => 11,
            Self::Body => 12,
            Self::Blocked => 13,
            Self::Internal => 14,
        }
    }
}

/// A column's plain value.
pub(super) fn get<'r, T>(row: &'r SqliteRow, column: &'static str) -> Result<T, StorageError>
where
    T: Decode<'r, Sqlite> + Type<Sqlite>,
{
    row.try_get(column).map_err(|error| StorageError::Corrupt { place: column, problem: error.to_string() })
}

/// A text column parsed into an id or an enum.
pub(super) fn parse<T>(row: &SqliteRow, column: &'static str) -> Result<T, StorageError>
where
    T: FromStr,
    T::Err: Display,
{
    let text: &str = get(row, column)?;
    text.parse().map_err(|error: T::Err| StorageError::Corrupt { place: column, problem: error.to_string() })
}

/// A column that must fit a narrower integer.
pub(super) fn narrow<T: TryFrom<i64>>(row: &SqliteRow, column: &'static str) -> Result<T, StorageError> {
    let wide: i64 = get(row, column)?;
    T::try_from(wide).map_err(|_| StorageError::Corrupt { place: column, problem: format!("{wide} is out of range") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers_are_dense<T: Numbered + PartialEq + std::fmt::Debug>() {
        let mut numbers: Vec<i64> = T::ALL.iter().map(|value| value.number()).collect();
        numbers.sort_unstable();
        let dense: Vec<i64> = (0..).take(T::ALL.len()).collect();
        assert_eq!(numbers, dense);
        for &value in T::ALL {
            assert_eq!(T::of(value.number(), "test").unwrap(), value);
        }
        assert!(matches!(T::of(99, "test"), Err(StorageError::Corrupt { .. })));
    }

    #[test]
    fn every_value_has_its_own_number() {
        numbers_are_dense::<Class>();
        numbers_are_dense::<State>();
        numbers_are_dense::<Origin>();
        numbers_are_dense::<FaultKind>();
    }
}
