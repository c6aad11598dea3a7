//! `expect = { … }`: what counts as healthy, typed by kind of monitor.

use super::kind::Kind;
use super::reader::{Context, Scalar as Raw, Section};
use super::text;
use crate::probe::Expect;
use crate::probe::expect::json::{Compare, JsonRule, Path, Scalar};
use crate::probe::expect::{HeaderRule, Pattern, TextRule, TlsVersion, Wanted};
use std::time::Duration;

/// Rules of one list.
const MOST_RULES: usize = 50;
/// All keys.
const KEYS: [&str; 11] = [
    "status",
    "headers",
    "body",
    "json",
    "latency",
    "certificate_days",
    "tls",
    "banner",
    "rcode",
    "answer",
    "answer_within",
];
/// Response codes of name servers that can be expected.
const RCODES: [&str; 5] = ["NOERROR", "NXDOMAIN", "SERVFAIL", "REFUSED", "NOTIMP"];

/// What a kind expects where nothing is configured.
pub(super) fn usual(kind: &Kind) -> Expect {
    if matches!(kind, Kind::Http(_)) { Expect::http() } else { Expect::default() }
}

/// Reads the table; keys of other kinds are refused with their place.
pub(super) fn read(mut section: Section<'_, '_>, kind: &Kind, cx: &mut Context<'_>) -> Expect {
    let mut own: Vec<&str> = match kind {
        Kind::Http(_) => vec!["status", "headers", "body", "json", "latency"],
        Kind::WebSocket(_) => vec!["headers", "latency"],
        Kind::Grpc(_) | Kind::Ping(_) => vec!["latency"],
        Kind::Tcp(_) | Kind::Tls(_) => vec!["banner", "latency"],
        Kind::Dns(_) => vec!["rcode", "answer", "answer_within", "latency"],
        Kind::Heartbeat => vec![],
    };
    if kind.has_tls() {
        own.extend(["certificate_days", "tls"]);
    }
    for key in KEYS.iter().filter(|key| !own.contains(key)) {
        let why = match (*key, kind) {
            ("certificate_days" | "tls", Kind::Http(_) | Kind::WebSocket(_)) => "needs https".to_owned(),
            ("certificate_days" | "tls", Kind::Grpc(_)) => "needs grpcs".to_owned(),
            _ => format!("cannot be expected of a monitor of the kind `{kind}`"),
        };
        section.refuse(key, &why, cx);
    }
    let mut expect = usual(kind);
    let mine = |key: &str| own.contains(&key);
    if mine("status") {
        let status = section.parsed_list("status", cx, |text, _| text::status_range(text));
        if !status.is_empty() {
            expect.status = status;
        }
        expect.body = section.table("body", cx).map(|body| read_texts(body, cx)).unwrap_or_default();
        expect.json = limited("json", &mut section, cx).into_iter().filter_map(|rule| read_json(rule, cx)).collect();
    }
    if mine("headers") {
        let rules = limited("headers", &mut section, cx);
        expect.headers = rules.into_iter().filter_map(|rule| read_header(rule, cx)).collect();
    }
    if mine("latency") {
        expect.latency = section.parsed("latency", cx, |text, _| match text::duration(text)? {
            Duration::ZERO => Err("every answer takes some time; write `800ms`".to_owned()),
            latency => Ok(latency),
        });
    }
    if mine("tls") {
        expect.certificate_days = section.whole("certificate_days", 1..=3650, cx);
        expect.tls = section.parsed("tls", cx, |text, _| match text {
            "1.2" => Ok(TlsVersion::V1_2),
            "1.3" => Ok(TlsVersion::V1_3),
            _ => Err(format!("`{text}` is not a version that can be asked for; write `1.2` or `1.3`")),
        });
    }
    if mine("banner") {
        let banner = section.parsed("banner", cx, |text, from| wanted(text, from.secret).map(TextRule::Contains));
        expect.banner = banner.into_iter().collect();
    }
    if mine("rcode") {
        read_answer(&mut section, &mut expect, cx);
    }
    section.finish(cx);
    expect
}

fn read_answer(section: &mut Section<'_, '_>, expect: &mut Expect, cx: &mut Context<'_>) {
    expect.rcode = section.parsed("rcode", cx, |text, _| match RCODES.iter().find(|code| **code == text) {
        Some(code) => Ok((*code).to_owned()),
        None => Err(format!("`{text}` is not known; known: {}", RCODES.join(", "))),
    });
    let value = |text: &str| if text.is_empty() { Err("is empty".to_owned()) } else { Ok(text.to_owned()) };
    expect.answer = section.parsed_list("answer", cx, |text, _| value(text));
    expect.answer_within = section.parsed_list("answer_within", cx, |text, _| value(text));
}

/// A list of tables that is not endless.
fn limited<'a, 'i>(key: &'static str, section: &mut Section<'a, 'i>, cx: &mut Context<'_>) -> Vec<Section<'a, 'i>> {
    let mut rules = section.tables(key, cx);
    if rules.len() > MOST_RULES {
        cx.problem(&section.span_of(key).unwrap_or(0..0), format!("{key}: more than {MOST_RULES} rules"));
        rules.clear();
    }
    rules
}

fn wanted(text: &str, secret: bool) -> Result<Wanted, String> {
    if text.is_empty() { Err("is empty, which everything contains".to_owned()) } else { Ok(Wanted::new(text, secret)) }
}

fn read_texts(mut section: Section<'_, '_>, cx: &mut Context<'_>) -> Vec<TextRule> {
    let mut rules = section.parsed_list("contains", cx, |text, from| wanted(text, from.secret).map(TextRule::Contains));
    rules.extend(section.parsed_list("lacks", cx, |text, from| wanted(text, from.secret).map(TextRule::Lacks)));
    rules.extend(
        section.parsed_list("matches", cx, |text, from| Pattern::new(text, from.secret).map(TextRule::Matches)),
    );
    section.finish(cx);
    rules
}

fn read_header(mut section: Section<'_, '_>, cx: &mut Context<'_>) -> Option<HeaderRule> {
    section.missing("name", "\"content-type\"", cx);
    let name = section.parsed("name", cx, |text, _| {
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let plain = !text.is_empty() && text.bytes().all(token);
        if plain { Ok(text.to_ascii_lowercase()) } else { Err(format!("`{text}` is not the name of a header")) }
    });
    let rules = [
        section.parsed("is", cx, |text, from| Ok(TextRule::Is(Wanted::new(text, from.secret)))),
        section.parsed("contains", cx, |text, from| wanted(text, from.secret).map(TextRule::Contains)),
        section.parsed("lacks", cx, |text, from| wanted(text, from.secret).map(TextRule::Lacks)),
        section.parsed("matches", cx, |text, from| Pattern::new(text, from.secret).map(TextRule::Matches)),
    ];
    let absent = section.boolean("absent", cx);
    one_of(&section, &["is", "contains", "lacks", "matches", "absent"], cx);
    section.finish(cx);
    let rule = rules.into_iter().flatten().next();
    match (rule, absent) {
        (None, Some(true)) => Some(HeaderRule { name: name?, rule: None }),
        // That it is there, whatever it says.
        (None, Some(false)) => {
            Some(HeaderRule { name: name?, rule: Some(TextRule::Matches(Pattern::new("", false).ok()?)) })
        }
        (Some(rule), _) => Some(HeaderRule { name: name?, rule: Some(rule) }),
        (None, None) => None,
    }
}

fn read_json(mut section: Section<'_, '_>, cx: &mut Context<'_>) -> Option<JsonRule> {
    section.missing("path", "\"$.status\"", cx);
    let path = section.parsed("path", cx, |text, _| text.parse::<Path>());
    let scalar = |raw: Raw| match raw {
        Raw::Text(text) => Scalar::Text(Wanted::new(&text.text, text.secret)),
        Raw::Number(number) => Scalar::Number(number),
        Raw::Truth(truth) => Scalar::Truth(truth),
    };
    let number = |section: &mut Section<'_, '_>, key, cx: &mut Context<'_>| match section.scalar(key, cx)? {
        Raw::Number(number) => Some(number),
        _ => {
            cx.problem(&section.span_of(key).unwrap_or(0..0), format!("`{key}` must be a number"));
            None
        }
    };
    let comparisons = [
        section.scalar("is", cx).map(|raw| Compare::Is(scalar(raw))),
        section.scalar("is_not", cx).map(|raw| Compare::IsNot(scalar(raw))),
        number(&mut section, "at_least", cx).map(Compare::AtLeast),
        number(&mut section, "at_most", cx).map(Compare::AtMost),
        section.boolean("exists", cx).map(Compare::Exists),
    ];
    one_of(&section, &["is", "is_not", "at_least", "at_most", "exists"], cx);
    section.finish(cx);
    Some(JsonRule { path: path?, compare: comparisons.into_iter().flatten().next()? })
}

/// Exactly one of these keys has to be there.
fn one_of(section: &Section<'_, '_>, keys: &[&str], cx: &mut Context<'_>) {
    if keys.iter().filter(|key| section.span_of(key).is_some()).count() != 1 {
        cx.problem(&section.span, format!("a rule has exactly one of {}", keys.join(", ")));
    }
}
