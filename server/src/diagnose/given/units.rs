//! Pasted states of systemd units: `systemctl status`, `systemctl show`.

use super::paste::About;
use app::model::FactKind;
use app::model::fact::host::Unit;

/// `systemctl status`: a headline with a dot, then `Loaded:` and `Active:`.
pub(super) fn status(text: &str, _: &About) -> Option<Vec<FactKind>> {
    let (mut units, mut name): (Vec<Unit>, Option<String>) = (Vec::new(), None);
    let mut is = false;
    for line in text.lines() {
        let bare = line.trim();
        if let Some(unit) = bare.strip_prefix("Unit ").and_then(|rest| rest.strip_suffix(" could not be found.")) {
            is |= unit.contains('.');
        }
        // `● nginx.service - A server`; the dot has several shapes.
        let head = bare.trim_start_matches(['●', '○', '×', '↻', '*']).trim_start();
        if head.len() < bare.len() {
            name = head.split(' ').next().filter(|unit| unit.contains('.')).map(str::to_owned);
        }
        let Some(active) = bare.strip_prefix("Active: ") else { continue };
        let Some(name) = name.take() else { continue };
        is = true;
        units.extend(active_of(name, active));
    }
    is.then(|| units.into_iter().map(FactKind::Unit).collect())
}

/// `active (running) since …`, `failed (Result: exit-code) since …`, `activating (auto-restart) (Result: signal) since …`
fn active_of(name: String, text: &str) -> Option<Unit> {
    let words = text.split(" since ").next()?;
    let active = words.split(' ').next()?.to_owned();
    let (mut sub, mut result) = (String::new(), String::new());
    for part in words.split('(').skip(1) {
        let inside = part.split(')').next().unwrap_or_default();
        match inside.strip_prefix("Result: ") {
            Some(word) => word.clone_into(&mut result),
            None => inside.clone_into(&mut sub),
        }
    }
    if sub.is_empty() {
        sub.clone_from(&active);
    }
    Some(Unit { name, active, sub, result, ..Unit::default() })
}

/// `systemctl show`: `Key=value`, one unit after the other.
pub(super) fn show(text: &str, _: &About) -> Option<Vec<FactKind>> {
    let mut units: Vec<Unit> = Vec::new();
    for block in text.split("\n\n") {
        let value = |key: &str| {
            block.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('=')).unwrap_or_default().to_owned()
        };
        let (name, active) = (value("Id"), value("ActiveState"));
        if !name.is_empty() && !active.is_empty() {
            let restarts = value("NRestarts").parse().unwrap_or_default();
            units.push(Unit {
                name,
                active,
                sub: value("SubState"),
                result: value("Result"),
                restarts,
                ..Unit::default()
            });
        }
    }
    (!units.is_empty()).then(|| units.into_iter().map(FactKind::Unit).collect())
}
