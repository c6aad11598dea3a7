//! The literate pages of causes (`diagnose/causes/*.md`): their cases, and the facts of each.
//!
//! A page has one `##` section for each case. `facts` blocks hold a JSON array of `{kind, value}`; `<product>-log`
//! and `<gateway>-config` blocks (`nginx-log`, `haproxy-config` …) go through the real parsers, for the run of
//! `http://127.0.0.1:8080/` that began at 2026-11-22 15:00:00 UTC; `output` blocks hold what a command printed, as an
//! admin would paste it. A case whose text holds `Recorded from` and a source has blocks that a real program wrote.

use app::model::{At, Fact, FactId, FactKind, Source, Step};
use server::diagnose::given::{self, paste};
use server::gateways::GatewayKind;
use server::logs::Product;
use std::path::{Path, PathBuf};
use url::Url;

/// 2026-11-22 15:00:00 UTC.
const BEGAN: At = At(1_795_359_600_000);

/// One section.
pub(crate) struct Case {
    /// Its headline.
    pub(crate) title: String,
    /// Its plain text.
    pub(crate) text: String,
    /// Language and body of each block.
    pub(crate) blocks: Vec<(String, String)>,
}

impl Case {
    /// What a real program wrote, with its source named.
    pub(crate) fn is_recorded(&self) -> bool {
        let real = |language: &str| language == "output" || language.ends_with("-log");
        self.text.contains("Recorded from ") && self.blocks.iter().any(|(language, _)| real(language))
    }

    /// The lines `field = value` of what it expects.
    pub(crate) fn expected(&self) -> Vec<(&str, &str)> {
        let blocks = self.blocks.iter().filter(|(language, _)| language == "expect");
        let lines = blocks.flat_map(|(_, body)| body.lines()).filter(|line| !line.trim().is_empty());
        lines
            .map(|line| line.split_once('=').unwrap_or_else(|| panic!("{}: {line}", self.title)))
            .map(|(name, value)| (name.trim(), value.trim()))
            .collect()
    }

    /// The cause that it expects as the verdict's.
    pub(crate) fn cause(&self) -> Option<&str> {
        self.expected().into_iter().find(|(name, _)| *name == "cause").map(|(_, cause)| cause)
    }

    /// Its facts.
    pub(crate) fn facts(&self) -> Vec<Fact> {
        let url = Url::parse("http://127.0.0.1:8080/").expect("it is a URL");
        let mut kinds: Vec<FactKind> = Vec::new();
        for (language, body) in &self.blocks {
            match language.as_str() {
                "facts" => kinds.extend(
                    serde_json::from_str::<Vec<FactKind>>(body)
                        .unwrap_or_else(|error| panic!("{}: {error}", self.title)),
                ),
                "expect" => {}
                "output" => kinds.extend(self.output(body, &kinds)),
                other => kinds.extend(given_text(other, body, &url, &self.title)),
            }
        }
        facts(kinds)
    }

    fn output(&self, body: &str, known: &[FactKind]) -> Vec<FactKind> {
        let run = server::diagnose::empty_run("r1".parse().expect("it is an id"), "http://127.0.0.1:8080/", BEGAN);
        let mut about = paste::About::run(&run, Step::Server, BEGAN, At(BEGAN.0 + 20_000));
        for kind in known {
            about.learn_kind(kind);
        }
        let given = paste::read(body, &mut about).unwrap_or_else(|error| panic!("{}: {error}", self.title));
        given.into_iter().flat_map(|one| one.facts).collect()
    }
}

/// Where the pages are.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/diagnose/causes")
}

/// The page of a cause.
pub(crate) fn of_cause(id: &str) -> Vec<Case> {
    let path = folder().join(format!("{id}.md"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    cases(&text)
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
                    cases.push(Case { title: title.to_owned(), text: String::new(), blocks: Vec::new() });
                } else if let Some(case) = cases.last_mut() {
                    case.text.push_str(line);
                    case.text.push('\n');
                }
            }
        }
    }
    assert!(block.is_none(), "a block is not closed");
    cases
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

/// Kinds as the facts of a run.
pub(crate) fn facts(kinds: Vec<FactKind>) -> Vec<Fact> {
    let fact = |(number, kind): (usize, FactKind)| Fact {
        id: FactId(format!("f{}", number + 1)),
        text: kind.sentence(),
        kind,
        seen: "test".to_owned(),
        step: 1,
        at: "2026-11-22T15:00:00.000Z".to_owned(),
        source: Source::Measured,
        hop: None,
    };
    kinds.into_iter().enumerate().map(fact).collect()
}
