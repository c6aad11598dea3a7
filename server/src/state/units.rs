//! Restarting a listed unit: exact name, typed confirmation, password again, audit line first.

use super::{Gatewatch, unavailable};
use crate::auth::{AdminProof, AuthError};
use crate::clock;
use crate::storage::AuditRow;
use crate::unitguard::{UnitError, UnitStatus};
use app::backend::{Password, Restarted, UnitView};
use app::model::{ActionError, At};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Least time between two restarts of one unit.
const REST: Duration = Duration::from_mins(1);
/// The span in which a unit may be restarted a few times.
const SPAN: Duration = Duration::from_hours(1);
/// Restarts of one unit within the span.
const MOST: usize = 3;

/// When which unit was restarted lately. Only listed names get in, so it stays small.
#[derive(Debug, Default)]
pub(super) struct Restarts(Mutex<HashMap<String, Vec<At>>>);

impl Restarts {
    /// Counts a restart, or says how long to wait.
    fn begin(&self, unit: &str, now: At) -> Result<(), Duration> {
        let mut restarts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let times = restarts.entry(unit.to_owned()).or_default();
        times.retain(|at| *at + SPAN > now);
        let rested = times.last().map(|last| *last + REST);
        let spanned = times.first().filter(|_| times.len() >= MOST).map(|first| *first + SPAN);
        if let Some(free) = rested.max(spanned).filter(|free| *free > now) {
            return Err(Duration::from_millis(free.since(now).unsigned_abs()));
        }
        times.push(now);
        Ok(())
    }
}

impl Gatewatch {
    /// The listed units with their state, or why they cannot be restarted from here.
    pub async fn units(&self) -> Vec<UnitView> {
        let units = self.live().units.clone();
        let mut views = Vec::new();
        for name in units.listed() {
            let forbidden = units.may_restart(name).err().map(|error| error.to_string());
            let view = match units.status(name).await {
                Ok(status) => UnitView { name: name.clone(), state: Some(in_words(&status)), obstacle: forbidden },
                Err(obstacle) => {
                    let by_hand = format!("{}; by hand: sudo systemctl restart {name}", obstacle.reason);
                    UnitView { name: name.clone(), state: None, obstacle: Some(forbidden.unwrap_or(by_hand)) }
                }
            };
            views.push(view);
        }
        views
    }

    /// Restarts a listed unit. `typed` must equal its exact name; the password is asked again; the
    /// audit line is on disk before systemd is asked, and a second one says how it went.
    pub async fn restart_unit(
        &self,
        admin: &AdminProof,
        unit: &str,
        typed: &str,
        password: &Password,
    ) -> Result<Restarted, ActionError> {
        let units = self.live().units.clone();
        units.may_restart(unit).map_err(|error| ActionError::Refused { reason: error.to_string() })?;
        if typed != unit {
            let problem = format!("type the unit's exact name, {unit}, to confirm");
            return Err(ActionError::Invalid { field: "Confirmation".to_owned(), problem });
        }
        let now = clock::now();
        let verified = self.auth.verify_again(admin, password, now).await;
        verified.map_err(|error: AuthError| {
            error.into_action().unwrap_or_else(|error| unavailable("asking the password again", error))
        })?;
        self.restarts.begin(unit, now).map_err(|wait| ActionError::Refused {
            reason: format!(
                "{unit} was restarted lately; at most once a minute and {MOST} times an hour. Wait {} seconds.",
                wait.as_secs().max(1)
            ),
        })?;
        self.audit(admin, "unit-restart", unit.to_owned()).await?;
        let restarted = match units.restart(unit).await {
            Ok(restarted) => restarted,
            Err(error) => {
                self.audit(admin, "unit-restart-failed", format!("{unit}: {error}")).await?;
                return Err(refused(unit, &error));
            }
        };
        let (before, after) = (in_words(&restarted.before), in_words(&restarted.after));
        tracing::info!(unit, by = admin.admin().name, before, after, "a unit was restarted");
        self.audit(admin, "unit-restarted", format!("{unit}: {before} before, {after} after")).await?;
        Ok(Restarted { unit: unit.to_owned(), before, after })
    }

    async fn audit(&self, admin: &AdminProof, action: &str, detail: String) -> Result<(), ActionError> {
        let row = AuditRow { at: clock::now(), who: admin.admin().name.clone(), action: action.to_owned(), detail };
        self.storage.audit(row).await.map_err(|error| unavailable("writing an audit line", error))
    }
}

fn refused(unit: &str, error: &UnitError) -> ActionError {
    ActionError::Refused {
        reason: format!("{unit} was not restarted: {error}. By hand: sudo systemctl restart {unit}"),
    }
}

/// `active (running)`, as systemctl says it.
fn in_words(status: &UnitStatus) -> String {
    format!("{} ({})", status.active_state, status.sub_state)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_rests_a_minute_and_an_hour_after_three() {
        let restarts = Restarts::default();
        let minute = |count: i64| At(count * 60_000);
        assert_eq!(restarts.begin("a.service", minute(0)), Ok(()));
        assert_eq!(restarts.begin("a.service", minute(0) + Duration::from_secs(20)), Err(Duration::from_secs(40)));
        assert_eq!(restarts.begin("b.service", minute(0)), Ok(()), "each unit has its own");
        assert_eq!(restarts.begin("a.service", minute(1)), Ok(()));
        assert_eq!(restarts.begin("a.service", minute(2)), Ok(()));
        assert_eq!(restarts.begin("a.service", minute(3)), Err(Duration::from_mins(57)));
        assert_eq!(restarts.begin("a.service", minute(60)), Ok(()));
    }
}
