//! gunicorn: its command line, and the plain assignments of its configuration file.

use super::{Settings, Told, all_options, option};
use crate::gateways::Sources;
use crate::host::Process;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A configuration is not longer.
const MAX_BYTES: u64 = 256 << 10;
/// What gunicorn does where nothing is written.
const TIMEOUT: u64 = 30;
const BACKLOG: u32 = 2048;
/// Worker classes that serve one request in each thread; the others take as many as come.
const COUNTED: &[&str] = &["sync", "gthread"];

/// What a process that is gunicorn was told; `None` for any other program.
pub(super) fn settings(process: &Process, sources: &dyn Sources) -> Option<Told> {
    let words = &process.command_line;
    let titled = words.first().is_some_and(|word| word.starts_with("gunicorn: "));
    let is_gunicorn =
        |word: &String| word.rsplit('/').next().is_some_and(|name| name == "gunicorn" || name == "gunicorn3");
    let by_module = words.windows(2).any(|pair| pair[0] == "-m" && pair[1].starts_with("gunicorn"));
    if !titled && !words.iter().take(3).any(is_gunicorn) && !by_module {
        return None;
    }
    let file = option(words, "config", Some("c")).map(|path| path.trim_start_matches("file:"));
    let file = file.map(PathBuf::from).filter(|path| path.is_absolute());
    let (text, unread) = match file.as_ref().map(|path| sources.text(path, MAX_BYTES)) {
        Some(Ok(text)) => (text, None),
        Some(Err(error)) => (String::new(), file.clone().map(|path| (path, error.to_string()))),
        None => (String::new(), None),
    };
    // With a title of its own the command line is gone; what it said is not known.
    let told = |long: &str, short: Option<&str>, name: &str| {
        option(words, long, short).map(str::to_owned).or_else(|| assigned(&text, name))
    };
    let number = |long: &str, short: Option<&str>, name: &str| told(long, short, name)?.parse::<u32>().ok();
    let threads = number("threads", None, "threads");
    let class = told("worker-class", Some("k"), "worker_class");
    // More than one thread makes the default class a threaded one.
    let class = match (class.as_deref(), threads) {
        (None | Some("sync"), Some(2..)) => "gthread".to_owned(),
        (None, _) => "sync".to_owned(),
        (Some(class), _) => class.to_owned(),
    };
    let workers_written = told("workers", Some("w"), "workers");
    let workers = match &workers_written {
        Some(written) => written.parse().ok(),
        None if titled => None,
        None => Some(1),
    };
    let timeout = number("timeout", Some("t"), "timeout").map(u64::from).or((!titled).then_some(TIMEOUT));
    let mut binds: Vec<String> = all_options(words, "bind", Some("b")).into_iter().map(str::to_owned).collect();
    binds.extend(assigned(&text, "bind"));
    let logs = [told("error-logfile", None, "errorlog"), told("log-file", None, "errorlog")];
    let settings = Settings {
        place: file.map_or_else(|| "command line".to_owned(), |file| file.display().to_string()),
        workers,
        threads: match class.as_str() {
            "gthread" => threads.or(Some(1)),
            class if COUNTED.contains(&class) => Some(1),
            _ => None,
        },
        manager: Some(class),
        timeout: timeout.filter(|seconds| *seconds > 0).map(Duration::from_secs),
        backlog: number("backlog", None, "backlog").or((!titled).then_some(BACKLOG)),
        logs: logs.into_iter().flatten().map(PathBuf::from).filter(|path| Path::is_absolute(path)).take(1).collect(),
        ..Settings::default()
    };
    Some(Told { product: "gunicorn", settings, binds, unread })
}

/// The value of a plain assignment `name = 4` or `name = "text"` at a line's start; the last one counts.
fn assigned(text: &str, name: &str) -> Option<String> {
    let value = |line: &str| {
        let rest = line.strip_prefix(name)?.trim_start().strip_prefix('=')?.trim();
        if rest.starts_with('=') {
            return None;
        }
        let quoted = |quote: char| rest.strip_prefix(quote).and_then(|rest| rest.split(quote).next());
        let plain = || rest.split('#').next().map(str::trim).filter(|v| v.bytes().all(|b| b.is_ascii_digit()));
        quoted('"').or_else(|| quoted('\'')).or_else(plain).filter(|v| !v.is_empty()).map(str::to_owned)
    };
    text.lines().filter_map(value).next_back()
}
