//! `gatewatch init`: writes a commented configuration, and never over an existing file.

use super::{Failure, print};
use crate::config::{Environment, ProcessEnvironment, template};
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

pub(super) fn run(config: Option<&Path>) -> Result<(), Failure> {
    let named = config.map(Path::to_owned).or_else(|| ProcessEnvironment.var("GATEWATCH_CONFIG").map(PathBuf::from));
    let path = named.unwrap_or_else(|| PathBuf::from("gatewatch.toml"));
    let shown = path.display();
    // Never world-writable, whatever the umask: the server would refuse the file.
    let file = OpenOptions::new().write(true).create_new(true).mode(0o644).open(&path);
    let written = file.and_then(|mut file| file.write_all(template::TEXT.as_bytes()).and_then(|()| file.sync_all()));
    written.map_err(|error| {
        Failure::CannotRun(match error.kind() {
            ErrorKind::AlreadyExists => format!("{shown} exists already and is left as it is"),
            ErrorKind::NotFound => format!("{shown} cannot be written: its folder does not exist"),
            _ => format!("{shown} cannot be written: {error}"),
        })
    })?;
    print::line(&format!("Wrote {shown}. Name your site in it, then start `gatewatch serve`."));
    Ok(())
}
