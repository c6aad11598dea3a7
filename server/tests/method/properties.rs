//! What must hold of inference, whatever the facts: over the facts of every literate page, mixed and taken apart.

use super::pages;
use app::model::{CauseId, Fact, FactId, FactKind, Source, Strength};
use proptest::prelude::*;
use server::diagnose::CAUSES;
use server::diagnose::facts::Facts;
use server::diagnose::infer::{Inference, by_rules, infer};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::OnceLock;

/// The facts of every case of every page.
fn all_cases() -> &'static Vec<(String, Vec<Fact>)> {
    static ALL: OnceLock<Vec<(String, Vec<Fact>)>> = OnceLock::new();
    ALL.get_or_init(|| {
        let of_cause = |id: &str| {
            pages::of_cause(id)
                .into_iter()
                .map(|case| (format!("{id}: {}", case.title), case.facts()))
                .collect::<Vec<_>>()
        };
        CAUSES.iter().flat_map(|cause| of_cause(cause.text.id)).collect()
    })
}

fn renumbered(facts: Vec<Fact>) -> Vec<Fact> {
    let number = |(number, fact): (usize, Fact)| Fact { id: FactId(format!("f{}", number + 1)), ..fact };
    facts.into_iter().enumerate().map(number).collect()
}

/// What a conclusion says, without the facts' ids.
fn told(inference: &Inference) -> (String, Vec<(CauseId, Strength)>) {
    let verdict = &inference.verdict;
    let head = format!("{} {:?} {:?}", verdict.outcome, verdict.cause, verdict.strength);
    (head, inference.findings.iter().map(|finding| (finding.cause.clone(), finding.strength)).collect())
}

/// What a fact is about: two of these are an older and a newer look at the same thing, whose order counts.
fn subject(kind: &FactKind) -> String {
    let value = serde_json::to_value(kind).expect("a fact is JSON");
    let inner = &value["value"];
    let words = ["target", "name", "path", "address", "resource", "of", "instead_of", "server", "record", "number"];
    let words: Vec<String> = words.iter().filter_map(|key| inner.get(key)).map(ToString::to_string).collect();
    format!("{} {}", kind.code(), words.join(" "))
}

/// A case and an order of its facts in which looks at the same thing keep theirs.
fn shuffled() -> impl Strategy<Value = (String, Vec<Fact>, Vec<Fact>)> {
    any::<prop::sample::Index>().prop_flat_map(|index| {
        let (title, facts) = index.get(all_cases()).clone();
        let keys = prop::collection::vec(any::<u32>(), facts.len());
        keys.prop_map(move |keys| {
            let mut order: BTreeMap<String, u32> = BTreeMap::new();
            let mut keyed: Vec<(u32, usize, Fact)> = Vec::new();
            for (place, (fact, key)) in facts.iter().zip(&keys).enumerate() {
                // A later look never comes before an earlier one of the same thing.
                let least = order.entry(subject(&fact.kind)).or_default();
                *least = (*least).max(*key);
                keyed.push((*least, place, fact.clone()));
            }
            keyed.sort_by_key(|(key, place, _)| (*key, *place));
            let mixed = keyed.into_iter().map(|(_, _, fact)| fact).collect();
            (title.clone(), facts.clone(), renumbered(mixed))
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Neither the order in which facts arrive nor the order in which they were made changes what is concluded.
    #[test]
    fn the_order_of_facts_changes_nothing((title, facts, mixed) in shuffled()) {
        let expected = by_rules(&Facts::new(facts.clone()));
        let mut turned = facts;
        turned.reverse();
        prop_assert_eq!(&by_rules(&Facts::new(turned)), &expected, "{}", &title);
        prop_assert_eq!(told(&by_rules(&Facts::new(mixed))), told(&expected), "{}", &title);
    }

    /// Facts of two runs mixed are nonsense, but never a panic, and never proven by what was pasted.
    #[test]
    fn pasted_facts_never_prove(one in any::<prop::sample::Index>(), other in any::<prop::sample::Index>(), cut in any::<prop::sample::Index>()) {
        let (title, own) = one.get(all_cases());
        let (_, more) = other.get(all_cases());
        let own: Vec<Fact> = own[..cut.index(own.len() + 1)].to_vec();
        let proven = |inference: &Inference| -> BTreeSet<CauseId> {
            let of = inference.findings.iter().filter(|finding| finding.strength == Strength::Proven);
            of.map(|finding| finding.cause.clone()).collect()
        };
        let without = proven(&infer(&Facts::new(own.clone())));
        let pasted = more.iter().map(|fact| Fact { source: Source::Pasted, ..fact.clone() });
        let with = proven(&infer(&Facts::new(renumbered(own.into_iter().chain(pasted).collect()))));
        prop_assert!(with.is_subset(&without), "{title}: {with:?} were not proven before, only {without:?}");
    }
}

/// Taking a fact away that speaks for a cause never makes the cause surer, so adding one never makes it less sure.
#[test]
fn a_fact_that_speaks_for_a_cause_never_lowers_it() {
    let mut problems = Vec::new();
    for (title, facts) in all_cases() {
        let with = by_rules(&Facts::new(facts.clone()));
        for finding in &with.findings {
            // With two targets, what speaks for one may speak against the other.
            let of_finding = facts.iter().filter(|fact| finding.because.contains(&fact.id));
            let targets: BTreeSet<String> = of_finding.filter_map(|fact| target_of(&fact.kind)).collect();
            for id in finding.because.iter().filter(|_| targets.len() < 2) {
                let fewer: Vec<Fact> = facts.iter().filter(|fact| &fact.id != id).cloned().collect();
                let without = by_rules(&Facts::new(fewer));
                let now = without.findings.iter().find(|other| other.cause == finding.cause);
                if let Some(now) = now.filter(|now| now.strength < finding.strength) {
                    problems.push(format!(
                        "{title}: {} is {} with {}, and {} without",
                        finding.cause, finding.strength, id.0, now.strength
                    ));
                }
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

fn target_of(kind: &FactKind) -> Option<String> {
    serde_json::to_value(kind).ok()?["value"]["target"].as_str().map(str::to_owned)
}

/// Kinds that no rule asks for, each with its reason.
const SHOWN_ONLY: &[(&str, &str)] = &[
    ("hop", "it fills the run's chain of hops"),
    ("config-problem", "it tells the admin what could not be understood"),
];

#[test]
fn every_kind_of_fact_is_made_and_used() {
    let server = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let fact = std::fs::read_to_string(server.join("../../app/src/model/fact.rs")).expect("it is there");
    let ways = std::fs::read_to_string(server.join("diagnose/facts.rs")).expect("it is there");
    let sources = |folders: &[&str]| {
        let mut text = String::new();
        for folder in folders {
            gather(&server.join(folder), &mut text);
        }
        text
    };
    let makers = sources(&[
        "diagnose.rs",
        "diagnose/inner.rs",
        "diagnose/steps",
        "diagnose/steps.rs",
        "diagnose/scene.rs",
        "diagnose/scene",
    ]);
    let users = sources(&["diagnose/infer", "diagnose/causes", "diagnose/practices", "diagnose/practices.rs"]);
    let mut problems = Vec::new();
    let variants = fact.lines().filter_map(|line| {
        let (variant, rest) = line.trim().split_once('(')?;
        let (_, code) = rest.split_once(") = \"")?;
        Some((variant.to_owned(), code.split('"').next()?.to_owned()))
    });
    let variants: Vec<_> = variants.filter(|(_, code)| FactKind::CODES.contains(&code.as_str())).collect();
    assert_eq!(variants.len(), FactKind::CODES.len(), "fact.rs is written otherwise now");
    for (variant, code) in variants {
        if !makers.contains(&format!("FactKind::{variant}(")) {
            problems.push(format!("no step makes {code}"));
        }
        let way = ways
            .lines()
            .find_map(|line| line.trim().split_once(&format!(": {variant} => ")).map(|(way, _)| way.to_owned()));
        let used = way.is_some_and(|way| users.contains(&format!(".{way}()")))
            || users.contains(&format!("FactKind::{variant}("));
        if !used && SHOWN_ONLY.iter().all(|(shown, _)| *shown != code) {
            problems.push(format!("no rule uses {code}"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

fn gather(path: &Path, text: &mut String) {
    if !path.exists() {
        // One of several places where it may be.
    } else if path.is_dir() {
        for entry in std::fs::read_dir(path).expect("it can be listed").flatten() {
            gather(&entry.path(), text);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        text.push_str(&std::fs::read_to_string(path).expect("it can be read"));
    }
}
