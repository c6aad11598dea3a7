//! Pasted lines of logs and of the journal.

use super::paste::About;
use crate::diagnose::steps::logs::{Asked, pasted};
use app::model::FactKind;
use serde_json::Value;
use std::borrow::Cow;

/// Lines of any log that is known.
pub(super) fn log(text: &str, about: &About) -> Option<Vec<FactKind>> {
    let lines: Vec<&str> = text.lines().filter(|line| !is_journal(line)).collect();
    pasted(&lines, asked(about))
}

/// `journalctl`: its short form, or with `-o json`.
pub(super) fn journal(text: &str, about: &About) -> Option<Vec<FactKind>> {
    let lines: Vec<Cow<'_, str>> = text.lines().filter_map(line).collect();
    if lines.is_empty() {
        return None;
    }
    // What a program wrote itself stands behind the journal's own words, and may be a line of its log.
    let inner: Vec<&str> = lines.iter().map(|line| behind(line)).collect();
    let whole: Vec<&str> = lines.iter().map(Cow::as_ref).collect();
    let mut facts = pasted(&whole, asked(about)).unwrap_or_default();
    for fact in pasted(&inner, asked(about)).unwrap_or_default() {
        if !facts.contains(&fact) {
            facts.push(fact);
        }
    }
    Some(facts)
}

fn asked(about: &About) -> Asked<'_> {
    Asked {
        url: about.url.as_ref(),
        method: &about.method,
        mark: &about.mark,
        sockets: &about.sockets,
        began: about.began,
        until: about.until,
    }
}

/// A line of the journal in its short form; `None` for anything else.
fn line(line: &str) -> Option<Cow<'_, str>> {
    if line.starts_with('{') {
        return from_json(line).map(Cow::Owned);
    }
    is_journal(line).then_some(Cow::Borrowed(line))
}

/// `Nov 22 15:00:01 host nginx[7]: …`, or with `-o short-iso` its time as `2026-11-22T15:00:01+0000`.
fn is_journal(line: &str) -> bool {
    let rest = match line.split_once(' ') {
        Some((word, rest)) if is_month(word) => {
            let mut words = rest.trim_start().splitn(3, ' ');
            let day = words.next().is_some_and(|day| day.parse::<u8>().is_ok_and(|day| (1..=31).contains(&day)));
            let time = words.next().is_some_and(|time| time.len() >= 8 && time.as_bytes()[2] == b':');
            if !(day && time) {
                return false;
            }
            words.next().unwrap_or_default()
        }
        Some((word, rest)) if word.len() >= 20 && word.as_bytes()[10] == b'T' && word.as_bytes()[4] == b'-' => rest,
        _ => return false,
    };
    // Host, then who wrote it, up to the colon.
    rest.split_once(' ')
        .is_some_and(|(host, rest)| !host.is_empty() && rest.split(' ').next().is_some_and(|who| who.ends_with(':')))
}

fn is_month(word: &str) -> bool {
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"].contains(&word)
}

/// What stands behind `host nginx[7]: `.
fn behind(line: &str) -> &str {
    line.split_once(": ").map_or(line, |(_, rest)| rest)
}

/// One object of `-o json` in the short form.
fn from_json(line: &str) -> Option<String> {
    let Value::Object(entry) = serde_json::from_str(line).ok()? else { return None };
    let word = |key: &str| entry.get(key).and_then(Value::as_str);
    let micros: i64 = word("__REALTIME_TIMESTAMP")?.parse().ok()?;
    let moment = jiff::Timestamp::from_microsecond(micros).ok()?;
    let time = moment.to_zoned(jiff::tz::TimeZone::UTC).strftime("%b %d %H:%M:%S").to_string();
    let who = word("SYSLOG_IDENTIFIER").or_else(|| word("_COMM")).unwrap_or("unknown");
    let pid = word("_PID").or_else(|| word("SYSLOG_PID")).map_or_else(String::new, |pid| format!("[{pid}]"));
    let message = match entry.get("MESSAGE")? {
        Value::String(text) => text.clone(),
        // A message that is no text is a list of bytes.
        Value::Array(bytes) => {
            let bytes: Vec<u8> = bytes.iter().filter_map(|byte| u8::try_from(byte.as_u64()?).ok()).collect();
            String::from_utf8_lossy(&bytes).into_owned()
        }
        _ => return None,
    };
    let message: String = message.chars().filter(|c| !c.is_control()).collect();
    Some(format!("{time} {} {who}{pid}: {message}", word("_HOSTNAME").unwrap_or("host")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_journal() {
        for line in [
            "Nov 22 15:00:01 web1 nginx[7]: 2026/11/22 15:00:01 [error] 7#7: x",
            "Nov  2 15:00:01 web1 kernel: Out of memory",
            "2026-11-22T15:00:01+0000 web1 systemd[1]: app.service: Failed",
        ] {
            assert!(is_journal(line), "{line}");
        }
        for line in ["Nov 22", "Nov 22 15:00:01 web1", "2026/11/22 15:00:01 [error] 7#7: x", "", "Nov \u{e4}"] {
            assert!(!is_journal(line), "{line}");
        }
        let json = r#"{"__REALTIME_TIMESTAMP":"1795359601000000","SYSLOG_IDENTIFIER":"kernel","_HOSTNAME":"web1","MESSAGE":"Out of memory"}"#;
        assert_eq!(from_json(json).as_deref(), Some("Nov 22 15:00:01 web1 kernel: Out of memory"));
    }
}
