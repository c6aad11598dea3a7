//! What visitors may know of announced work.

use super::{Core, State};
use crate::status::windows::{Planned, Window};
use app::model::{At, ComponentSlug, Maintenance, MonitorId};
use std::time::Duration;

/// Announced work stands on the page this long before it begins.
const AHEAD: Duration = Duration::from_hours(14 * 24);
/// Windows of the calendar, of all plans.
const MOST_WINDOWS: usize = 200;

impl Core {
    /// Announced work on public components: what is on, and what comes within [`AHEAD`]; the earliest first.
    pub fn announced(&self, now: At) -> Vec<Maintenance> {
        let soon = |window: &Window| window.from < now + AHEAD && now < window.until;
        let next = self.planned.iter().filter_map(|planned| Some((planned, planned.next().filter(soon)?)));
        self.notices(next)
    }

    /// Every window of announced work on public components that the calendar holds, the earliest first. Of those that
    /// are over only such as were kept to: a plan that was written down afterwards announced nothing.
    pub fn calendar(&self, now: At) -> Vec<Maintenance> {
        let all =
            self.planned.iter().flat_map(|planned| planned.calendar().iter().map(move |window| (planned, *window)));
        let mut all =
            self.notices(all.filter(|(planned, window)| now < window.until || self.was_kept(planned, *window)));
        all.truncate(MOST_WINDOWS);
        all
    }

    fn notices<'a>(&'a self, windows: impl Iterator<Item = (&'a Planned, Window)>) -> Vec<Maintenance> {
        let mut all: Vec<Maintenance> = windows.filter_map(|(planned, window)| self.notice(planned, window)).collect();
        all.sort_by(|one, other| (one.from, &one.id).cmp(&(other.from, &other.id)));
        all
    }

    fn notice(&self, planned: &Planned, window: Window) -> Option<Maintenance> {
        let maintenance = &planned.maintenance;
        let public = self.components.iter().map(|shown| &shown.component).filter(|component| component.public);
        let hit = public.filter(|component| component.monitors.iter().any(|id| self.is_hit(planned, id)));
        let components: Vec<ComponentSlug> = hit.map(|component| component.slug.clone()).collect();
        (!components.is_empty()).then(|| Maintenance {
            id: maintenance.id.clone(),
            title: maintenance.title.clone(),
            about: maintenance.about.clone(),
            components,
            from: window.from,
            until: window.until,
        })
    }

    fn is_hit(&self, planned: &Planned, id: &MonitorId) -> bool {
        planned.maintenance.monitors.contains(id)
            && self.monitors.get(id).is_some_and(|live| live.watched.monitor.public)
    }

    /// Whether the history of a monitor that visitors may know of says so.
    fn was_kept(&self, planned: &Planned, window: Window) -> bool {
        let last = At(window.until.0.saturating_sub(1));
        self.monitors.iter().filter(|(id, _)| self.is_hit(planned, id)).any(|(_, live)| {
            [window.from, last].iter().any(|moment| live.history.at(*moment) == Some(State::Maintenance))
        })
    }
}
