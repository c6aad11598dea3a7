//! uWSGI: its command line and its ini file.

use super::ini::entries;
use super::{Settings, Told, all_options};
use crate::gateways::Sources;
use crate::host::Process;
use std::path::PathBuf;
use std::time::Duration;

/// A configuration is not longer.
const MAX_BYTES: u64 = 256 << 10;
/// What uWSGI does where nothing is written.
const BUFFER: u64 = 4096;
const BACKLOG: u32 = 100;
/// Options that name where it listens.
const SOCKETS: &[(&str, Option<&str>)] = &[
    ("socket", Some("s")),
    ("uwsgi-socket", None),
    ("http-socket", None),
    ("http", None),
    ("fastcgi-socket", None),
    ("scgi-socket", None),
    ("http11-socket", None),
];

/// What a process that is uWSGI was told; `None` for any other program.
pub(super) fn settings(process: &Process, sources: &dyn Sources) -> Option<Told> {
    let words = &process.command_line;
    let name = words.first()?.rsplit('/').next()?;
    if !(name == "uwsgi" || name.starts_with("uwsgi-") || name.starts_with("uwsgi_")) {
        return None;
    }
    let file = all_options(words, "ini", None).first().copied().map(PathBuf::from);
    let file = file.or_else(|| words.iter().skip(1).find(|word| word.ends_with(".ini")).map(PathBuf::from));
    let file = file.filter(|path| path.is_absolute());
    let (text, unread) = match file.as_ref().map(|path| sources.text(path, MAX_BYTES)) {
        Some(Ok(text)) => (text, None),
        Some(Err(error)) => (String::new(), file.clone().map(|path| (path, error.to_string()))),
        None => (String::new(), None),
    };
    let known = unread.is_none();
    let written = entries(&text);
    let all = |long: &str, short: Option<&str>| -> Vec<String> {
        let of_file = written.iter().filter(|entry| entry.section == "uwsgi" && entry.key == long);
        let mut found: Vec<String> = of_file.map(|entry| entry.value.to_owned()).collect();
        found.extend(all_options(words, long, short).into_iter().map(str::to_owned));
        found
    };
    let number = |names: &[(&str, Option<&str>)]| {
        names.iter().flat_map(|(long, short)| all(long, *short)).next_back().and_then(|value| value.parse::<u32>().ok())
    };
    let threads = number(&[("threads", None)]);
    let asynchronous = number(&[("async", None), ("gevent", None), ("asyncio", None)]).is_some();
    let logs: Vec<PathBuf> = ["logto", "logto2", "daemonize", "daemonize2"]
        .iter()
        .flat_map(|name| all(name, if *name == "daemonize" { Some("d") } else { None }))
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .collect();
    let settings = Settings {
        place: file.map_or_else(|| "command line".to_owned(), |file| file.display().to_string()),
        workers: number(&[("processes", Some("p")), ("workers", None)]).or(known.then_some(1)),
        threads: if asynchronous { None } else { threads.or(Some(1)) },
        manager: Some(if asynchronous { "async".to_owned() } else { "prefork".to_owned() }),
        timeout: number(&[("harakiri", Some("t"))])
            .filter(|seconds| *seconds > 0)
            .map(|seconds| Duration::from_secs(u64::from(seconds))),
        request_bytes: number(&[("buffer-size", Some("b"))]).map(u64::from).or(known.then_some(BUFFER)),
        backlog: number(&[("listen", Some("l"))]).or(known.then_some(BACKLOG)),
        logs,
        ..Settings::default()
    };
    let binds = SOCKETS.iter().flat_map(|(long, short)| all(long, *short)).collect();
    Some(Told { product: "uwsgi", settings, binds, unread })
}
