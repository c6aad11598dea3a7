//! When a monitor's state changes: N of the last M samples must agree, for worse and for better.
//!
//! Pure. A change begins with the first sample that showed it, not with the one that confirmed it. A
//! sample that could not measure says nothing about the target and makes the state unknown at once; from
//! unknown one good sample is enough, because nothing green or red has to be taken back.

use crate::storage::Span;
use app::model::{At, Class, Confirm, State};
use std::collections::VecDeque;

/// No rule looks further back.
const MOST: u8 = 20;
/// No sample arrives this late; one that seems to tells that the clock was set back.
pub const MOST_LATE_MS: i64 = 10 * 60 * 1000;

/// How many samples must agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// For worse: operational to degraded, and to outage.
    pub down: Confirm,
    /// For better.
    pub up: Confirm,
}

impl Rules {
    /// How many samples matter at all.
    pub fn window(self) -> usize {
        usize::from(self.down.of.max(self.up.of).clamp(1, MOST))
    }
}

/// What one sample led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Judged {
    /// The new state and its beginning, which may lie in the past.
    pub change: Option<Span>,
    /// True when the sample contradicts the state for the first time: ask again at once.
    pub reprobe: bool,
}

/// How bad a sample that measured something was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Fine,
    Degraded,
    Down,
}

impl Level {
    const fn of(class: Class) -> Option<Self> {
        match class {
            Class::Up => Some(Self::Fine),
            Class::Degraded => Some(Self::Degraded),
            Class::Down => Some(Self::Down),
            Class::Unknown | Class::Blocked => None,
        }
    }

    const fn of_state(state: State) -> Option<Self> {
        match state {
            State::Operational => Some(Self::Fine),
            State::Degraded => Some(Self::Degraded),
            State::Outage => Some(Self::Down),
            State::PartialOutage | State::Maintenance | State::Unknown => None,
        }
    }

    const fn state(self) -> State {
        match self {
            Self::Fine => State::Operational,
            Self::Degraded => State::Degraded,
            Self::Down => State::Outage,
        }
    }
}

/// A monitor's confirmed state and the samples that the next judgement needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed {
    state: State,
    since: Option<At>,
    recent: VecDeque<(At, Level)>,
    newest: Option<At>,
    /// The newest sample that measured something.
    measured: Option<At>,
}

impl Confirmed {
    /// Before the first sample ever.
    pub const fn new() -> Self {
        Self { state: State::Unknown, since: None, recent: VecDeque::new(), newest: None, measured: None }
    }

    /// As it was left: the last span, and the newest samples, oldest first.
    pub fn resume(span: Option<Span>, samples: impl IntoIterator<Item = (At, Class)>) -> Self {
        let mut resumed = Self::new();
        if let Some(span) = span {
            (resumed.state, resumed.since) = (span.state, Some(span.since));
        }
        for (at, class) in samples {
            resumed.newest = resumed.newest.max(Some(at));
            if let Some(level) = Level::of(class)
                && resumed.since.is_none_or(|since| at >= since)
            {
                resumed.measured = resumed.measured.max(Some(at));
                resumed.recent.push_back((at, level));
            }
        }
        resumed
    }

    /// The state now.
    pub const fn state(&self) -> State {
        self.state
    }

    /// Since when; `None` before the first sample ever.
    pub const fn since(&self) -> Option<At> {
        self.since
    }

    /// Takes one sample into account. One that began no later than the newest changes nothing.
    pub fn judge(&mut self, rules: Rules, at: At, class: Class) -> Judged {
        match self.newest {
            Some(newest) if newest.since(at) > MOST_LATE_MS => self.step_back(at),
            Some(newest) if at <= newest => return Judged::default(),
            _ => {}
        }
        self.newest = Some(at);
        let Some(level) = Level::of(class) else {
            return Judged { change: self.lapse(at), reprobe: false };
        };
        let contradicted_before = self.recent.back().is_some_and(|&(_, earlier)| self.contradicts(earlier));
        self.measured = Some(at);
        self.recent.push_back((at, level));
        while self.recent.len() > rules.window() {
            self.recent.pop_front();
        }
        if let Some((since, level)) = self.confirmed(rules, level) {
            let since = self.since.map_or(since, |earlier| earlier.max(since));
            self.recent.retain(|&(at, _)| at >= since);
            return Judged { change: Some(self.enter(since, level.state())), reprobe: false };
        }
        // The very first sample failed: from here on there is a history, though nothing is known yet.
        let change = self.since.is_none().then(|| self.enter(at, State::Unknown));
        Judged { change, reprobe: self.contradicts(level) && !contradicted_before }
    }

    /// Whether a sample of that class speaks against the state.
    pub fn opposes(&self, class: Class) -> bool {
        Level::of(class).is_some_and(|level| self.contradicts(level))
    }

    /// The oldest sample that the next judgement looks at.
    pub fn oldest(&self) -> Option<At> {
        self.recent.front().map(|&(at, _)| at)
    }

    /// Nothing is known from `since` on: no sample came, or one that could not measure.
    pub fn lapse(&mut self, since: At) -> Option<Span> {
        if self.state == State::Unknown && self.since.is_some() {
            return None;
        }
        self.recent.retain(|&(at, _)| at >= since);
        Some(self.enter(since, State::Unknown))
    }

    /// Nobody could see from `since` on: as [`Self::lapse`], but a time that is unknown already may turn out to have begun
    /// earlier. Before the first sample, and before the newest that measured something, there is nothing to take back.
    pub fn blind(&mut self, since: At) -> Option<Span> {
        let begun = self.since?;
        let since = self.measured.map_or(since, |measured| measured.max(since));
        if self.state == State::Unknown && begun <= since {
            return None;
        }
        self.recent.retain(|&(at, _)| at >= since);
        Some(self.enter(since, State::Unknown))
    }

    /// The clock was set back: what lies in its future now cannot be compared with anything.
    pub fn step_back(&mut self, at: At) {
        self.recent.clear();
        self.since = self.since.map(|since| since.min(at));
        self.newest = self.newest.map(|newest| newest.min(at));
        self.measured = self.measured.map(|measured| measured.min(at));
    }

    fn enter(&mut self, since: At, state: State) -> Span {
        (self.state, self.since) = (state, Some(since));
        Span { since, state }
    }

    fn contradicts(&self, level: Level) -> bool {
        Level::of_state(self.state).map_or(level == Level::Down, |current| level != current)
    }

    /// The level that the newest sample confirms, and the first sample that showed it.
    fn confirmed(&self, rules: Rules, newest: Level) -> Option<(At, Level)> {
        let Some(current) = Level::of_state(self.state) else {
            return if newest == Level::Down {
                self.agree(rules.down, |level| level == Level::Down).map(|at| (at, Level::Down))
            } else {
                self.recent.back().map(|&(at, level)| (at, level))
            };
        };
        let worse = [Level::Down, Level::Degraded].into_iter().filter(|&level| level > current && newest >= level);
        let better = [Level::Fine, Level::Degraded].into_iter().filter(|&level| level < current && newest <= level);
        worse
            .map(|level| (self.agree(rules.down, |seen| seen >= level), level))
            .chain(better.map(|level| (self.agree(rules.up, |seen| seen <= level), level)))
            .find_map(|(since, level)| since.map(|since| (since, level)))
    }

    /// The first of the samples that agree, if they are enough.
    fn agree(&self, rule: Confirm, agrees: impl Fn(Level) -> bool) -> Option<At> {
        let of = usize::from(rule.of.clamp(1, MOST));
        let needed = usize::from(rule.needed).clamp(1, of);
        let skip = self.recent.len().saturating_sub(of);
        let mut agreeing = self.recent.iter().skip(skip).filter(|&&(_, level)| agrees(level)).map(|&(at, _)| at);
        let first = agreeing.next()?;
        (1 + agreeing.count() >= needed).then_some(first)
    }
}

impl Default for Confirmed {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: Rules = Rules { down: Confirm { needed: 2, of: 3 }, up: Confirm { needed: 2, of: 2 } };
    /// Times of the recorded traces: one sample each 30 s, a few milliseconds late.
    const TICK: i64 = 30_003;

    /// Judges a trace (`U`p, slo`W`, `D`own, `?` not measured, one each tick) and answers every change
    /// as the number of the sample that it begins with.
    fn changes(trace: &str) -> Vec<(i64, State)> {
        let mut confirmed = Confirmed::new();
        judge(&mut confirmed, trace).into_iter().map(|span| (span.since.0 / TICK, span.state)).collect()
    }

    fn judge(confirmed: &mut Confirmed, trace: &str) -> Vec<Span> {
        let samples = (1..).zip(trace.chars());
        samples.filter_map(|(number, letter)| confirmed.judge(RULES, At(number * TICK), class(letter)).change).collect()
    }

    fn class(letter: char) -> Class {
        match letter {
            'U' => Class::Up,
            'W' => Class::Degraded,
            'D' => Class::Down,
            '!' => Class::Blocked,
            _ => Class::Unknown,
        }
    }

    #[test]
    fn one_lost_packet_is_no_outage() {
        assert_eq!(changes("UUUDUUUU"), [(1, State::Operational)]);
        assert_eq!(changes("UUDUUDUUD"), [(1, State::Operational)]);
    }

    #[test]
    fn an_outage_begins_with_its_first_failure_to_the_millisecond() {
        let mut confirmed = Confirmed::new();
        confirmed.judge(RULES, At(1_000_007), Class::Up);
        assert_eq!(confirmed.judge(RULES, At(1_030_011), Class::Down), Judged { change: None, reprobe: true });
        let judged = confirmed.judge(RULES, At(1_030_345), Class::Down);
        assert_eq!(judged.change, Some(Span { since: At(1_030_011), state: State::Outage }));
        assert_eq!(changes("UUDUDD"), [(1, State::Operational), (3, State::Outage)]);
    }

    #[test]
    fn three_minutes_of_flapping_are_one_outage() {
        assert_eq!(
            changes("UUUDUDUDUUUU"),
            [(1, State::Operational), (4, State::Outage), (9, State::Operational)],
            "it ends with the first of two good samples in a row"
        );
    }

    #[test]
    fn recovery_needs_two_in_a_row() {
        assert_eq!(changes("UDDUDUDU"), [(1, State::Operational), (2, State::Outage)]);
        assert_eq!(changes("UDDUU"), [(1, State::Operational), (2, State::Outage), (4, State::Operational)]);
    }

    #[test]
    fn slow_answers_are_confirmed_too_and_an_outage_may_end_in_them() {
        assert_eq!(changes("UWUUWU"), [(1, State::Operational)]);
        assert_eq!(changes("UWW"), [(1, State::Operational), (2, State::Degraded)]);
        assert_eq!(changes("UWD"), [(1, State::Operational), (2, State::Degraded)]);
        assert_eq!(changes("UDDWU"), [(1, State::Operational), (2, State::Outage), (4, State::Degraded)]);
        assert_eq!(changes("WUU"), [(1, State::Degraded), (2, State::Operational)]);
    }

    #[test]
    fn what_could_not_be_measured_is_unknown_at_once_and_never_red() {
        assert_eq!(changes("U?"), [(1, State::Operational), (2, State::Unknown)]);
        assert_eq!(changes("U!!!!"), [(1, State::Operational), (2, State::Unknown)]);
        assert_eq!(changes("!"), [(1, State::Unknown)]);
        assert_eq!(changes("U?U"), [(1, State::Operational), (2, State::Unknown), (3, State::Operational)]);
    }

    #[test]
    fn a_first_failure_alone_is_unknown_and_the_second_confirms() {
        assert_eq!(changes("D"), [(1, State::Unknown)]);
        assert_eq!(changes("DD"), [(1, State::Unknown), (1, State::Outage)]);
        assert_eq!(changes("DU"), [(1, State::Unknown), (2, State::Operational)]);
    }

    #[test]
    fn only_the_first_contradiction_asks_again_at_once() {
        let rules = Rules { down: Confirm { needed: 4, of: 5 }, ..RULES };
        let mut confirmed = Confirmed::new();
        let asked: Vec<bool> = (1..)
            .zip("UDDDUD".chars())
            .map(|(number, letter)| confirmed.judge(rules, At(number), class(letter)).reprobe)
            .collect();
        assert_eq!(asked, [false, true, false, false, false, false]);
        assert_eq!(confirmed.state(), State::Outage);
    }

    #[test]
    fn a_late_or_repeated_sample_changes_nothing() {
        let mut confirmed = Confirmed::new();
        judge(&mut confirmed, "UUD");
        let before = confirmed.clone();
        assert_eq!(confirmed.judge(RULES, At(3 * TICK), Class::Down), Judged::default());
        assert_eq!(confirmed.judge(RULES, At(TICK), Class::Down), Judged::default());
        assert_eq!(confirmed, before);
    }

    #[test]
    fn after_silence_it_starts_anew() {
        let mut confirmed = Confirmed::new();
        judge(&mut confirmed, "UUD");
        assert_eq!(confirmed.lapse(At(4 * TICK)), Some(Span { since: At(4 * TICK), state: State::Unknown }));
        assert_eq!(confirmed.lapse(At(5 * TICK)), None);
        assert_eq!(confirmed.judge(RULES, At(50 * TICK), Class::Down), Judged { change: None, reprobe: true });
        let judged = confirmed.judge(RULES, At(51 * TICK), Class::Down);
        assert_eq!(
            judged.change,
            Some(Span { since: At(50 * TICK), state: State::Outage }),
            "the old failure is forgotten"
        );
    }

    #[test]
    fn it_goes_on_where_it_was_left() {
        let span = Span { since: At(TICK), state: State::Operational };
        let mut resumed = Confirmed::resume(Some(span), [(At(TICK), Class::Up), (At(2 * TICK), Class::Down)]);
        let judged = resumed.judge(RULES, At(3 * TICK), Class::Down);
        assert_eq!(judged.change, Some(Span { since: At(2 * TICK), state: State::Outage }));
    }

    #[test]
    fn a_clock_set_back_does_not_freeze_the_state() {
        let mut confirmed = Confirmed::new();
        let hour = 3_600_000;
        confirmed.judge(RULES, At(2 * hour), Class::Up);
        confirmed.judge(RULES, At(hour), Class::Down);
        let judged = confirmed.judge(RULES, At(hour + 1), Class::Down);
        assert_eq!(judged.change, Some(Span { since: At(hour), state: State::Outage }));
    }

    #[test]
    fn blindness_takes_back_what_was_taken_for_granted_and_nothing_that_was_measured() {
        let mut confirmed = Confirmed::new();
        assert_eq!(confirmed.blind(At(5)), None, "nothing is known of it at all");
        judge(&mut confirmed, "UU");
        assert_eq!(confirmed.blind(At(TICK)), Some(Span { since: At(2 * TICK), state: State::Unknown }));
        assert_eq!(confirmed.blind(At(3 * TICK)), None, "once");
        judge(&mut confirmed, "UUU");
        confirmed.lapse(At(5 * TICK));
        let earlier = confirmed.blind(At(4 * TICK));
        assert_eq!(earlier, Some(Span { since: At(4 * TICK), state: State::Unknown }), "it began earlier");
    }

    #[test]
    fn senseless_rules_still_end() {
        let rules = Rules { down: Confirm { needed: 9, of: 0 }, up: Confirm { needed: 0, of: 0 } };
        let mut confirmed = Confirmed::new();
        confirmed.judge(rules, At(1), Class::Up);
        assert!(confirmed.judge(rules, At(2), Class::Down).change.is_some());
        assert!(confirmed.judge(rules, At(3), Class::Up).change.is_some());
    }
}
