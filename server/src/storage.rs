//! The database: one writer, read-only readers, migrations. All SQL is beneath this module.
