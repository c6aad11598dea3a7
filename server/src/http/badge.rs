//! Badges: one component's state as a small picture for other sites' pages. Pure.

use app::model::{ComponentStatus, State};
use app::words::Words;

/// A character's width at the badge's size in tenths of a pixel, rather too wide than too narrow.
const CHAR: usize = 68;
/// From here on characters are drawn in a square: Korean, Chinese, Japanese.
const WIDE: char = '\u{1100}';
/// Longer names are cut: a badge stands in a line of text.
const MAX_CHARS: usize = 40;

/// The badge as SVG: the name, then the state in colour, shape and word.
pub(super) fn svg(component: &ComponentStatus, words: Words) -> String {
    let name: String = if component.name.chars().count() > MAX_CHARS {
        component.name.chars().take(MAX_CHARS - 1).chain(['…']).collect()
    } else {
        component.name.clone()
    };
    let label = words.state(component.state);
    let left = width(&name) + 14;
    let right = width(label) + 30;
    let (colour, mark) = look(component.state);
    let name = super::feed::escape(&name);
    let whole = left + right;
    let (mark_x, text_x) = (left + 8, left + 22);
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" viewBox="0 0 {whole} 20" role="img"><title>{name}: {label}</title><rect width="{whole}" height="20" rx="4" fill="#2b2d31"/><path d="M{left} 0h{inner}a4 4 0 0 1 4 4v12a4 4 0 0 1-4 4h-{inner}z" fill="{colour}"/><g transform="translate({mark_x} 5)" fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">{mark}</g><g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11"><text x="7" y="14">{name}</text><text x="{text_x}" y="14">{label}</text></g></svg>"##,
        inner = right - 4,
    )
}

/// Pixels that a text takes.
fn width(text: &str) -> usize {
    text.chars().map(|c| if c < WIDE { CHAR } else { 2 * CHAR }).sum::<usize>().div_ceil(10)
}

/// Colours with white text on them at 4.5:1 and more, and a mark in a square of ten.
const fn look(state: State) -> (&'static str, &'static str) {
    match state {
        State::Operational => ("#17703f", r#"<path d="M0 5.5l3 3L9 1"/>"#),
        State::Degraded => ("#8a5a0b", r#"<path d="M0 6q2.5-5 5 0t5 0"/>"#),
        State::PartialOutage => ("#a8480a", r#"<path d="M5 0v6M5 9.5v.1"/>"#),
        State::Outage => ("#b42020", r#"<path d="M1 1l8 8M9 1L1 9"/>"#),
        State::Maintenance => ("#2457ad", r#"<path d="M3 1v8M7 1v8"/>"#),
        State::Unknown => ("#5b6270", r#"<path d="M2.5 2.5a2.5 2.5 0 1 1 3.6 2.2C5.3 5.2 5 5.6 5 6.5M5 9.4v.1"/>"#),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::samples;

    #[test]
    fn every_state_has_a_badge_that_says_it_in_words() {
        let mut component = samples::snapshot().components.remove(0);
        for state in State::ALL {
            component.state = *state;
            let badge = svg(&component, Words::default());
            assert!(badge.starts_with("<svg ") && badge.ends_with("</svg>"), "{badge}");
            assert!(badge.contains(&format!("<title>WEB: {}</title>", state.label())), "{badge}");
        }
    }

    #[test]
    fn a_hostile_or_endless_name_stays_text_and_short() {
        let mut component = samples::snapshot().components.remove(0);
        component.name = format!("</title><script>{}", "x".repeat(500));
        let badge = svg(&component, Words::default());
        assert!(!badge.contains("<script>") && badge.len() < 1500, "{badge}");
    }
}
