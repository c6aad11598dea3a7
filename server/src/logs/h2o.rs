//! h2o's error log: `[lib/core/proxy.c] in request:/path:message`. Its lines have no time.

use super::{Line, UNTIMED, Zone};

/// Splits one line; `None` if it is not one of h2o's.
pub(super) fn parse<'a>(line: &'a str, _zone: &Zone) -> Option<Line<'a>> {
    let (source, rest) = line.strip_prefix("[lib/")?.split_once("] ")?;
    source.contains(".c").then_some(())?;
    // A path comes from the client; what h2o says stands after its last colon.
    let message =
        rest.strip_prefix("in request:").and_then(|rest| rest.rsplit_once(':')).map_or(rest, |(_, said)| said);
    Some(Line::new(UNTIMED, message, line))
}
