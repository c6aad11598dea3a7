//! Monitors as the database knows them: those of the configuration, and earlier ones with their history.

use super::codes::{get, narrow, parse};
use super::{Storage, StorageError, audit, packing};
use app::model::{At, Millis, Monitor, MonitorId};
use sqlx::sqlite::SqliteRow;

fn monitor(row: &SqliteRow) -> Result<Monitor, StorageError> {
    Ok(Monitor {
        id: parse(row, "id")?,
        name: get(row, "name")?,
        url: get(row, "url")?,
        interval: Millis(narrow(row, "interval_ms")?),
        public: get(row, "public")?,
        in_file: get(row, "in_file")?,
    })
}

impl Storage {
    /// Makes the database know exactly these as "in the file"; others stay and are marked.
    pub async fn save_monitors(&self, monitors: Vec<Monitor>, now: At) -> Result<(), StorageError> {
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query("UPDATE monitors SET in_file = 0 WHERE in_file = 1").execute(&mut *connection).await?;
                    for monitor in monitors {
                        sqlx::query(
                            "INSERT INTO monitors (id, name, url, interval_ms, public, in_file, created_at)
                             VALUES (?, ?, ?, ?, ?, 1, ?)
                             ON CONFLICT (id) DO UPDATE SET name = excluded.name, url = excluded.url,
                               interval_ms = excluded.interval_ms, public = excluded.public, in_file = 1",
                        )
                        .bind(monitor.id.as_str())
                        .bind(monitor.name)
                        .bind(monitor.url)
                        .bind(i64::from(monitor.interval.0))
                        .bind(monitor.public)
                        .bind(now.0)
                        .execute(&mut *connection)
                        .await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// All, by id.
    pub async fn monitors(&self) -> Result<Vec<Monitor>, StorageError> {
        self.read(async {
            let rows = sqlx::query("SELECT id, name, url, interval_ms, public, in_file FROM monitors ORDER BY id")
                .fetch_all(self.readers())
                .await?;
            rows.iter().map(monitor).collect()
        })
        .await
    }

    /// Forgets a monitor that is not in the file, with all its history; `NotFound` where there is
    /// none, `Conflict` where it is in the file.
    pub async fn forget_monitor(&self, id: &MonitorId, by: &str, now: At) -> Result<(), StorageError> {
        let (id, by) = (id.clone(), by.to_owned());
        self.writer()
            .write(move |connection| {
                Box::pin(async move {
                    let found: Option<(i64, bool)> = sqlx::query_as("SELECT key, in_file FROM monitors WHERE id = ?")
                        .bind(id.as_str())
                        .fetch_optional(&mut *connection)
                        .await?;
                    let key = match found {
                        None => return Err(StorageError::NotFound("monitor")),
                        Some((_, true)) => return Err(StorageError::Conflict),
                        Some((key, false)) => key,
                    };
                    audit::append(connection, now, &by, "monitor-forget", id.as_str()).await?;
                    packing::forget(connection, key).await?;
                    // Packs, days, spans and latencies go with it.
                    sqlx::query("DELETE FROM monitors WHERE id = ?").bind(id.as_str()).execute(connection).await?;
                    Ok(())
                })
            })
            .await
    }
}
