//! The confusion table of the lab, and its figures for every setting.

use anyhow::{Context as _, Result};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// How sure a word is, as a number, for the Brier score.
const SURE: [(&str, f64); 3] = [("proven", 1.0), ("strong", 0.8), ("suggestive", 0.5)];

/// One case in one setting.
#[derive(Debug, Clone)]
struct Line {
    case: String,
    setting: String,
    expected: String,
    is_control: bool,
    family: String,
    outcome: String,
    found: String,
    found_family: String,
    strength: String,
    top3: Vec<String>,
    proven: Vec<String>,
    says: u64,
    /// What the verdict itself leaves open, finer reasons among it.
    open: u64,
    /// A coarser word for what was made: with all evidence it is proven too, and here the verdict says that something
    /// finer is open.
    coarser: bool,
    ms: u64,
}

/// Everything that the faults wrote down.
#[derive(Debug)]
pub(super) struct Report {
    lines: Vec<Line>,
}

/// The figures of one setting.
#[derive(Debug, Default, PartialEq)]
struct Figures {
    faults: usize,
    top1: usize,
    top3: usize,
    family: usize,
    abstained: usize,
    speechless: usize,
    controls: usize,
    false_alarms: usize,
    false_proven: usize,
    named: usize,
    squares: f64,
    times: Vec<u64>,
}

impl Line {
    fn read(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let words = |value: &Value| value.as_array().into_iter().flatten().map(word).collect();
        let cause = word(&value["expected"]["cause"]);
        let outcome = word(&value["expected"]["outcome"]);
        let found = word(&value["cause"]);
        Some(Self {
            case: word(&value["case"]),
            setting: word(&value["setting"]),
            is_control: cause.is_empty(),
            expected: if cause.is_empty() { outcome } else { cause },
            family: word(&value["expected"]["family"]),
            outcome: if value["outcome"].is_null() { "nothing".to_owned() } else { word(&value["outcome"]) },
            found: if found.is_empty() { word(&value["outcome"]) } else { found },
            found_family: word(&value["family"]),
            strength: word(&value["strength"]),
            top3: words(&value["top3"]),
            proven: words(&value["proven"]),
            open: value["still_unknown"].as_u64().unwrap_or(0),
            coarser: false,
            says: value["still_unknown"].as_u64().unwrap_or(0) + value["skipped"].as_u64().unwrap_or(0),
            ms: value["ms"].as_u64().unwrap_or(0),
        })
    }

    /// Called proven, and not what was made.
    fn wrongly_proven(&self) -> bool {
        self.strength == "proven" && self.found != self.expected && !self.coarser
    }
}

/// With evidence taken away the reason of a reason may be out of sight; the reason is true all the same.
fn mark_coarser(lines: &mut [Line]) {
    let full = lines.iter().filter(|line| line.setting == FULL && line.found == line.expected);
    let proven: BTreeMap<String, Vec<String>> = full.map(|line| (line.case.clone(), line.proven.clone())).collect();
    for line in lines.iter_mut().filter(|line| line.setting != FULL) {
        line.coarser = line.open > 0 && proven.get(&line.case).is_some_and(|known| known.contains(&line.found));
    }
}

impl Figures {
    fn add(&mut self, line: &Line) {
        self.times.push(line.ms);
        self.false_proven += usize::from(line.wrongly_proven());
        let hit = line.found == line.expected;
        if line.is_control {
            self.controls += 1;
            self.false_alarms += usize::from(line.outcome == "cause");
        } else {
            self.faults += 1;
            self.top1 += usize::from(hit);
            self.top3 += usize::from(hit || line.top3.contains(&line.expected));
            self.family += usize::from(line.found_family == line.family);
            if line.outcome != "cause" {
                self.abstained += 1;
                self.speechless += usize::from(line.says == 0);
            }
        }
        if let Some((_, sure)) = SURE.iter().find(|(word, _)| *word == line.strength) {
            self.named += 1;
            self.squares += (sure - f64::from(u8::from(hit))).powi(2);
        }
    }

    fn median(&self) -> u64 {
        let mut times = self.times.clone();
        times.sort_unstable();
        times.get(times.len() / 2).copied().unwrap_or(0)
    }
}

impl Report {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).context("no fault wrote anything down")?;
        let mut lines: Vec<Line> = text.lines().filter_map(Line::read).collect();
        mark_coarser(&mut lines);
        lines.sort_by(|a, b| (a.setting != FULL, &a.setting, &a.case).cmp(&(b.setting != FULL, &b.setting, &b.case)));
        Ok(Self { lines })
    }

    pub(super) fn false_proven(&self) -> usize {
        self.lines.iter().filter(|line| line.wrongly_proven()).count()
    }

    pub(super) fn print(&self) {
        println!("\n{:<58} {:<34} {:<34} {:<10} {:>7}", "case", "expected", "found", "strength", "ms");
        for line in self.lines.iter().filter(|line| line.setting == FULL || line.setting == ELSEWHERE) {
            let mark = if line.found == line.expected { ' ' } else { '!' };
            println!(
                "{:<58} {:<34} {:<34} {:<10} {:>7} {mark}",
                line.case, line.expected, line.found, line.strength, line.ms
            );
            let others: Vec<&str> = line
                .proven
                .iter()
                .map(String::as_str)
                .filter(|cause| *cause != line.expected && *cause != line.found)
                .collect();
            if !others.is_empty() {
                println!("{:<58} also called proven: {}", "", others.join(", "));
            }
        }
        self.confusions();
        println!(
            "\n{:<26} {:>6} {:>11} {:>11} {:>11} {:>10} {:>9} {:>13} {:>13} {:>7} {:>9}",
            "setting",
            "faults",
            "top-1",
            "top-3",
            "family",
            "abstained",
            "speechless",
            "false alarms",
            "false proven",
            "Brier",
            "median ms"
        );
        for setting in self.settings() {
            let mut figures = Figures::default();
            self.lines.iter().filter(|line| line.setting == setting).for_each(|line| figures.add(line));
            let of = |count: usize| format!("{count} ({} %)", percent(count, figures.faults));
            println!(
                "{:<26} {:>6} {:>11} {:>11} {:>11} {:>10} {:>10} {:>13} {:>13} {:>7.3} {:>9}",
                setting,
                figures.faults,
                of(figures.top1),
                of(figures.top3),
                of(figures.family),
                figures.abstained,
                figures.speechless,
                format!("{} of {}", figures.false_alarms, figures.controls),
                figures.false_proven,
                if figures.named == 0 { 0.0 } else { figures.squares / count(figures.named) },
                figures.median()
            );
        }
        println!(
            "\nFalse proven: a coarser word is none if it is proven with all evidence as well and the verdict leaves the finer\n\
             one open. Abstained: no cause named; speechless: and nothing said of what is missing. Brier: over the verdicts that name a\n\
             cause, with proven as 1, strong as 0.8, suggestive as 0.5."
        );
    }

    /// What was taken for what, all settings together.
    fn confusions(&self) {
        let mut pairs: Vec<(String, usize)> = Vec::new();
        for line in self.lines.iter().filter(|line| line.found != line.expected && line.outcome == "cause") {
            let pair = format!("{} taken for {} ({}; {})", line.expected, line.found, line.strength, line.setting);
            match pairs.iter_mut().find(|(known, _)| *known == pair) {
                Some((_, count)) => *count += 1,
                None => pairs.push((pair, 1)),
            }
        }
        if !pairs.is_empty() {
            println!("\nWrong names:");
            for (pair, count) in pairs {
                println!("  {count:>3} × {pair}");
            }
        }
    }

    fn settings(&self) -> Vec<&str> {
        let mut settings: Vec<&str> = Vec::new();
        for line in &self.lines {
            if !settings.contains(&line.setting.as_str()) {
                settings.push(&line.setting);
            }
        }
        settings
    }
}

/// The setting in which nothing is taken away, and the one whose faults have an upstream on another host.
const FULL: &str = "all evidence";
const ELSEWHERE: &str = "upstream on another host";

fn percent(part: usize, whole: usize) -> usize {
    (part * 100).checked_div(whole).unwrap_or(0)
}

#[expect(clippy::cast_precision_loss, reason = "a number of cases")]
fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(expected: Option<&str>, found: Option<&str>, strength: &str) -> Line {
        let cause = |cause: Option<&str>| cause.map_or("null".to_owned(), |cause| format!("\"{cause}\""));
        let outcome = |cause: Option<&str>| if cause.is_some() { "cause" } else { "unknown" };
        let text = format!(
            r#"{{"case":"c","setting":"s","expected":{{"outcome":"{}","cause":{},"family":"f"}},"outcome":"{}","cause":{},"family":"f","strength":"{strength}","top3":["x","y"],"proven":[],"still_unknown":0,"skipped":0,"ms":5}}"#,
            outcome(expected),
            cause(expected),
            outcome(found),
            cause(found)
        );
        Line::read(&text).expect("it is a line")
    }

    #[test]
    fn a_coarser_word_is_not_false_while_the_finer_one_is_open() {
        let less = |found, open| Line { setting: "less".to_owned(), open, ..line(Some("a"), Some(found), "proven") };
        let full = |found| Line {
            setting: FULL.to_owned(),
            proven: vec!["a".to_owned(), "b".to_owned()],
            ..line(Some("a"), Some(found), "proven")
        };
        let wrong = |full: Line, less: Line| {
            let mut lines = [full, less];
            mark_coarser(&mut lines);
            lines[1].wrongly_proven()
        };
        assert!(!wrong(full("a"), less("b", 1)));
        assert!(wrong(full("a"), less("b", 0)), "nothing is left open");
        assert!(wrong(full("a"), less("c", 1)), "it was never proven");
        assert!(wrong(full("b"), less("b", 1)), "the full run did not find what was made");
    }

    #[test]
    fn figures_add_up() {
        let mut figures = Figures::default();
        for one in [
            line(Some("a"), Some("a"), "proven"),
            line(Some("x"), Some("b"), "strong"),
            line(Some("a"), Some("b"), "proven"),
            line(Some("a"), None, ""),
            line(None, Some("b"), "suggestive"),
            line(None, None, ""),
        ] {
            figures.add(&one);
        }
        assert_eq!((figures.faults, figures.top1, figures.top3, figures.abstained), (4, 1, 2, 1));
        assert_eq!((figures.controls, figures.false_alarms, figures.false_proven, figures.speechless), (2, 1, 1, 1));
        assert!((figures.squares - (0.0 + 0.64 + 1.0 + 0.25)).abs() < 1e-9);
        assert_eq!(figures.median(), 5);
    }
}
