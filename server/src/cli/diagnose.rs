//! `gatewatch diagnose URL`: the six steps in a terminal, with its user's own rights. No server, no database.

mod given;
mod human;

use super::print;
use crate::diagnose::{self, Context, FIRST_VERDICT, LONGEST_RUN, Request, Rights, again};
use crate::fileguard::Fileguard;
use crate::host::Local;
use crate::netguard::Netguard;
use crate::unitguard::{Bus, Units};
use crate::{clock, ids};
use app::model::{Outcome, Run};
use std::io::IsTerminal;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Options.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to ask, as a visitor would: http:// or https://
    #[arg(required_unless_present = "again")]
    url: Option<String>,
    /// HTTP method; GET unless another is named
    #[arg(long, value_name = "M")]
    method: Option<String>,
    /// Further request header; may be given several times
    #[arg(long = "header", value_name = "'N: V'", value_parser = header)]
    headers: Vec<(String, String)>,
    /// Bytes of request body to send
    #[arg(long, value_name = "N", default_value_t = 0)]
    body_size: u64,
    /// The gateway's main configuration file; may be given several times
    #[arg(long, value_name = "PATH")]
    gateway_config: Vec<PathBuf>,
    /// A log of the gateway or the application; may be given several times
    #[arg(long, value_name = "PATH")]
    log: Vec<PathBuf>,
    /// An upstream, host:port or unix: and a path; may be given several times
    #[arg(long, value_name = "ADDR")]
    upstream: Vec<String>,
    /// Output of a command that was run by hand, for a step (its id or number); `-` reads standard input; may be given several times
    #[arg(long, num_args = 2, value_names = ["STEP", "FILE"])]
    paste: Vec<String>,
    /// Check an earlier run's verdict again: its object as `--json` printed it
    #[arg(long, value_name = "RUN.json")]
    again: Option<PathBuf>,
    /// How long to stay for what is still open, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = FIRST_VERDICT.as_secs())]
    wait: u64,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
}

/// The largest body that is sent.
const MAX_BODY: u64 = 1 << 30;

/// `Name: value`.
fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("write it as 'Name: value'")?;
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(token) {
        return Err(format!("{name:?} is not a header's name"));
    }
    let value = value.trim();
    if value.chars().any(char::is_control) {
        return Err("its value has a control character".to_owned());
    }
    Ok((name.to_owned(), value.to_owned()))
}

/// Walks the six steps. 0: healthy or transient; 1: a failure was seen; 2: could not run.
pub fn run(args: Args) -> ExitCode {
    match prepare(&args) {
        Ok(request) => carry_out(request, args.json),
        Err(problem) => {
            print::problem(&format!("gatewatch: {problem}"));
            ExitCode::from(2)
        }
    }
}

/// Checks what was typed, so that a slip is said before anything is asked.
fn prepare(args: &Args) -> Result<Request, String> {
    let old = args.again.as_deref().map(given::earlier_run).transpose()?.map(Arc::new);
    let typed = args.url.clone().or_else(|| old.as_ref().map(|old| old.url.clone())).unwrap_or_default();
    let guard = Netguard::for_terminal();
    let url = guard.check_url(&typed).map_err(|refusal| format!("{}: {refusal}", shown(&typed)))?;
    let literal = match url.host() {
        Some(url::Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
        Some(url::Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
        _ => None,
    };
    if let Some(ip) = literal {
        let address = SocketAddr::new(ip, url.port_or_known_default().unwrap_or(80));
        guard.vet(address, None).map_err(|refusal| format!("{}: {refusal}", shown(&typed)))?;
    }
    let earlier = old.as_ref().map_or_else(|| Request::get(typed.clone()), again::request);
    let method = args.method.as_ref().map_or(earlier.method, |method| method.to_ascii_uppercase());
    if method.is_empty()
        || method.len() > 20
        || !method.bytes().all(|b| b.is_ascii_uppercase() || b == b'-' || b == b'_')
    {
        return Err(format!("--method {}: a method is a word of letters", shown(&method)));
    }
    if args.body_size > MAX_BODY {
        return Err(format!("--body-size {}: at most {MAX_BODY}", args.body_size));
    }
    for (option, paths) in [("--gateway-config", &args.gateway_config), ("--log", &args.log)] {
        for path in paths {
            Fileguard::for_terminal().entry(path).map_err(|error| format!("{option}: {error}"))?;
        }
    }
    let first = |named: &[PathBuf], known: Vec<PathBuf>| {
        let unknown = known.into_iter().filter(|path| !named.contains(path));
        named.iter().cloned().chain(unknown).collect::<Vec<_>>()
    };
    Ok(Request {
        url: typed,
        method,
        headers: args.headers.clone(),
        body_size: args.body_size,
        gateway_configs: first(&args.gateway_config, earlier.gateway_configs),
        logs: first(&args.log, earlier.logs),
        upstreams: args.upstream.iter().cloned().chain(earlier.upstreams).collect(),
        wait: Duration::from_secs(args.wait).min(LONGEST_RUN),
        rights: Rights::Terminal,
        pasted: given::pastes(&args.paste)?,
        again: old,
        noticed: None,
    })
}

/// What somebody typed, short and without control characters.
fn shown(typed: &str) -> String {
    typed.chars().map(|c| if c.is_control() { '?' } else { c }).take(120).collect()
}

fn carry_out(request: Request, json: bool) -> ExitCode {
    let Ok(id) = ids::random_id() else {
        print::problem("gatewatch: the system's random source failed");
        return ExitCode::from(2);
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            print::problem(&format!("gatewatch: the runtime could not start: {error}"));
            return ExitCode::from(2);
        }
    };
    let run = runtime.block_on(walk(request, id, json));
    // Blocking reads of a log on a dead disk must not hold the terminal.
    runtime.shutdown_timeout(Duration::from_millis(200));
    if json {
        match serde_json::to_string(&run) {
            Ok(text) => print::line(&text),
            Err(error) => {
                print::problem(&format!("gatewatch: {error}"));
                return ExitCode::from(2);
            }
        }
    } else {
        print::line(&human::verdict(&run));
    }
    code(&run)
}

async fn walk(request: Request, id: app::model::RunId, json: bool) -> Run {
    let ctx = Context {
        netguard: Netguard::for_terminal(),
        fileguard: Fileguard::for_terminal(),
        host: Arc::new(Local),
        units: Some(Units::new(Bus::System, Vec::new())),
        name_servers: Vec::new(),
        monitors: None,
    };
    let (updates, seen) = watch::channel(Arc::new(diagnose::empty_run(id.clone(), &request.url, clock::now())));
    let stop = CancellationToken::new();
    let shows = !json && std::io::stderr().is_terminal();
    let run = diagnose::run(&ctx, request, id, updates, stop.clone());
    tokio::pin!(run);
    tokio::select! {
        run = &mut run => run,
        () = human::progress(seen, shows) => run.await,
        _ = tokio::signal::ctrl_c() => {
            stop.cancel();
            run.await
        }
    }
}

/// The exit code that a run's verdict stands for.
fn code(run: &Run) -> ExitCode {
    match run.verdict.as_ref().map(|verdict| verdict.outcome) {
        Some(Outcome::Healthy | Outcome::Transient) => ExitCode::SUCCESS,
        Some(Outcome::Cause | Outcome::AppError | Outcome::Unknown) => ExitCode::from(1),
        None => ExitCode::from(2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_as_written() {
        assert_eq!(header("Cookie: a=b: c"), Ok(("Cookie".to_owned(), "a=b: c".to_owned())));
        assert_eq!(header("X-Empty:"), Ok(("X-Empty".to_owned(), String::new())));
        for wrong in ["Cookie", ": v", "A b: c", "A: b\r\nC: d", "A: \u{7}"] {
            assert!(header(wrong).is_err(), "{wrong:?}");
        }
    }
}
