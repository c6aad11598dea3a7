//! Pure rules of incidents and their updates: what may be posted, and what follows from what was posted.

use crate::markdown;
use app::backend::{EditIncident, EditUpdate, NewIncident, NewPostmortem, NewUpdate};
use app::model::incident::{MAX_BODY_BYTES, MAX_TITLE_CHARS};
use app::model::{At, ComponentSlug, Phase};

/// Components that one incident may name.
pub const MAX_COMPONENTS: usize = 200;

/// Why a title, text, date or phase cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct Problem {
    /// The field's label.
    pub field: &'static str,
    /// What to do.
    pub problem: String,
}

fn problem(field: &'static str, problem: impl Into<String>) -> Problem {
    Problem { field, problem: problem.into() }
}

/// Whether an incident may be opened.
pub fn check_new(new: &NewIncident, now: At) -> Result<(), Problem> {
    check_title(&new.title)?;
    check_body(&new.body)?;
    check_components(&new.components)?;
    check_start(new.started_at.unwrap_or(now), None, now)
}

/// Whether an incident's head may become this; `resolved_at` is the stored one.
pub fn check_edit(edit: &EditIncident, resolved_at: Option<At>, now: At) -> Result<(), Problem> {
    check_title(&edit.title)?;
    check_components(&edit.components)?;
    check_start(edit.started_at, resolved_at, now)
}

/// Whether an update may be added to an incident that stands at `phase`.
pub fn check_update(new: &NewUpdate, phase: Phase) -> Result<(), Problem> {
    check_body(&new.body)?;
    if may_follow(phase, new.phase) {
        return Ok(());
    }
    Err(problem(
        "Phase",
        format!(
            "a resolved incident can only be reopened as {}, or told more of as {}",
            Phase::Investigating.label(),
            Phase::Resolved.label()
        ),
    ))
}

/// Whether a look back may be added to an incident that stands at `phase`; `there` tells whether one is shown.
pub fn check_postmortem(new: &NewPostmortem, phase: Phase, there: bool) -> Result<(), Problem> {
    check_body(&new.body)?;
    if phase != Phase::Resolved {
        return Err(problem("Post-mortem", "resolve the incident first; it looks back on what is over"));
    }
    only_one(there)
}

/// An incident has one look back that is not withdrawn.
pub fn only_one(there: bool) -> Result<(), Problem> {
    if there { Err(problem("Post-mortem", "there is one already; change that one, or withdraw it")) } else { Ok(()) }
}

/// Whether an update's text may become this.
pub fn check_update_edit(edit: &EditUpdate) -> Result<(), Problem> {
    check_body(&edit.body)
}

/// Whether an incident that stands at `phase` may go on to `next`: any order while it lasts (causes are
/// found to be wrong, fixes fail); after its end only more words, or the admission that it is back.
pub const fn may_follow(phase: Phase, next: Phase) -> bool {
    !matches!((phase, next), (Phase::Resolved, Phase::Identified | Phase::Monitoring))
}

fn check_title(title: &str) -> Result<(), Problem> {
    if title.trim().is_empty() {
        return Err(problem("Title", "say in a few words what visitors notice"));
    }
    if title.chars().count() > MAX_TITLE_CHARS {
        return Err(problem("Title", format!("at most {MAX_TITLE_CHARS} characters")));
    }
    if title.chars().any(char::is_control) {
        return Err(problem("Title", "one line, without control characters"));
    }
    Ok(())
}

fn check_body(body: &str) -> Result<(), Problem> {
    if body.trim().is_empty() {
        return Err(problem("Text", "say what is known"));
    }
    if body.len() > MAX_BODY_BYTES {
        return Err(problem("Text", markdown::Problem::TooLong.to_string()));
    }
    markdown::check(body).map_err(|reason| problem("Text", reason.to_string()))
}

fn check_components(components: &[ComponentSlug]) -> Result<(), Problem> {
    if components.len() > MAX_COMPONENTS {
        return Err(problem("Components", format!("at most {MAX_COMPONENTS}")));
    }
    let mut sorted: Vec<&ComponentSlug> = components.iter().collect();
    sorted.sort_unstable();
    if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(problem("Components", "name each only once"));
    }
    Ok(())
}

fn check_start(started_at: At, resolved_at: Option<At>, now: At) -> Result<(), Problem> {
    if started_at > now {
        return Err(problem("Start", "it cannot begin in the future"));
    }
    if started_at.0 < 0 {
        return Err(problem("Start", "a date after 1970"));
    }
    if resolved_at.is_some_and(|resolved_at| started_at > resolved_at) {
        return Err(problem("Start", "it cannot begin after it was resolved"));
    }
    Ok(())
}

/// What an incident's updates say of it as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// That of the newest update that is not withdrawn; investigating when there is none.
    pub phase: Phase,
    /// When it was resolved: the first of the resolved updates that stand last.
    pub resolved_at: Option<At>,
}

/// Where an incident stands, from its updates that are not withdrawn, newest first.
pub fn standing(shown: impl IntoIterator<Item = (Phase, At)>) -> Standing {
    let mut shown = shown.into_iter();
    let Some((phase, at)) = shown.next() else {
        return Standing { phase: Phase::Investigating, resolved_at: None };
    };
    if phase != Phase::Resolved {
        return Standing { phase, resolved_at: None };
    }
    // Words added after the end do not move the end.
    let resolved_at = shown.take_while(|(phase, _)| *phase == Phase::Resolved).last().map_or(at, |(_, at)| at);
    Standing { phase, resolved_at: Some(resolved_at) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::model::Impact;

    fn new() -> NewIncident {
        NewIncident {
            title: "Shop answers 502".to_owned(),
            impact: Impact::Major,
            phase: Phase::Investigating,
            body: "We look into it.".to_owned(),
            components: vec!["web".parse().unwrap()],
            started_at: None,
        }
    }

    #[test]
    fn a_plain_incident_may_be_opened_and_back_dated() {
        assert_eq!(check_new(&new(), At(1000)), Ok(()));
        assert_eq!(check_new(&NewIncident { started_at: Some(At(5)), ..new() }, At(1000)), Ok(()));
    }

    #[test]
    fn each_field_is_refused_by_its_own_label() {
        let web: ComponentSlug = "web".parse().unwrap();
        let cases = [
            ("Title", NewIncident { title: "  ".to_owned(), ..new() }),
            ("Title", NewIncident { title: "x".repeat(201), ..new() }),
            ("Title", NewIncident { title: "a\r\nSet-Cookie: x=1".to_owned(), ..new() }),
            ("Text", NewIncident { body: "\n".to_owned(), ..new() }),
            ("Text", NewIncident { body: "x".repeat(16 * 1024 + 1), ..new() }),
            ("Text", NewIncident { body: "> ".repeat(100), ..new() }),
            ("Components", NewIncident { components: vec![web.clone(), web], ..new() }),
            ("Start", NewIncident { started_at: Some(At(1001)), ..new() }),
        ];
        for (field, new) in cases {
            assert_eq!(check_new(&new, At(1000)).map_err(|problem| problem.field), Err(field), "{new:?}");
        }
    }

    #[test]
    fn two_hundred_characters_are_counted_as_characters() {
        assert_eq!(check_new(&NewIncident { title: "é".repeat(200), ..new() }, At(1000)), Ok(()));
    }

    #[test]
    fn after_the_end_only_more_words_or_a_new_beginning() {
        assert!(may_follow(Phase::Monitoring, Phase::Identified));
        assert!(may_follow(Phase::Resolved, Phase::Resolved));
        assert!(may_follow(Phase::Resolved, Phase::Investigating));
        assert!(!may_follow(Phase::Resolved, Phase::Monitoring));
    }

    #[test]
    fn the_newest_shown_update_says_where_it_stands() {
        use Phase::{Investigating, Monitoring, Resolved};
        assert_eq!(standing([]), Standing { phase: Investigating, resolved_at: None });
        assert_eq!(standing([(Monitoring, At(3))]), Standing { phase: Monitoring, resolved_at: None });
        let told_more = [(Resolved, At(9)), (Resolved, At(7)), (Monitoring, At(5)), (Resolved, At(2))];
        assert_eq!(standing(told_more), Standing { phase: Resolved, resolved_at: Some(At(7)) });
        assert_eq!(standing([(Investigating, At(8)), (Resolved, At(7))]).resolved_at, None);
    }
}
