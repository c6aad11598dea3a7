//! What a change of state rests on: samples that spoke against the state, held until the change is confirmed.
//!
//! A monitor that is as it was holds nothing. One that has begun to fail, or to be well again, holds the first and the
//! newest sample that said so.

use crate::evidence::{Gathered, Proof};
use crate::storage::Span;
use app::model::{At, Class, Sample, State};

#[derive(Debug, Default)]
pub(super) struct Proofs {
    held: Vec<Proof>,
    /// Of a change that is not told while announced work is on.
    unspoken: Option<(State, Vec<Proof>)>,
}

/// A sample, and what it meant.
pub(super) struct Judgement<'s> {
    /// The state that was confirmed before it.
    pub(super) before: State,
    /// Whether it spoke against that.
    pub(super) opposed: bool,
    /// The change that it confirmed.
    pub(super) change: Option<Span>,
    /// The oldest sample that still counts.
    pub(super) oldest: Option<At>,
    /// The sample.
    pub(super) sample: &'s Sample,
}

impl Proofs {
    /// Takes note of a sample; answers what shows the change that it confirmed, oldest first.
    pub(super) fn take(&mut self, judged: &Judgement<'_>, gathered: Option<Box<Gathered>>) -> Vec<Proof> {
        let Judgement { before, opposed, change, oldest, sample } = *judged;
        self.held.retain(|proof| oldest.is_some_and(|oldest| proof.sample.at >= oldest));
        let Some(Span { since, state }) = change else {
            if opposed {
                self.hold(sample, gathered);
            }
            return Vec::new();
        };
        self.unspoken = None;
        match state {
            State::Outage | State::Degraded => self.hold(sample, gathered),
            // A first answer after a failure is gathered; what follows it says no more.
            State::Operational if matches!(before, State::Outage | State::Degraded) && gathered.is_some() => {
                self.hold(sample, gathered);
            }
            State::Operational if matches!(before, State::Outage | State::Degraded) => {}
            State::Unknown if sample.class == Class::Down => {
                // The very first sample of all: what it shows is not confirmed yet.
                self.hold(sample, gathered);
                return Vec::new();
            }
            // What kept us from measuring, where the probe itself said so.
            State::Unknown if gathered.is_some() => self.hold(sample, gathered),
            _ => self.held.clear(),
        }
        self.held.retain(|proof| proof.sample.at >= since);
        std::mem::take(&mut self.held)
    }

    /// Of several the first and the newest stay.
    fn hold(&mut self, sample: &Sample, gathered: Option<Box<Gathered>>) {
        self.held.truncate(1);
        self.held.push(Proof { sample: sample.clone(), gathered });
    }

    /// Keeps what shows a change that cannot be told yet.
    pub(super) fn keep_back(&mut self, state: State, proofs: Vec<Proof>) {
        self.unspoken = Some((state, proofs));
    }

    /// What shows the state that is told now, if it was kept back; nobody was told of what is over already.
    pub(super) fn speak(&mut self, state: State) -> Vec<Proof> {
        match self.unspoken.take() {
            Some((kept, proofs)) if kept == state && state != State::Operational => proofs,
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{INTERVAL, NOON, config, core, sample, watched};
    use super::super::{BoardConfig, Core};
    use super::*;
    use crate::status::windows::{Maintenance, Plan};
    use std::time::Duration;

    /// What is kept of a trace (`U`p, slo`W`, `D`own, `?` not measured, one each tick, with a tick of the board before
    /// each): the state, and the ticks of the samples that show it.
    fn kept(core: &mut Core, trace: &str) -> Vec<(State, Vec<i64>)> {
        let id = "shop".parse().unwrap();
        let (mut kept, mut wary): (Vec<(State, Vec<i64>)>, bool) = (Vec::new(), true);
        for (tick, letter) in (0..).zip(trace.chars()) {
            let class = match letter {
                'U' => Class::Up,
                'W' => Class::Degraded,
                'D' => Class::Down,
                _ => Class::Unknown,
            };
            let at = NOON + tick * INTERVAL;
            let mut effects = core.tick(At(at)).evidence;
            let gathered = (wary || class != Class::Up).then(Gathered::nothing);
            wary = class != Class::Up;
            effects.extend(core.apply(&id, &sample(at, class), gathered).evidence);
            for one in effects {
                let tick = one.proof.sample.at.since(At(NOON)) / INTERVAL;
                match kept.last_mut() {
                    Some((state, ticks)) if *state == one.state => ticks.push(tick),
                    _ => kept.push((one.state, vec![tick])),
                }
            }
        }
        kept
    }

    fn of(trace: &str) -> Vec<(State, Vec<i64>)> {
        kept(&mut core(&config(vec![watched("shop", true)], Vec::new())), trace)
    }

    #[test]
    fn a_change_is_shown_by_the_first_and_the_confirming_sample_and_its_end_by_the_first_good_one() {
        assert_eq!(of("UDDUU"), [(State::Outage, vec![1, 2]), (State::Operational, vec![3])]);
        assert_eq!(of("UDUDDUDUU"), [(State::Outage, vec![1, 3]), (State::Operational, vec![7])]);
        assert_eq!(of("DDU"), [(State::Outage, vec![0, 1])]);
        assert_eq!(of("UWWUU"), [(State::Degraded, vec![1, 2]), (State::Operational, vec![3])]);
    }

    #[test]
    fn what_changes_nothing_leaves_nothing() {
        assert_eq!(of("UUUU"), []);
        assert_eq!(of("UDUUUDUUU"), []);
        assert_eq!(of("UDDDDDD"), [(State::Outage, vec![1, 2])], "only the change itself");
        assert_eq!(of("U?U"), [(State::Unknown, vec![1])], "what kept us from measuring");
    }

    #[test]
    fn what_was_confirmed_during_announced_work_is_kept_when_it_is_told() {
        let work = Maintenance {
            id: "patches".to_owned(),
            title: "Patches".to_owned(),
            about: None,
            monitors: ["shop".parse().unwrap()].into(),
            plan: Plan::new("2024-10-04T12:05", "UTC", None, Duration::from_mins(5)).unwrap(),
        };
        let with_work = BoardConfig { maintenances: vec![work], ..config(vec![watched("shop", true)], Vec::new()) };
        assert_eq!(kept(&mut core(&with_work), "UUUUUUUUUUUUDDUUUUUUUUUU"), [], "nobody is told of it");
        let outlasting = kept(&mut core(&with_work), "UUUUUUUUUUUUUUUUDDDDDDDD");
        assert_eq!(outlasting, [(State::Outage, vec![16, 17])]);
    }
}
