//! Whether time passed here as it should: three clocks compared beat by beat. Pure.
//!
//! The wall clock may be set, the steady clock stands still while the host sleeps, the clock since boot does neither.
//! A beat that comes late by the steady clock means that this process did not run: it was stopped, or starved.

use app::model::At;

/// Between two beats, in milliseconds.
pub const BEAT_MS: i64 = 500;
/// A beat later than this by the steady clock is a stall. Shorter ones are an ordinary busy machine, and shorter than
/// any usual time-out of a probe.
const STALL_MS: i64 = 3_000;
/// The clock since boot may run ahead of the steady one by this much between two beats.
const SLEPT_MS: i64 = 1_000;
/// The wall clock may differ from the clock since boot by this much between two beats: it is slewed, not set.
const SET_MS: i64 = 2_000;

/// The three clocks at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The wall clock.
    pub wall: At,
    /// Milliseconds by a clock that stands still while the host sleeps.
    pub steady_ms: i64,
    /// Milliseconds by a clock that does not.
    pub boot_ms: i64,
}

/// What kept time from passing as it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upset {
    /// The host was suspended.
    Slept,
    /// This process did not run.
    Stalled,
    /// The wall clock was set.
    ClockSet,
}

/// A stretch of time in which nothing can have been measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shock {
    /// What happened.
    pub upset: Upset,
    /// The last beat before it.
    pub from: Reading,
    /// The first beat after it.
    pub until: Reading,
}

/// Remembers the last beat.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pulse {
    last: Option<Reading>,
}

impl Pulse {
    /// Takes a beat; answers what happened since the last one, if it is more than time passing.
    pub fn beat(&mut self, now: Reading) -> Option<Shock> {
        let from = self.last.replace(now)?;
        let steady = now.steady_ms - from.steady_ms;
        let boot = now.boot_ms - from.boot_ms;
        let wall = now.wall.since(from.wall);
        let upset = if boot - steady > SLEPT_MS {
            Upset::Slept
        } else if steady > BEAT_MS + STALL_MS {
            Upset::Stalled
        } else if (wall - boot).abs() > SET_MS {
            Upset::ClockSet
        } else {
            return None;
        };
        Some(Shock { upset, from, until: now })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(wall: i64, steady: i64, boot: i64) -> Reading {
        Reading { wall: At(wall), steady_ms: steady, boot_ms: boot }
    }

    fn after(second: Reading) -> Option<Upset> {
        let mut pulse = Pulse::default();
        assert_eq!(pulse.beat(reading(1_000_000, 50_000, 60_000)), None, "the first beat says nothing");
        pulse.beat(second).map(|shock| shock.upset)
    }

    #[test]
    fn each_clock_tells_its_own_story() {
        let hour = 3_600_000;
        assert_eq!(after(reading(1_000_500, 50_500, 60_500)), None);
        assert_eq!(after(reading(1_003_400, 53_400, 63_400)), None, "a busy machine");
        assert_eq!(after(reading(1_003_600, 53_600, 63_600)), Some(Upset::Stalled));
        assert_eq!(after(reading(1_000_500 + hour, 50_500, 60_500 + hour)), Some(Upset::Slept));
        assert_eq!(after(reading(1_000_500 + hour, 50_500, 60_500)), Some(Upset::ClockSet));
        assert_eq!(after(reading(1_000_500 - hour, 50_500, 60_500)), Some(Upset::ClockSet));
        assert_eq!(after(reading(1_002_400, 50_500, 60_500)), None, "the clock is slewed");
        assert_eq!(after(reading(1_000_000 - hour, 54_000, 60_000 + hour)), Some(Upset::Slept), "whatever else came");
    }
}
