//! Which requests a route takes.

use super::separated;
use crate::gateways::document::Node;
use crate::gateways::flat::{Cond, Text};

/// A route's condition, and how it is called.
pub(super) fn matches(node: Option<&Node>) -> (Cond, String) {
    let Some(node) = node else { return (Cond::Always, "/".to_owned()) };
    let (mut cond, label) = path(node);
    for key in ["headers", "query_parameters", "runtime_fraction", "grpc", "tls_context", "dynamic_metadata"] {
        for one in node.list_of(key) {
            cond = cond.and(header(one).unwrap_or_else(|| Cond::Unknown(key.to_owned())));
        }
    }
    (cond, label)
}

fn path(node: &Node) -> (Cond, String) {
    if let Some(prefix) = node.text_of("prefix") {
        let cond = if prefix == "/" { Cond::Always } else { Cond::Path(Text::Starts(prefix.to_owned())) };
        return (cond, prefix.to_owned());
    }
    if let Some(path) = node.text_of("path") {
        return (Cond::Path(Text::Is(path.to_owned())), path.to_owned());
    }
    if let Some(prefix) = node.text_of("path_separated_prefix") {
        return (separated(prefix), prefix.to_owned());
    }
    if let Some(pattern) = node.at(&["safe_regex", "regex"]).and_then(Node::text) {
        return (Cond::Path(Text::Matches(format!("^(?:{pattern})$"))), format!("~ {pattern}"));
    }
    (Cond::Unknown("a matcher".to_owned()), "/".to_owned())
}

/// The host may also be matched as a header.
fn header(one: &Node) -> Option<Cond> {
    let name = one.text_of("name")?;
    if !matches!(name, ":authority" | "host") {
        return None;
    }
    let exact = one.text_of("exact_match").or_else(|| one.at(&["string_match", "exact"])?.text())?;
    Some(Cond::Host(Text::Is(exact.to_ascii_lowercase())))
}
