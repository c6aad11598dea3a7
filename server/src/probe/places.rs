//! Places for probes under way: pure, with time as an argument.
//!
//! Most probes end within a moment; what hangs does so for its whole time limit. Whoever has hung for a while gives
//! its place to others and stands aside, so that hundreds of dead targets do not hold up the healthy ones.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::time::{Duration, Instant};

/// A probe that lasts longer hangs.
const MOMENT: Duration = Duration::from_secs(1);

/// Who holds a place, by a key that is never used again.
#[derive(Debug)]
pub(super) struct Places<K> {
    /// Probes that may run at once, those left out that stand aside.
    most: usize,
    /// Probes that may stand aside.
    most_aside: usize,
    /// Whether the probe stands aside.
    held: HashMap<K, bool>,
    aside: usize,
    /// Starts of those that did not stand aside when it was looked last; may name some that have ended.
    begun: VecDeque<(Instant, K)>,
}

impl<K: Copy + Eq + Hash> Places<K> {
    pub(super) fn new(most: usize, most_aside: usize) -> Self {
        Self { most, most_aside, held: HashMap::new(), aside: 0, begun: VecDeque::new() }
    }

    /// Whether another probe may begin.
    pub(super) fn has_room(&mut self, now: Instant) -> bool {
        while let Some((begun, key)) = self.begun.front() {
            match self.held.get_mut(key) {
                None => {}
                Some(aside) if *begun + MOMENT <= now && self.aside < self.most_aside => {
                    *aside = true;
                    self.aside += 1;
                }
                Some(_) => break,
            }
            self.begun.pop_front();
        }
        self.held.len() - self.aside < self.most
    }

    /// When there may be room although no probe ends; `None` if only an end makes room.
    pub(super) fn frees_at(&self) -> Option<Instant> {
        let (begun, _) = self.begun.front().filter(|_| self.aside < self.most_aside)?;
        Some(*begun + MOMENT)
    }

    pub(super) fn take(&mut self, key: K, now: Instant) {
        self.held.insert(key, false);
        self.begun.push_back((now, key));
    }

    pub(super) fn leave(&mut self, key: K) {
        if self.held.remove(&key) == Some(true) {
            self.aside -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hangs_stands_aside() {
        let start = Instant::now();
        let mut places = Places::new(2, 3);
        for key in 0..2 {
            assert!(places.has_room(start));
            places.take(key, start);
        }
        assert!(!places.has_room(start));
        assert_eq!(places.frees_at(), Some(start + MOMENT));

        let later = start + MOMENT;
        assert!(places.has_room(later), "both hang by now");
        places.take(2, later);
        places.take(3, later);
        let latest = later + MOMENT;
        assert!(places.has_room(latest));
        places.take(4, latest);
        assert!(!places.has_room(latest + MOMENT), "three stand aside, which is all that may");
        assert_eq!(places.frees_at(), None);

        places.leave(0);
        assert!(places.has_room(latest + MOMENT), "its place aside is free for the next");
        places.leave(4);
        assert!(places.has_room(latest + MOMENT));
    }
}
