//! The icon that shows the state: by colour and by shape, so that it is told apart without colour too.

use app::model::State;
use app::words::Words;

/// The icon as SVG, legible at 16 pixels and on light and dark tabs.
pub(super) fn svg(state: State, words: Words) -> String {
    let (colour, mark) = match state {
        State::Operational => ("#1a7f4b", r#"<path d="M9 16.5l5 5 9-11"/>"#),
        State::Degraded => ("#b7791f", r#"<path d="M8 18q4-6 8 0t8 0"/>"#),
        State::PartialOutage => ("#c2570c", r#"<path d="M16 8v10M16 23v.5"/>"#),
        State::Outage => ("#c02626", r#"<path d="M10 10l12 12M22 10L10 22"/>"#),
        State::Maintenance => ("#2b63c0", r#"<path d="M12 10v12M20 10v12"/>"#),
        State::Unknown => ("#6b7280", r#"<path d="M11.5 12.5a4.5 4.5 0 1 1 6.5 4c-1.5.8-2 1.6-2 3M16 23.5v.1"/>"#),
    };
    // Trouble is angular, well-being round: the outline alone tells them apart.
    let outline = match state {
        State::Operational | State::Maintenance => r#"<circle cx="16" cy="16" r="15"#,
        State::Unknown => r#"<rect x="2" y="2" width="28" height="28" rx="8"#,
        State::Degraded | State::PartialOutage | State::Outage => r#"<rect x="1" y="1" width="30" height="30" rx="3"#,
    };
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" role="img"><title>{label}</title>{outline}" fill="{colour}"/><g fill="none" stroke="#fff" stroke-width="3.5" stroke-linecap="round" stroke-linejoin="round">{mark}</g></svg>"##,
        label = words.state(state),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_an_icon_of_its_own() {
        let mut icons: Vec<String> = State::ALL.iter().map(|state| svg(*state, Words::default())).collect();
        icons.sort();
        icons.dedup();
        assert_eq!(icons.len(), State::ALL.len());
        for icon in icons {
            assert!(icon.starts_with("<svg ") && icon.ends_with("</svg>"), "{icon}");
            assert!(!icon.contains("script") && icon.len() < 600);
        }
    }
}
