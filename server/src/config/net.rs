//! `[net]`: which private places may be asked; public ones may by default. The grammar of its
//! entries and the hard deny are the network policy's own.

use super::reader::{Context, Found, Section};
use crate::netguard::policy::{self, NetInput, NetRules};
use std::ops::Range;

/// The most redirects that may be allowed.
const MAX_REDIRECTS: u8 = 20;

/// Reads the section.
pub(super) fn read(section: Option<Section<'_, '_>>, cx: &mut Context<'_>) -> NetRules {
    let Some(mut section) = section else { return NetRules::default() };
    let verbatim = |text: &str| -> Result<String, String> { Ok(text.to_owned()) };
    let (allow_private, private_spans) = split(section.found_list("allow_private", cx, |text, _| verbatim(text)));
    let (allow_hosts, host_spans) = split(section.found_list("allow_hosts", cx, |text, _| verbatim(text)));
    let public = section.boolean("public", cx);
    let ports = section.found("public_ports", cx, |text, _| verbatim(text));
    // `resolvers` is the word "system" or a list of addresses.
    let resolvers_span = section.span_of("resolvers");
    let (servers, server_spans) = if section.is_list("resolvers") {
        let (servers, spans) = split(section.found_list("resolvers", cx, |text, _| verbatim(text)));
        (Some(servers), spans)
    } else {
        let _: Option<()> = section.parsed("resolvers", cx, |text, _| match text {
            "system" => Ok(()),
            other => Err(format!("`{other}` is not known; write \"system\" or a list such as [\"10.20.0.53\"]")),
        });
        (None, Vec::new())
    };
    let nat64 = section.boolean("nat64", cx);
    let max_redirects = section.number("max_redirects", 0..=MAX_REDIRECTS, cx);
    let start = section.span.clone();
    section.finish(cx);

    let input = NetInput {
        allow_private: &allow_private,
        allow_hosts: &allow_hosts,
        public,
        public_ports: ports.as_ref().map(|found| found.value.as_str()),
        resolvers: servers.as_deref(),
        nat64,
        max_redirects,
    };
    policy::parse(input).unwrap_or_else(|errors| {
        for error in errors {
            let span = match error.key {
                "allow_private" => private_spans.get(error.index).cloned(),
                "allow_hosts" => host_spans.get(error.index).cloned(),
                "resolvers" => server_spans.get(error.index).cloned().or_else(|| resolvers_span.clone()),
                "public_ports" => ports.as_ref().map(|found| found.span.clone()),
                _ => None,
            };
            let text = if error.entry.is_empty() {
                format!("{}: {}", error.key, error.problem)
            } else {
                format!("{}: `{}`: {}", error.key, error.entry, error.problem)
            };
            cx.problem(&span.unwrap_or_else(|| start.clone()), text);
        }
        NetRules::default()
    })
}

fn split(found: Vec<Found<String>>) -> (Vec<String>, Vec<Range<usize>>) {
    found.into_iter().map(|found| (found.value, found.span)).unzip()
}
