//! Caddy: its log lines.

use super::{Line, Zone};

/// Splits one line; `None` if it is not one of Caddy's.
pub(super) fn parse<'a>(_line: &'a str, _zone: &Zone) -> Option<Line<'a>> {
    None
}
