//! What subscribers are to be told, kept until it was delivered.

use super::{SubscriptionKey, slugs};
use crate::storage::codes::{get, narrow, parse};
use crate::storage::{Storage, StorageError};
use app::model::subscription::Occasion;
use app::model::{At, Channel, ComponentSlug, Incident, IncidentId, Update, UpdateId};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

/// Characters of a problem that are kept.
const MAX_PROBLEM: usize = 400;

/// What a message is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Somebody asked for it: is it wanted?
    Confirm,
    /// Somebody asked again: the link to what there is.
    Manage,
    /// A note of an incident.
    Note(UpdateId),
    /// A window of announced work, as JSON.
    Maintenance(String),
}

/// A message that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id, the same for every attempt.
    pub id: String,
    /// For whom.
    pub subscription: SubscriptionKey,
    /// On which way.
    pub channel: Channel,
    /// Where to.
    pub target: String,
    /// What the subscription covers; everything where empty.
    pub components: Vec<ComponentSlug>,
    /// What it tells.
    pub what: What,
    /// When it was written.
    pub at: At,
    /// Attempts that failed.
    pub attempts: u32,
}

fn message(row: &SqliteRow) -> Result<Message, StorageError> {
    let what = match parse::<Occasion>(row, "what")? {
        Occasion::Confirm => What::Confirm,
        Occasion::Manage => What::Manage,
        Occasion::Note => What::Note(parse(row, "update_id")?),
        Occasion::Maintenance => What::Maintenance(get(row, "about")?),
    };
    Ok(Message {
        id: get(row, "id")?,
        subscription: SubscriptionKey(get(row, "subscription")?),
        channel: parse(row, "channel")?,
        target: get(row, "target")?,
        components: slugs(get(row, "components")?)?,
        what,
        at: At(get(row, "at")?),
        attempts: narrow(row, "attempts")?,
    })
}

/// Writes a note for everybody whom it concerns, in the note's own transaction.
pub(in crate::storage) async fn tell(
    connection: &mut SqliteConnection,
    incident: &IncidentId,
    update: &UpdateId,
    now: At,
) -> Result<(), StorageError> {
    sqlx::query(
        "INSERT INTO subscription_outbox (id, subscription, what, update_id, at, due_at)
         SELECT lower(hex(randomblob(8))), s.key, 'note', ?1, ?3, ?3 FROM subscriptions s
         WHERE s.confirmed_at IS NOT NULL
           AND (NOT EXISTS (SELECT 1 FROM subscription_components c WHERE c.subscription = s.key)
                OR EXISTS (SELECT 1 FROM subscription_components c JOIN incident_components i USING (component)
                           WHERE c.subscription = s.key AND i.incident = ?2))",
    )
    .bind(update.as_str())
    .bind(incident.as_str())
    .bind(now.0)
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes a message for one, unless the same waits already.
pub(super) async fn to_one(
    connection: &mut SqliteConnection,
    key: i64,
    what: Occasion,
    now: At,
) -> Result<(), StorageError> {
    let id = crate::ids::random_text(16)?;
    sqlx::query(
        "INSERT INTO subscription_outbox (id, subscription, what, at, due_at) SELECT ?1, ?2, ?3, ?4, ?4
         WHERE NOT EXISTS (SELECT 1 FROM subscription_outbox WHERE subscription = ?2 AND what = ?3)",
    )
    .bind(id)
    .bind(key)
    .bind(what.as_str())
    .bind(now.0)
    .execute(connection)
    .await?;
    Ok(())
}

impl Storage {
    /// Waits until something new is to be told to subscribers. Cancel safe.
    pub(crate) async fn subscribers_changed(&self) {
        self.inner.subscribers.notified().await;
    }

    /// Something new may be to be told.
    pub(in crate::storage) fn wake_for_subscribers(&self) {
        self.inner.subscribers.notify_one();
    }

    /// The oldest message of each subscription of a channel that has one due, the longest due first.
    pub async fn due_messages(&self, channel: Channel, now: At, most: u32) -> Result<Vec<Message>, StorageError> {
        self.read(async {
            let rows = sqlx::query(
                "SELECT o.id, o.subscription, o.what, o.update_id, o.about, o.at, o.attempts, s.channel, s.target,
                        (SELECT json_group_array(component) FROM subscription_components WHERE subscription = s.key)
                            AS components
                 FROM subscription_outbox o JOIN subscriptions s ON s.key = o.subscription
                 WHERE o.due_at <= ?1 AND s.channel = ?2
                   AND o.key = (SELECT min(key) FROM subscription_outbox WHERE subscription = o.subscription)
                 ORDER BY o.due_at, o.key LIMIT ?3",
            )
            .bind(now.0)
            .bind(channel.as_str())
            .bind(most)
            .fetch_all(self.readers())
            .await?;
            rows.iter().map(message).collect()
        })
        .await
    }

    /// When the next message of a channel becomes due after `now`.
    pub async fn next_message(&self, channel: Channel, now: At) -> Result<Option<At>, StorageError> {
        self.read(async {
            let due: Option<i64> = sqlx::query_scalar(
                "SELECT min(o.due_at) FROM subscription_outbox o JOIN subscriptions s ON s.key = o.subscription
                 WHERE o.due_at > ?1 AND s.channel = ?2
                   AND o.key = (SELECT min(key) FROM subscription_outbox WHERE subscription = o.subscription)",
            )
            .bind(now.0)
            .bind(channel.as_str())
            .fetch_one(self.readers())
            .await?;
            Ok(due.map(At))
        })
        .await
    }

    /// A note as visitors see it, with its incident; `None` once either was withdrawn.
    pub async fn note_to_tell(&self, id: &UpdateId) -> Result<Option<(Incident, Update)>, StorageError> {
        let incident = self
            .read(async {
                let incident: Option<String> = sqlx::query_scalar("SELECT incident FROM updates WHERE id = ?")
                    .bind(id.as_str())
                    .fetch_optional(self.readers())
                    .await?;
                Ok(incident.and_then(|incident| incident.parse::<IncidentId>().ok()))
            })
            .await?;
        let Some(incident) = incident else { return Ok(None) };
        let Some(incident) = self.public_incident(&incident).await? else { return Ok(None) };
        let update = incident.updates.iter().find(|update| update.id == *id).cloned();
        Ok(update.map(|update| (incident, update)))
    }

    /// A message has left, or nobody wants it any more.
    pub async fn drop_message(&self, id: String) -> Result<(), StorageError> {
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query("DELETE FROM subscription_outbox WHERE id = ?").bind(id).execute(connection).await?;
                    Ok(())
                })
            })
            .await
    }

    /// A message did not leave and is tried again at `due`.
    pub async fn put_off_message(
        &self,
        id: String,
        problem: String,
        attempts: u32,
        due: At,
    ) -> Result<(), StorageError> {
        let problem: String = problem.chars().take(MAX_PROBLEM).collect();
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query(
                        "UPDATE subscription_outbox SET problem = ?2, attempts = ?3, due_at = ?4 WHERE id = ?1",
                    )
                    .bind(id)
                    .bind(problem)
                    .bind(i64::from(attempts))
                    .bind(due.0)
                    .execute(connection)
                    .await?;
                    Ok(())
                })
            })
            .await
    }

    /// Makes all that waits due now.
    pub async fn hurry_messages(&self, now: At) -> Result<(), StorageError> {
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query("UPDATE subscription_outbox SET due_at = ?1 WHERE due_at > ?1")
                        .bind(now.0)
                        .execute(connection)
                        .await?;
                    Ok(())
                })
            })
            .await
    }

    /// Writes a window of announced work for everybody whom it concerns, once.
    pub async fn tell_of_window(
        &self,
        plan: String,
        begins: At,
        components: Vec<ComponentSlug>,
        about: String,
        now: At,
    ) -> Result<(), StorageError> {
        let components =
            serde_json::to_string(&components).map_err(|error| StorageError::NotWritten(error.to_string()))?;
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    let fresh = sqlx::query(
                        "INSERT INTO subscription_windows (plan, begins_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
                    )
                    .bind(plan)
                    .bind(begins.0)
                    .execute(&mut *connection)
                    .await?;
                    if fresh.rows_affected() == 0 {
                        return Ok(());
                    }
                    sqlx::query(
                        "INSERT INTO subscription_outbox (id, subscription, what, about, at, due_at)
                         SELECT lower(hex(randomblob(8))), s.key, 'maintenance', ?1, ?3, ?3 FROM subscriptions s
                         WHERE s.confirmed_at IS NOT NULL
                           AND (NOT EXISTS (SELECT 1 FROM subscription_components c WHERE c.subscription = s.key)
                                OR EXISTS (SELECT 1 FROM subscription_components c
                                           WHERE c.subscription = s.key
                                             AND c.component IN (SELECT value FROM json_each(?2))))",
                    )
                    .bind(about)
                    .bind(components)
                    .bind(now.0)
                    .execute(connection)
                    .await?;
                    Ok(())
                })
            })
            .await
    }
}
