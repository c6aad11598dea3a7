//! `gatewatch.toml`: typed, checked at load, errors with file, line and column.
