//! Files that `diagnose` is given: pasted output, and an earlier run.

use super::shown;
use crate::diagnose::given::paste::{MAX_BYTES, Paste, accepted};
use crate::diagnose::pasted;
use crate::fileguard::{Fileguard, visible};
use app::model::{Run, Step};
use std::io::Read;
use std::path::Path;

/// The largest object of a run that is read.
const MAX_RUN: u64 = 32 << 20;

/// Every `--paste STEP FILE`, checked before anything is asked.
pub(super) fn pastes(words: &[String]) -> Result<Vec<Paste>, String> {
    let mut pastes = Vec::new();
    let mut from_input = false;
    for pair in words.chunks(2) {
        let [step, file] = pair else { return Err("--paste: write a step and a file".to_owned()) };
        let at = |problem: String| format!("--paste {} {}: {problem}", shown(step), shown(file));
        let step = step_of(step).ok_or_else(|| at(format!("there is no such step; use one of {}", steps())))?;
        let text = if file == "-" {
            if std::mem::replace(&mut from_input, true) {
                return Err(at("standard input can be read only once".to_owned()));
            }
            standard_input().map_err(at)?
        } else {
            let most = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX);
            let read = Fileguard::for_terminal().read_text(Path::new(file), most);
            read.map_err(|error| at(format!("{error}; {}", accepted(step))))?.text
        };
        let paste = Paste { step, text };
        pasted::check(&paste).map_err(|problem| at(problem.to_string()))?;
        pastes.push(paste);
    }
    Ok(pastes)
}

/// A step by its id or its number.
fn step_of(word: &str) -> Option<Step> {
    let by_number = word.parse::<usize>().ok().and_then(|number| Step::ALL.get(number.checked_sub(1)?).copied());
    by_number.or_else(|| Step::ALL.iter().copied().find(|step| step.as_str() == word))
}

fn steps() -> String {
    Step::ALL.iter().map(|step| format!("{} ({})", step.as_str(), step.number())).collect::<Vec<_>>().join(", ")
}

fn standard_input() -> Result<String, String> {
    let mut bytes = Vec::new();
    // One more, so that a text that is too long is seen as such.
    let most = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    std::io::stdin().lock().take(most).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    Ok(visible(&bytes))
}

/// A run as `--json` printed it.
pub(super) fn earlier_run(path: &Path) -> Result<Run, String> {
    let at = |problem: String| format!("--again: {problem}");
    let read = Fileguard::for_terminal().read_text(path, MAX_RUN).map_err(|error| at(error.to_string()))?;
    let run: Run = serde_json::from_str(&read.text)
        .map_err(|error| at(format!("{} is not a run as `diagnose --json` prints it: {error}", path.display())))?;
    if run.schema != app::model::run::SCHEMA {
        return Err(at(format!("{} has schema {}, which is not known here", path.display(), run.schema)));
    }
    Ok(run)
}
