//! Messages that wait to be sent, and what each listener was told last.

use super::codes::{Numbered, get, narrow, parse};
use super::{Storage, StorageError};
use crate::alerts::{About, News, rule};
use app::model::{AlertId, At, ComponentSlug, State};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

/// Characters of a problem that are kept.
const MAX_PROBLEM: usize = 400;
/// Messages of one listener that are looked at for the next to leave.
const MOST_WAITING: u32 = 500;

/// A message that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its id, the same for every attempt.
    pub id: String,
    /// For whom.
    pub listener: AlertId,
    /// Of which component.
    pub component: ComponentSlug,
    /// The state that it tells.
    pub state: State,
    /// Since when that holds.
    pub since: At,
    /// When it was confirmed.
    pub at: At,
    /// Attempts that failed.
    pub attempts: u32,
    /// When it is tried next.
    pub due_at: At,
    /// What else it tells.
    pub about: About,
}

/// How it goes with one listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenerState {
    /// Which.
    pub listener: AlertId,
    /// Messages that wait.
    pub waiting: u32,
    /// When the oldest of them was confirmed.
    pub oldest: Option<At>,
    /// Why its last attempt failed.
    pub problem: Option<String>,
    /// When the last message left.
    pub last_sent: Option<At>,
    /// Messages of the last days that were given up.
    pub given_up: u32,
}

fn waiting(row: &SqliteRow) -> Result<Waiting, StorageError> {
    let about: &str = get(row, "about")?;
    Ok(Waiting {
        id: get(row, "id")?,
        listener: parse(row, "channel")?,
        component: parse(row, "component")?,
        state: State::of(get(row, "state")?, "outbox.state")?,
        since: At(get(row, "since")?),
        at: At(get(row, "at")?),
        attempts: narrow(row, "attempts")?,
        due_at: At(get(row, "due_at")?),
        about: serde_json::from_str(about)
            .map_err(|error| StorageError::Corrupt { place: "outbox.about", problem: error.to_string() })?,
    })
}

/// Takes news into the outbox if they are some to their listener. Taking them twice changes nothing.
pub(super) async fn take(connection: &mut SqliteConnection, news: &News) -> Result<(), StorageError> {
    let turn = &news.turn;
    let told = sqlx::query("SELECT state, since FROM alerts_told WHERE channel = ? AND component = ?")
        .bind(news.listener.as_str())
        .bind(turn.component.as_str())
        .fetch_optional(&mut *connection)
        .await?;
    let (before, before_since) = match &told {
        Some(row) => (State::of(get(row, "state")?, "alerts_told.state")?, Some(At(get(row, "since")?))),
        None => (State::Operational, None),
    };
    let Some(state) = rule::to_tell(before, turn.state, news.degraded) else { return Ok(()) };
    let about = About {
        name: turn.name.clone(),
        monitor: turn.monitor.clone(),
        fault: turn.fault.clone(),
        before,
        before_since,
        removed: false,
        unstable: turn.unstable.filter(|_| state != State::Operational),
    };
    let about = serde_json::to_string(&about).map_err(|error| StorageError::NotWritten(error.to_string()))?;
    sqlx::query(
        "INSERT INTO outbox (id, channel, component, state, since, at, about, due_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?6) ON CONFLICT DO NOTHING",
    )
    .bind(&news.id)
    .bind(news.listener.as_str())
    .bind(turn.component.as_str())
    .bind(state.number())
    .bind(turn.since.0)
    .bind(news.at.0)
    .bind(about)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT INTO alerts_told (channel, component, state, since) VALUES (?, ?, ?, ?)
         ON CONFLICT (channel, component) DO UPDATE SET state = excluded.state, since = excluded.since",
    )
    .bind(news.listener.as_str())
    .bind(turn.component.as_str())
    .bind(state.number())
    .bind(turn.since.0)
    .execute(connection)
    .await?;
    Ok(())
}

impl Storage {
    /// Waits until something new is in the outbox. Cancel safe.
    pub(crate) async fn outbox_changed(&self) {
        self.inner.outbox.notified().await;
    }

    /// What waits for each listener, of very much the oldest, in order.
    pub async fn outbox_waiting(&self) -> Result<Vec<Waiting>, StorageError> {
        self.read(async {
            let rows = sqlx::query(
                "SELECT id, channel, component, state, since, at, about, attempts, due_at FROM
                    (SELECT *, row_number() OVER (PARTITION BY channel ORDER BY key) AS place FROM outbox
                     WHERE done_at IS NULL)
                 WHERE place <= ? ORDER BY channel, key",
            )
            .bind(MOST_WAITING)
            .fetch_all(self.readers())
            .await?;
            rows.iter().map(waiting).collect()
        })
        .await
    }

    /// A message has left.
    pub async fn mark_sent(&self, id: String, at: At) -> Result<(), StorageError> {
        self.end(id, true, None, at).await
    }

    /// A message will not leave.
    pub async fn give_up(&self, id: String, problem: String, at: At) -> Result<(), StorageError> {
        self.end(id, false, Some(problem), at).await
    }

    async fn end(&self, id: String, sent: bool, problem: Option<String>, at: At) -> Result<(), StorageError> {
        let problem = problem.map(short);
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query(
                        "UPDATE outbox SET done_at = ?2, sent = ?3, problem = ?4 WHERE id = ?1 AND done_at IS NULL",
                    )
                    .bind(id)
                    .bind(at.0)
                    .bind(sent)
                    .bind(problem)
                    .execute(connection)
                    .await?;
                    Ok(())
                })
            })
            .await
    }

    /// A message did not leave and is tried again at `due`.
    pub async fn put_off(&self, id: String, problem: String, attempts: u32, due: At) -> Result<(), StorageError> {
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query("UPDATE outbox SET problem = ?2, attempts = ?3, due_at = ?4 WHERE id = ?1")
                        .bind(id)
                        .bind(short(problem))
                        .bind(i64::from(attempts))
                        .bind(due.0)
                        .execute(connection)
                        .await?;
                    Ok(())
                })
            })
            .await
    }

    /// Makes all that waits due now, gives up what waits for listeners other than `known`, and tells these of the end
    /// of their alarm about components of which they hear no more.
    pub async fn hurry_outbox(&self, hears: Vec<(AlertId, Vec<ComponentSlug>)>, now: At) -> Result<(), StorageError> {
        let known: Vec<&AlertId> = hears.iter().map(|(listener, _)| listener).collect();
        let known = serde_json::to_string(&known).map_err(|error| StorageError::NotWritten(error.to_string()))?;
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query(
                        "UPDATE outbox SET done_at = ?1, sent = 0, problem = 'the alert is no longer in the configuration'
                         WHERE done_at IS NULL AND channel NOT IN (SELECT value FROM json_each(?2))",
                    )
                    .bind(now.0)
                    .bind(&known)
                    .execute(&mut *connection)
                    .await?;
                    sqlx::query("UPDATE outbox SET due_at = ?1 WHERE done_at IS NULL AND due_at > ?1")
                        .bind(now.0)
                        .execute(&mut *connection)
                        .await?;
                    // A listener that comes back later begins anew.
                    sqlx::query("DELETE FROM alerts_told WHERE channel NOT IN (SELECT value FROM json_each(?))")
                        .bind(known)
                        .execute(&mut *connection)
                        .await?;
                    for (listener, components) in hears {
                        tell_of_removed(connection, &listener, &components, now).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Removes what was done before `before`.
    pub async fn sweep_outbox(&self, before: At) -> Result<(), StorageError> {
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query("DELETE FROM outbox WHERE done_at < ?").bind(before.0).execute(connection).await?;
                    Ok(())
                })
            })
            .await
    }

    /// How it goes with each listener that ever had a message.
    pub async fn listener_states(&self) -> Result<Vec<ListenerState>, StorageError> {
        self.read(async {
            let rows = sqlx::query(
                "SELECT channel,
                        count(*) FILTER (WHERE done_at IS NULL) AS waiting,
                        min(at) FILTER (WHERE done_at IS NULL) AS oldest,
                        max(problem) FILTER (WHERE done_at IS NULL) AS problem,
                        max(done_at) FILTER (WHERE sent = 1) AS last_sent,
                        count(*) FILTER (WHERE sent = 0) AS given_up
                 FROM outbox GROUP BY channel ORDER BY channel",
            )
            .fetch_all(self.readers())
            .await?;
            rows.iter()
                .map(|row| {
                    Ok(ListenerState {
                        listener: parse(row, "channel")?,
                        waiting: narrow(row, "waiting")?,
                        oldest: get::<Option<i64>>(row, "oldest")?.map(At),
                        problem: get(row, "problem")?,
                        last_sent: get::<Option<i64>>(row, "last_sent")?.map(At),
                        given_up: narrow(row, "given_up")?,
                    })
                })
                .collect()
        })
        .await
    }
}

/// A listener that was told of a trouble whose end it could not hear of any more is told just that.
async fn tell_of_removed(
    connection: &mut SqliteConnection,
    listener: &AlertId,
    components: &[ComponentSlug],
    now: At,
) -> Result<(), StorageError> {
    let told = sqlx::query(
        "SELECT t.component, t.state, t.since,
                (SELECT json_extract(o.about, '$.name') FROM outbox o
                 WHERE o.channel = t.channel AND o.component = t.component ORDER BY o.key DESC LIMIT 1) AS name
         FROM alerts_told t WHERE t.channel = ?",
    )
    .bind(listener.as_str())
    .fetch_all(&mut *connection)
    .await?;
    for row in &told {
        let component: ComponentSlug = parse(row, "component")?;
        if components.contains(&component) {
            continue;
        }
        let before = State::of(get(row, "state")?, "alerts_told.state")?;
        if before != State::Operational {
            let name: Option<String> = get(row, "name")?;
            let about = About {
                name: name.unwrap_or_else(|| component.to_string()),
                monitor: None,
                fault: None,
                before,
                before_since: Some(At(get(row, "since")?)),
                removed: true,
                unstable: None,
            };
            let about = serde_json::to_string(&about).map_err(|error| StorageError::NotWritten(error.to_string()))?;
            sqlx::query(
                "INSERT INTO outbox (id, channel, component, state, since, at, about, due_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?5) ON CONFLICT DO NOTHING",
            )
            .bind(crate::ids::random_text(16)?)
            .bind(listener.as_str())
            .bind(component.as_str())
            .bind(State::Unknown.number())
            .bind(now.0)
            .bind(about)
            .execute(&mut *connection)
            .await?;
        }
        sqlx::query("DELETE FROM alerts_told WHERE channel = ? AND component = ?")
            .bind(listener.as_str())
            .bind(component.as_str())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

fn short(problem: String) -> String {
    problem.chars().take(MAX_PROBLEM).collect()
}
