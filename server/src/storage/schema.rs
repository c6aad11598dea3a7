//! The schema: embedded migrations, applied in order.

use super::StorageError;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{Connection, SqlSafeStr, SqliteConnection};
use std::path::Path;

/// Marks a file as Gatewatch's own; the first migration sets it.
pub(super) const APPLICATION_ID: i64 = 0x4761_7465;

/// Version, name and text of every migration, oldest first.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "foundation", include_str!("../../../migrations/0001_foundation.sql")),
    (2, "pasted", include_str!("../../../migrations/0002_pasted.sql")),
    (4, "alerts", include_str!("../../../migrations/0004_alerts.sql")),
    (6, "history", include_str!("../../../migrations/0006_history.sql")),
    (9, "subscriptions", include_str!("../../../migrations/0009_subscriptions.sql")),
    (10, "postmortem", include_str!("../../../migrations/0010_postmortem.sql")),
    (11, "evidence", include_str!("../../../migrations/0011_evidence.sql")),
];

/// The newest schema that this binary knows.
pub(super) fn newest() -> i64 {
    MIGRATIONS.last().map_or(0, |(version, ..)| *version)
}

fn migrator(migrations: &[(i64, &'static str, &'static str)]) -> Migrator {
    Migrator::with_migrations(
        migrations
            .iter()
            .map(|&(version, name, sql)| {
                Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
            })
            .collect(),
    )
}

/// Brings the schema up to date.
pub(super) async fn bring_up(connection: &mut SqliteConnection) -> Result<(), StorageError> {
    migrator(MIGRATIONS).run(connection).await.map_err(|error| StorageError::Migration(error.to_string()))
}

/// The newest applied migration; 0 for an empty database.
///
/// Refuses a file that is no database, or another program's.
pub(super) async fn applied(connection: &mut SqliteConnection, path: &Path) -> Result<i64, StorageError> {
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema")
        .fetch_one(&mut *connection)
        .await
        .map_err(|error| explain(error, path))?;
    if tables == 0 {
        return Ok(0);
    }
    let application: i64 = sqlx::query_scalar("PRAGMA application_id").fetch_one(&mut *connection).await?;
    if application != APPLICATION_ID {
        return Err(StorageError::NotGatewatch { path: path.to_owned() });
    }
    let newest: Option<i64> =
        sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations").fetch_one(connection).await?;
    Ok(newest.unwrap_or(0))
}

/// Refuses a schema that is newer than this binary.
pub(super) fn refuse_newer(found: i64, path: &Path) -> Result<(), StorageError> {
    if found > newest() {
        return Err(StorageError::NewerSchema { path: path.to_owned(), found, known: newest() });
    }
    Ok(())
}

/// An engine error while opening `path`, as something the reader can act on.
pub(super) fn explain(error: sqlx::Error, path: &Path) -> StorageError {
    if super::error::is_not_a_database(&error) {
        return StorageError::NotADatabase { path: path.to_owned() };
    }
    if super::error::is_damage(&error) {
        return StorageError::Damaged { path: path.to_owned(), problem: error.to_string() };
    }
    error.into()
}

/// The first problem that the quick (or whole) integrity check finds.
pub(super) async fn first_problem(
    connection: &mut SqliteConnection,
    whole: bool,
) -> Result<Option<String>, StorageError> {
    let sql = if whole { "PRAGMA integrity_check(1)" } else { "PRAGMA quick_check(1)" };
    let answer: String = sqlx::query_scalar(sql).fetch_one(&mut *connection).await?;
    if answer != "ok" {
        return Ok(Some(answer));
    }
    connection.ping().await?;
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::{Keep, Packing, Storage};
    use app::model::subscription::Occasion;
    use app::model::{
        At, Channel, Class, Fault, FaultKind, Impact, Millis, Origin, Phase, Phases, RunState, Sample, State,
    };
    use sqlx::sqlite::SqliteConnectOptions;
    use sqlx::{ConnectOptions, Executor};
    use std::time::Duration;

    async fn empty() -> (tempfile::TempDir, SqliteConnection) {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteConnectOptions::new().filename(folder.path().join("t.db")).create_if_missing(true);
        (folder, options.connect().await.unwrap())
    }

    #[tokio::test]
    async fn a_fresh_database_has_the_newest_schema_and_a_second_run_changes_nothing() {
        let (folder, mut connection) = empty().await;
        assert_eq!(applied(&mut connection, folder.path()).await.unwrap(), 0);
        bring_up(&mut connection).await.unwrap();
        bring_up(&mut connection).await.unwrap();
        assert_eq!(applied(&mut connection, folder.path()).await.unwrap(), newest());
        let loose: i64 =
            sqlx::query_scalar("SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%' AND name <> '_sqlx_migrations'")
                .fetch_one(&mut connection)
                .await
                .unwrap();
        assert_eq!(loose, 0, "every table is STRICT");
    }

    /// Fills the first schema, goes up to the last but one, then to the last.
    #[tokio::test]
    async fn a_filled_database_of_the_first_schema_comes_up() {
        let (folder, mut connection) = empty().await;
        let (last, earlier) = MIGRATIONS.split_last().unwrap();
        migrator(&MIGRATIONS[..1]).run(&mut connection).await.unwrap();
        connection.execute(FILL).await.unwrap();
        migrator(earlier).run(&mut connection).await.unwrap();
        migrator(MIGRATIONS).run(&mut connection).await.unwrap();
        assert_eq!(applied(&mut connection, folder.path()).await.unwrap(), last.0);
        let broken = sqlx::query("PRAGMA foreign_key_check").fetch_all(&mut connection).await.unwrap();
        assert!(broken.is_empty());
        assert_eq!(first_problem(&mut connection, true).await.unwrap(), None);
        connection.close().await.unwrap();
        whole_history(&folder.path().join("t.db")).await;
    }

    /// The samples of [`FILL`] are all there as they were, and after packing without their phases.
    async fn whole_history(path: &Path) {
        let storage = Storage::open(path).await.unwrap();
        let shop = "shop".parse().unwrap();
        let millis = |value| Some(Millis(value));
        let sample = |at, latency| {
            let (class, phases) = (Class::Up, Phases::default());
            Sample { at: At(at), class, latency: Millis(latency), status: None, phases, fault: None }
        };
        let phases = Phases { dns: millis(1), connect: millis(2), tls: None, first_byte: millis(30), body: None };
        let detail = "said \"502\" – Grüße".to_owned();
        let fault = Fault { kind: FaultKind::Status, origin: Origin::Edge, status: Some(502), detail };
        let mut last = Sample { class: Class::Down, status: Some(502), phases, fault: Some(fault), ..sample(3000, 34) };
        let all = async || storage.samples_between(&shop, At(0), At(i64::MAX), 99).await.unwrap();
        assert_eq!(all().await, [sample(1000, 12), sample(2000, 13), last.clone()]);
        let keep = Keep { samples: Duration::from_hours(1 << 20), hours: Duration::from_hours(1 << 20) };
        let (mut packing, now) = (Packing::default(), At(20_000_000_000));
        while storage.pack_step(&mut packing, keep, now).await.unwrap() {}
        last.phases = Phases::default();
        assert_eq!(all().await, [sample(1000, 12), sample(2000, 13), last]);
        let packed: i64 =
            sqlx::query_scalar("SELECT sum(count) FROM packs").fetch_one(storage.readers()).await.unwrap();
        assert_eq!(packed, 3);
        storage.close().await;
    }

    /// Rows as the first schema has them; later migrations add statements, never change these.
    const FILL: &str = "
        INSERT INTO monitors VALUES (1, 'shop', 'Shop', 'http://shop.test/', 30000, 1, 1, 0);
        INSERT INTO samples (monitor, at, class, latency_ms) VALUES (1, 1000, 0, 12), (1, 2000, 0, 13);
        INSERT INTO samples VALUES
            (1, 3000, 2, 34, 502, 1, 2, NULL, 30, NULL, 11, 2, 502, 'said \"502\" – Grüße');
        INSERT INTO spans VALUES (1, 1000, 0);
        INSERT INTO incidents VALUES ('i1', 'Slow', 'minor', 'resolved', 0, 9, 9, 2, 0);
        INSERT INTO updates (id, incident, seq, phase, body, at, edited_at, version, withdrawn)
            VALUES ('u1', 'i1', 1, 'resolved', 'Done.', 9, NULL, 1, 0);
        INSERT INTO users VALUES ('ada', 'Ada', '$argon2id$x', 0);
        INSERT INTO runs VALUES ('r1', 'finished', 'http://shop.test/', NULL, 0, 'ada', '{}');
    ";

    #[test]
    fn every_migration_file_is_embedded_in_order() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
        #[expect(clippy::disallowed_methods, reason = "the test looks at the repository itself")]
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "sql"))
            .collect();
        files.sort();
        let embedded: Vec<String> =
            MIGRATIONS.iter().map(|(version, name, _)| format!("{version:04}_{name}.sql")).collect();
        assert_eq!(files, embedded);
    }

    /// The CHECK lists say exactly what the model says.
    #[tokio::test]
    async fn check_lists_equal_the_codes_of_the_model() {
        fn list<T: Copy>(all: &[T], code: impl Fn(T) -> &'static str) -> String {
            let codes: Vec<String> = all.iter().map(|&value| format!("'{}'", code(value))).collect();
            format!("IN ({})", codes.join(", "))
        }
        let (_folder, mut connection) = empty().await;
        bring_up(&mut connection).await.unwrap();
        let cases = [
            ("incidents", "impact", list(Impact::ALL, Impact::as_str)),
            ("incidents", "phase", list(Phase::ALL, Phase::as_str)),
            ("updates", "phase", list(Phase::ALL, Phase::as_str)),
            ("subscriptions", "channel", list(Channel::ALL, Channel::as_str)),
            ("subscription_outbox", "what", list(Occasion::ALL, Occasion::as_str)),
            ("runs", "state", list(RunState::ALL, RunState::as_str)),
            ("spans", "state", format!("BETWEEN 0 AND {}", State::ALL.len() - 1)),
        ];
        for (table, column, wanted) in cases {
            let sql: String = sqlx::query_scalar("SELECT sql FROM sqlite_schema WHERE name = ?")
                .bind(table)
                .fetch_one(&mut connection)
                .await
                .unwrap();
            assert!(sql.contains(&format!("CHECK ({column} {wanted})")), "{table}.{column} lacks {wanted}");
        }
    }
}
