//! Runs every `diagnose/causes/*.md`: facts in, verdict out.
//!
//! A file has one `##` section for each case. `facts` blocks hold a JSON array of `{kind, value}`; `<product>-log`
//! and `<gateway>-config` blocks (`nginx-log`, `haproxy-config` …) go through the real parsers, for the run of `http://127.0.0.1:8080/` that began at
//! 2026-11-22 15:00:00 UTC. An `expect` block holds lines `field = value`, with the fields outcome, cause, strength,
//! family, step, chain (`symptom < root`); `not = id` says that no finding may be that cause, `unproven = id` that it
//! may be one, but not proven.

#![expect(clippy::disallowed_methods, reason = "the test reads the pages beside the sources")]

use app::model::{Fact, FactId, FactKind, Source, Verdict};
use server::diagnose::facts::Facts;
use server::diagnose::infer::{Inference, infer};
use server::diagnose::{CAUSES, given};
use server::gateways::GatewayKind;
use server::logs::Product;
use std::path::{Path, PathBuf};
use url::Url;

/// 2026-11-22 15:00:00 UTC.
const BEGAN: app::model::At = app::model::At(1_795_359_600_000);

struct Case {
    title: String,
    blocks: Vec<(String, String)>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/diagnose/causes")
}

fn cases(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut block: Option<(String, String)> = None;
    for line in text.lines() {
        match (&mut block, line.strip_prefix("```")) {
            (Some(_), Some(_)) => {
                if let (Some(case), Some(done)) = (cases.last_mut(), block.take()) {
                    case.blocks.push(done);
                }
            }
            (Some((_, body)), None) => {
                body.push_str(line);
                body.push('\n');
            }
            (None, Some(language)) => block = Some((language.to_owned(), String::new())),
            (None, None) => {
                if let Some(title) = line.strip_prefix("## ") {
                    cases.push(Case { title: title.to_owned(), blocks: Vec::new() });
                }
            }
        }
    }
    assert!(block.is_none(), "a block is not closed");
    cases
}

fn kinds(case: &Case) -> Vec<FactKind> {
    let url = Url::parse("http://127.0.0.1:8080/").expect("it is a URL");
    let mut kinds = Vec::new();
    for (language, body) in &case.blocks {
        match language.as_str() {
            "facts" => kinds.extend(
                serde_json::from_str::<Vec<FactKind>>(body).unwrap_or_else(|error| panic!("{}: {error}", case.title)),
            ),
            "expect" => {}
            other => kinds.extend(given_text(other, body, &url, &case.title)),
        }
    }
    kinds
}

/// The facts of a block `<product>-log` or `<product>-config`.
fn given_text(language: &str, body: &str, url: &Url, title: &str) -> Vec<FactKind> {
    let found = match language.rsplit_once('-') {
        Some((product, "log")) => {
            let product = product.strip_suffix("-error").unwrap_or(product);
            let product = Product::by_name(product).unwrap_or_else(|| panic!("{title}: unknown product {product}"));
            let until = BEGAN + std::time::Duration::from_secs(20);
            given::log(product, body, url, "GET", BEGAN, until)
        }
        Some((product, "config")) => {
            let kind = GatewayKind::by_name(product).unwrap_or_else(|| panic!("{title}: unknown gateway {product}"));
            given::config(kind, body, url)
        }
        _ => panic!("{title}: unknown block {language}"),
    };
    assert!(!found.is_empty(), "{title}: nothing was recognised in {language}");
    found
}

fn facts(kinds: Vec<FactKind>) -> Vec<Fact> {
    let fact = |(number, kind): (usize, FactKind)| Fact {
        id: FactId(format!("f{}", number + 1)),
        text: kind.sentence(),
        kind,
        seen: "test".to_owned(),
        step: 1,
        at: "2026-11-22T15:00:00.000Z".to_owned(),
        source: Source::Measured,
    };
    kinds.into_iter().enumerate().map(fact).collect()
}

/// Infers, and again with the facts in other orders: nothing may change.
fn conclude(case: &Case) -> Inference {
    let facts = facts(kinds(case));
    let inference = infer(&Facts::new(facts.clone()));
    for turn in 0..facts.len() {
        let mut turned = facts.clone();
        turned.rotate_left(turn);
        assert_eq!(infer(&Facts::new(turned)), inference, "{}: depends on the facts' order", case.title);
    }
    inference
}

fn field(verdict: &Verdict, name: &str) -> String {
    let code = |text: Option<&str>| text.unwrap_or("none").to_owned();
    match name {
        "outcome" => verdict.outcome.to_string(),
        "cause" => code(verdict.cause.as_ref().map(|cause| cause.0.as_ref())),
        "strength" => code(verdict.strength.map(app::model::Strength::as_str)),
        "family" => code(verdict.family.map(app::model::Family::as_str)),
        "chain" => verdict.chain.iter().map(|link| link.cause.0.as_ref()).collect::<Vec<_>>().join(" < "),
        "step" => verdict.step.map_or_else(|| "none".to_owned(), |step| step.to_string()),
        other => panic!("unknown field {other}"),
    }
}

fn check(id: &str, case: &Case, failures: &mut Vec<String>) {
    let inference = conclude(case);
    let expected = case.blocks.iter().find(|(language, _)| language == "expect");
    let Some((_, expected)) = expected else {
        failures.push(format!("{id}: {}: expects nothing", case.title));
        return;
    };
    for line in expected.lines().filter(|line| !line.trim().is_empty()) {
        let (name, wanted) = line.split_once('=').unwrap_or_else(|| panic!("{}: {line}", case.title));
        let (name, wanted) = (name.trim(), wanted.trim());
        let found = inference.findings.iter().find(|finding| finding.cause.0 == wanted);
        let problem = match name {
            "not" => found.map(|finding| format!("{wanted} is a finding ({})", finding.strength)),
            "unproven" => found
                .filter(|finding| finding.strength == app::model::Strength::Proven)
                .map(|_| format!("{wanted} is called proven")),
            _ => {
                let got = field(&inference.verdict, name);
                (got != wanted).then(|| format!("{name} is {got}, not {wanted}"))
            }
        };
        failures.extend(problem.map(|problem| format!("{id}: {}: {problem}\n    {:?}", case.title, inference.verdict)));
    }
}

#[test]
fn every_cause_holds_what_its_page_says() {
    let mut failures = Vec::new();
    for cause in CAUSES {
        let path = folder().join(format!("{}.md", cause.text.id));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let cases = cases(&text);
        let fits = cases.iter().any(|case| {
            case.blocks
                .iter()
                .any(|(l, body)| l == "expect" && body.lines().any(|line| line == format!("cause = {}", cause.text.id)))
        });
        let misses = cases.iter().any(|case| {
            case.blocks.iter().any(|(l, body)| l == "expect" && !body.contains(&format!("cause = {}", cause.text.id)))
        });
        assert!(fits && misses, "{}: needs a case that fits and a near miss", cause.text.id);
        for case in &cases {
            check(cause.text.id, case, &mut failures);
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_page_belongs_to_a_cause() -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder())? {
        let path = entry?.path();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().replace('_', "-");
        assert!(CAUSES.iter().any(|cause| cause.text.id == stem), "{} is not in the register", path.display());
    }
    Ok(())
}

#[test]
fn every_cause_tells_what_it_must() {
    let mut ids = std::collections::BTreeSet::new();
    for cause in CAUSES {
        let text = &cause.text;
        assert!(ids.insert(text.id), "{} is there twice", text.id);
        assert!(text.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{}", text.id);
        assert!(!text.title.is_empty() && text.explanation.len() > 80, "{}", text.id);
        assert!(
            !text.evidence.is_empty() && !text.contradictions.is_empty() && !text.look_alikes.is_empty(),
            "{}",
            text.id
        );
        assert!(
            !text.fixes.is_empty() && text.fixes.iter().all(|fix| !fix.command.is_empty() && !fix.verify.is_empty()),
            "{}",
            text.id
        );
        assert!(text.references.iter().all(|reference| reference.starts_with("https://")), "{}", text.id);
    }
}
