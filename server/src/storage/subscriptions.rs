//! Visitors who are told: who they are, and by which tokens they are known.
//!
//! Tokens are stored as hashes alone. Each message gets one of its own, so that no key from which all of them could
//! be computed has to be kept anywhere.

mod outbox;

pub(super) use outbox::tell;
pub use outbox::{Message, What};

use super::codes::{get, parse};
use super::{Storage, StorageError, TokenHash};
use app::model::subscription::Occasion;
use app::model::{At, Channel, ComponentSlug, Subscription};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};
use std::time::Duration;

/// Subscriptions in all; as many letters go out for one note.
pub(super) const MAX_ALL: i64 = 20_000;
/// Unconfirmed ones in all.
pub(super) const MAX_PENDING: i64 = 500;
/// How long an unconfirmed one is kept.
pub(super) const PENDING_FOR: Duration = Duration::from_hours(48);
/// Messages that strangers can bring upon one target in a day.
pub(super) const ASKS_A_DAY: i64 = 3;
/// How long nobody can ask for messages to somebody who did not want them.
pub(super) const CLOSED_FOR: Duration = Duration::from_hours(30 * 24);
/// How long the link of a message holds; a fresh one comes to whoever asks at the form.
pub(super) const TOKEN_LIFE: Duration = Duration::from_hours(180 * 24);
const DAY: Duration = Duration::from_hours(24);

/// Which subscription, inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubscriptionKey(pub(super) i64);

/// SHA-256 of a target in the form in which its limits are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TargetMark(pub [u8; 32]);

/// Somebody's wish to be told; perhaps not the owner's of the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// On which way.
    pub channel: Channel,
    /// The e-mail address or URL.
    pub target: String,
    /// What its limits are counted by.
    pub mark: TargetMark,
    /// Of these components; of everything where empty.
    pub components: Vec<ComponentSlug>,
}

/// What came of it, as far as whoever asked may know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// It was looked at. Whether anything follows is told to the target alone.
    Taken,
    /// Nobody can subscribe at present.
    Full,
}

/// How many there are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SubscriptionCounts {
    /// Confirmed ones.
    pub confirmed: u32,
    /// Unconfirmed ones.
    pub pending: u32,
    /// Messages that wait.
    pub waiting: u32,
    /// When the oldest of them was written.
    pub oldest: Option<At>,
    /// Why one of them did not leave.
    pub problem: Option<String>,
}

/// A JSON list of ids.
pub(super) fn slugs(list: &str) -> Result<Vec<ComponentSlug>, StorageError> {
    serde_json::from_str(list).map_err(|error| StorageError::Corrupt {
        place: "subscription_components.component",
        problem: error.to_string(),
    })
}

fn subscription(row: &SqliteRow) -> Result<Subscription, StorageError> {
    Ok(Subscription {
        channel: parse(row, "channel")?,
        target: get(row, "target")?,
        components: slugs(get(row, "components")?)?,
        confirmed: get::<Option<i64>>(row, "confirmed_at")?.is_some(),
    })
}

/// Counts the wish; true if the target may be written to on account of it.
async fn may_write(connection: &mut SqliteConnection, mark: &TargetMark, now: At) -> Result<bool, StorageError> {
    let row = sqlx::query(
        "INSERT INTO subscription_asks (mark, since, count, last_at) VALUES (?1, ?2, 1, ?2)
         ON CONFLICT (mark) DO UPDATE SET
            count = CASE WHEN since <= ?3 THEN 1 ELSE count + 1 END,
            since = CASE WHEN since <= ?3 THEN ?2 ELSE since END,
            last_at = ?2
         RETURNING count, closed_until",
    )
    .bind(mark.0.to_vec())
    .bind(now.0)
    .bind((now - DAY).0)
    .fetch_one(connection)
    .await?;
    Ok(row.try_get::<i64, _>("count")? <= ASKS_A_DAY && row.try_get::<i64, _>("closed_until")? <= now.0)
}

async fn insert(connection: &mut SqliteConnection, ask: &Ask, now: At) -> Result<i64, StorageError> {
    let key = sqlx::query_scalar(
        "INSERT INTO subscriptions (channel, target, mark, created_at) VALUES (?, ?, ?, ?) RETURNING key",
    )
    .bind(ask.channel.as_str())
    .bind(&ask.target)
    .bind(ask.mark.0.to_vec())
    .bind(now.0)
    .fetch_one(connection)
    .await?;
    Ok(key)
}

async fn set_components(
    connection: &mut SqliteConnection,
    key: i64,
    components: &[ComponentSlug],
) -> Result<(), StorageError> {
    sqlx::query("DELETE FROM subscription_components WHERE subscription = ?")
        .bind(key)
        .execute(&mut *connection)
        .await?;
    for component in components {
        sqlx::query("INSERT OR IGNORE INTO subscription_components (subscription, component) VALUES (?, ?)")
            .bind(key)
            .bind(component.as_str())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Whose token it is.
async fn owner(connection: &mut SqliteConnection, token: TokenHash, now: At) -> Result<i64, StorageError> {
    let key = sqlx::query_scalar("SELECT subscription FROM subscription_tokens WHERE hash = ? AND created_at > ?")
        .bind(token.0.to_vec())
        .bind((now - TOKEN_LIFE).0)
        .fetch_optional(connection)
        .await?;
    key.ok_or(StorageError::NotFound("subscription"))
}

async fn mark_confirmed(connection: &mut SqliteConnection, key: i64, now: At) -> Result<(), StorageError> {
    sqlx::query("UPDATE subscriptions SET confirmed_at = coalesce(confirmed_at, ?2) WHERE key = ?1")
        .bind(key)
        .bind(now.0)
        .execute(&mut *connection)
        .await?;
    sqlx::query("DELETE FROM subscription_outbox WHERE subscription = ? AND what = 'confirm'")
        .bind(key)
        .execute(connection)
        .await?;
    Ok(())
}

impl Storage {
    /// Takes somebody's wish: what is new waits for its confirmation, what is known gets a fresh link. Each wish
    /// writes, so that how long it takes tells nothing.
    pub async fn ask_to_be_told(&self, ask: Ask, now: At) -> Result<Asked, StorageError> {
        let asked = self.writer().write(move |connection| {
            Box::pin(async move {
                let counts = sqlx::query(
                    "SELECT count(*) AS n, count(*) FILTER (WHERE confirmed_at IS NULL) AS pending FROM subscriptions",
                )
                .fetch_one(&mut *connection)
                .await?;
                if counts.try_get::<i64, _>("n")? >= MAX_ALL || counts.try_get::<i64, _>("pending")? >= MAX_PENDING {
                    return Ok(Asked::Full);
                }
                if !may_write(connection, &ask.mark, now).await? {
                    return Ok(Asked::Taken);
                }
                let known = sqlx::query("SELECT key, confirmed_at FROM subscriptions WHERE channel = ? AND target = ?")
                    .bind(ask.channel.as_str())
                    .bind(&ask.target)
                    .fetch_optional(&mut *connection)
                    .await?;
                let known = known.map(|row| Ok::<_, StorageError>((get(&row, "key")?, get(&row, "confirmed_at")?)));
                let (key, what) = match known.transpose()? {
                    // What its owner confirmed, only the owner changes.
                    Some((key, Some(0_i64..))) => (key, Occasion::Manage),
                    Some((key, _)) => (key, Occasion::Confirm),
                    None => (insert(connection, &ask, now).await?, Occasion::Confirm),
                };
                if what == Occasion::Confirm {
                    set_components(connection, key, &ask.components).await?;
                }
                outbox::to_one(connection, key, what, now).await?;
                Ok(Asked::Taken)
            })
        });
        let asked = asked.await?;
        self.inner.subscribers.notify_one();
        Ok(asked)
    }

    /// The subscription of a token that still holds.
    pub async fn subscription(&self, token: TokenHash, now: At) -> Result<Option<Subscription>, StorageError> {
        self.read(async {
            let row = sqlx::query(
                "SELECT s.channel, s.target, s.confirmed_at,
                        (SELECT json_group_array(component) FROM subscription_components WHERE subscription = s.key)
                            AS components
                 FROM subscriptions s JOIN subscription_tokens t ON t.subscription = s.key
                 WHERE t.hash = ? AND t.created_at > ?",
            )
            .bind(token.0.to_vec())
            .bind((now - TOKEN_LIFE).0)
            .fetch_optional(self.readers())
            .await?;
            row.as_ref().map(subscription).transpose()
        })
        .await
    }

    /// Its owner wants it.
    pub async fn confirm_subscription(&self, token: TokenHash, now: At) -> Result<(), StorageError> {
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    let key = owner(connection, token, now).await?;
                    mark_confirmed(connection, key, now).await
                })
            })
            .await
    }

    /// A webhook has answered its challenge.
    pub async fn confirm_answered(&self, key: SubscriptionKey, now: At) -> Result<(), StorageError> {
        self.writer().write(move |connection| Box::pin(mark_confirmed(connection, key.0, now))).await
    }

    /// Its owner wants it to be of other components.
    pub async fn change_subscription(
        &self,
        token: TokenHash,
        components: Vec<ComponentSlug>,
        now: At,
    ) -> Result<(), StorageError> {
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    let key = owner(connection, token, now).await?;
                    set_components(connection, key, &components).await
                })
            })
            .await
    }

    /// Its owner wants it no more, or, where `refused`, never wanted it. All that is known of the target goes, but
    /// for the mark that keeps others from asking again.
    pub async fn end_subscription(&self, token: TokenHash, refused: bool, now: At) -> Result<(), StorageError> {
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    let key = owner(connection, token, now).await?;
                    if refused {
                        sqlx::query(
                            "UPDATE subscription_asks SET closed_until = ?2
                             WHERE mark = (SELECT mark FROM subscriptions WHERE key = ?1)",
                        )
                        .bind(key)
                        .bind((now + CLOSED_FOR).0)
                        .execute(&mut *connection)
                        .await?;
                    }
                    remove(connection, key).await
                })
            })
            .await
    }

    /// Its target is gone for good.
    pub async fn remove_subscription(&self, key: SubscriptionKey) -> Result<(), StorageError> {
        self.writer().write(move |connection| Box::pin(remove(connection, key.0))).await
    }

    /// Notes the token of a message before the message leaves; false where the subscription has ended.
    pub async fn add_subscription_token(
        &self,
        key: SubscriptionKey,
        token: TokenHash,
        now: At,
    ) -> Result<bool, StorageError> {
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    let added = sqlx::query(
                        "INSERT INTO subscription_tokens (hash, subscription, created_at)
                         SELECT ?1, key, ?3 FROM subscriptions WHERE key = ?2
                         ON CONFLICT (hash) DO UPDATE SET created_at = excluded.created_at",
                    )
                    .bind(token.0.to_vec())
                    .bind(key.0)
                    .bind(now.0)
                    .execute(connection)
                    .await?;
                    Ok(added.rows_affected() > 0)
                })
            })
            .await
    }

    /// Removes what has expired: unconfirmed subscriptions, old tokens, old counts, and messages from before `oldest`.
    pub async fn sweep_subscriptions(&self, now: At, oldest: At) -> Result<(), StorageError> {
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    let sweeps = [
                        ("DELETE FROM subscriptions WHERE confirmed_at IS NULL AND created_at <= ?", now - PENDING_FOR),
                        ("DELETE FROM subscription_tokens WHERE created_at <= ?", now - TOKEN_LIFE),
                        ("DELETE FROM subscription_outbox WHERE at < ?", oldest),
                        ("DELETE FROM subscription_windows WHERE begins_at < ?", now - CLOSED_FOR),
                    ];
                    for (sql, before) in sweeps {
                        sqlx::query(sql).bind(before.0).execute(&mut *connection).await?;
                    }
                    sqlx::query("DELETE FROM subscription_asks WHERE last_at <= ? AND closed_until <= ?")
                        .bind((now - DAY).0)
                        .bind(now.0)
                        .execute(connection)
                        .await?;
                    Ok(())
                })
            })
            .await
    }

    /// How many there are, and how their messages fare.
    pub async fn subscription_counts(&self) -> Result<SubscriptionCounts, StorageError> {
        self.read(async {
            let row = sqlx::query(
                "SELECT (SELECT count(*) FROM subscriptions WHERE confirmed_at IS NOT NULL) AS confirmed,
                        (SELECT count(*) FROM subscriptions WHERE confirmed_at IS NULL) AS pending,
                        count(*) AS waiting, min(at) AS oldest, max(problem) AS problem
                 FROM subscription_outbox",
            )
            .fetch_one(self.readers())
            .await?;
            Ok(SubscriptionCounts {
                confirmed: super::codes::narrow(&row, "confirmed")?,
                pending: super::codes::narrow(&row, "pending")?,
                waiting: super::codes::narrow(&row, "waiting")?,
                oldest: get::<Option<i64>>(&row, "oldest")?.map(At),
                problem: get(&row, "problem")?,
            })
        })
        .await
    }
}

async fn remove(connection: &mut SqliteConnection, key: i64) -> Result<(), StorageError> {
    sqlx::query("DELETE FROM subscriptions WHERE key = ?").bind(key).execute(connection).await?;
    Ok(())
}
