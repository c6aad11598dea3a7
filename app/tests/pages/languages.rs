//! The catalogues are whole, and every public page is in its language to the last word.

use crate::fixture::{NOW, calm, snapshot};
use crate::keep;
use crate::public::every_page_in;
use app::model::status::Blindness;
use app::model::{At, Language, Snapshot, State};
use app::render::{self, PageContext};
use app::words::{Words, source};
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement, VariantKey};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What is found in one message.
#[derive(Debug, Default, PartialEq, Eq)]
struct Shape {
    placeholders: BTreeSet<String>,
    tags: BTreeSet<String>,
    /// Of each choice: what it goes by, and its cases.
    choices: BTreeMap<String, BTreeSet<String>>,
    text: String,
}

impl Shape {
    fn look(&mut self, pattern: &Pattern<&str>) {
        for element in &pattern.elements {
            match element {
                PatternElement::TextElement { value } => self.text.push_str(value),
                PatternElement::Placeable { expression: Expression::Inline(inline) } => self.inline(inline),
                PatternElement::Placeable { expression: Expression::Select { selector, variants } } => {
                    let InlineExpression::VariableReference { id } = selector else {
                        panic!("a choice by no variable")
                    };
                    self.placeholders.insert(id.name.to_owned());
                    let cases = variants.iter().map(|variant| match &variant.key {
                        VariantKey::Identifier { name } | VariantKey::NumberLiteral { value: name } => {
                            (*name).to_owned()
                        }
                    });
                    self.choices.entry(id.name.to_owned()).or_default().extend(cases);
                    for variant in variants {
                        self.look(&variant.value);
                    }
                }
            }
        }
    }

    fn inline(&mut self, inline: &InlineExpression<&str>) {
        match inline {
            InlineExpression::VariableReference { id } => drop(self.placeholders.insert(id.name.to_owned())),
            InlineExpression::StringLiteral { value } => self.text.push_str(value),
            _ => panic!("only variables and literals are used here"),
        }
    }
}

fn shapes(language: Language) -> BTreeMap<String, Shape> {
    let resource =
        fluent_syntax::parser::parse(source(language)).unwrap_or_else(|(_, errors)| panic!("{language}: {errors:?}"));
    let mut shapes = BTreeMap::new();
    for entry in &resource.body {
        let Entry::Message(message) = entry else { continue };
        let mut shape = Shape::default();
        shape.look(message.value.as_ref().expect("a message has a text"));
        let tags = shape.text.split('<').skip(1).filter_map(|rest| rest.split_once('>'));
        shape.tags = tags.map(|(tag, _)| tag.to_owned()).collect();
        let before = shapes.insert(message.id.name.to_owned(), shape);
        assert!(before.is_none(), "{language}: {} stands there twice", message.id.name);
    }
    shapes
}

/// The forms that a language has for whole numbers (Unicode CLDR), without those of millions.
const fn plurals(language: Language) -> &'static [&'static str] {
    match language {
        Language::Japanese => &["other"],
        Language::Arabic => &["one", "two", "few", "many", "other"],
        _ => &["one", "other"],
    }
}

#[test]
fn every_language_has_every_message_placeholder_and_form() {
    let english = shapes(Language::English);
    for &language in Language::ALL {
        let theirs = shapes(language);
        let keys = |shapes: &BTreeMap<String, Shape>| shapes.keys().cloned().collect::<BTreeSet<_>>();
        let (ours, there) = (keys(&english), keys(&theirs));
        assert!(ours == there, "{language}: {:?}", ours.symmetric_difference(&there).collect::<Vec<_>>());
        for (key, shape) in &theirs {
            let base = &english[key];
            // Dates take of their parts what they need.
            let date = shape.placeholders.is_superset(&base.placeholders) || base.placeholders.contains("month");
            assert!(date && shape.placeholders.is_subset(&base.placeholders), "{language}: {key}: {shape:?}");
            assert_eq!(shape.tags, base.tags, "{language}: {key}");
            for (by, cases) in &shape.choices {
                let counts =
                    cases.iter().all(|case| ["zero", "one", "two", "few", "many", "other"].contains(&case.as_str()));
                if counts {
                    let lacks: Vec<_> = plurals(language).iter().filter(|form| !cases.contains(**form)).collect();
                    assert!(lacks.is_empty(), "{language}: {key} lacks {lacks:?}");
                } else if by == "state" {
                    assert_eq!(Some(cases), base.choices.get(by), "{language}: {key}");
                }
            }
            if base.choices.contains_key("count") && plurals(language).len() > 1 {
                assert!(shape.choices.contains_key("count"), "{language}: {key} has one form for all numbers");
            }
            // Sentences that were forgotten; single words may be the same in two languages.
            let sentence = base.text.split_whitespace().count() > 3;
            assert!(language == Language::English || !sentence || shape.text != base.text, "{language}: {key}");
        }
    }
}

/// All sources beneath a folder, tests aside.
fn sources(folder: &Path, all: &mut String) {
    #[expect(clippy::disallowed_methods, reason = "the test reads its own repository")]
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, all);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            all.push_str(&std::fs::read_to_string(&path).expect("a source"));
        }
    }
}

#[test]
fn no_message_is_left_that_nobody_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = String::new();
    for folder in ["src", "../server/src/http", "../server/src/subscriptions"] {
        sources(&root.join(folder), &mut all);
    }
    let idle: Vec<_> = shapes(Language::English)
        .into_keys()
        // The server's phrases are found by their text.
        .filter(|key| !key.starts_with("reason-") && !key.starts_with("blind-"))
        .filter(|key| !all.contains(&format!("\"{key}\"")))
        .collect();
    assert!(idle.is_empty(), "{idle:?}");
}

/// Whatever of a document people read or hear: texts, titles, labels.
fn read_aloud(html: &str) -> BTreeSet<String> {
    let mut texts = BTreeSet::new();
    let mut take = |text: &str| {
        let text = text.replace(['\u{2066}', '\u{2068}', '\u{2069}'], "");
        let text = text.trim().trim_matches(|c: char| c.is_ascii_punctuation()).trim();
        // A time of day is the same everywhere.
        if text.replace("UTC", "").chars().filter(|c| c.is_alphabetic()).count() > 1 {
            texts.insert(text.to_owned());
        }
    };
    let html = html.replacen(crate::fixture::page("/").style, "", 1);
    for part in html.split('<') {
        let (tag, text) = part.split_once('>').unwrap_or(("", part));
        take(text);
        for name in [" aria-label=\"", " title=\"", " data-silent=\"", " data-unknown=\""] {
            tag.split(name).skip(1).filter_map(|rest| rest.split('"').next()).for_each(&mut take);
        }
        if tag.starts_with("meta name=\"description\"") {
            tag.split(" content=\"").skip(1).filter_map(|rest| rest.split('"').next()).for_each(&mut take);
        }
    }
    texts
}

/// Everything that the page can be made to say about itself.
fn troubled() -> Snapshot {
    let reason = "its clock was set".to_owned();
    let mut all =
        Snapshot { blind: Some(Blindness { since: NOW, reason }), only_self: true, storage_ok: false, ..snapshot() };
    all.components[0].reason = Some("status 502; unstable: its state changed 20 times within 1 h".to_owned());
    all.components[3].reason = Some("slow".to_owned());
    all.components[7].since = Some(At(NOW.0 - 30_000));
    all.past[0].updates[0].postmortem = true;
    all
}

fn pages(language: Language, snapshot: &Snapshot) -> Vec<(String, String)> {
    let page = |path: &str| PageContext { language, ..crate::fixture::page(path) };
    let mut pages: Vec<(String, String)> = every_page_in(language, snapshot)
        .into_iter()
        .filter(|(name, _)| !name.starts_with("cause"))
        .map(|(name, html)| (name.to_owned(), html))
        .collect();
    for status in [400, 401, 403, 404, 405, 408, 410, 413, 421, 429, 500, 503, 418] {
        pages.push((format!("error-{status}"), render::error_page(&page("/nowhere"), status, None)));
    }
    for component in &snapshot.components {
        let path = format!("/components/{}", component.slug);
        pages.push((path.clone(), render::component_page(&page(&path), snapshot, component)));
        pages.push(("embed".to_owned(), render::embed_page(&page("/embed/x"), snapshot, component)));
    }
    pages.push(("subscription-refused".to_owned(), render::subscription_ended_page(&page("/subscribe"), true)));
    let empty = Snapshot { components: Vec::new(), ..calm() };
    pages.push(("nothing".to_owned(), render::status_page(&page("/"), &empty)));
    for &state in State::ALL {
        let mut one = calm();
        (one.state, one.components[0].state, one.components[0].latency) = (state, state, Vec::new());
        pages.push((format!("one-{state}"), render::status_page(&page("/"), &one)));
        one.components[1].state = state;
        pages.push((format!("some-{state}"), render::status_page(&page("/"), &one)));
        one.components.iter_mut().for_each(|component| component.state = state);
        pages.push((format!("all-{state}"), render::help_page(&page("/help/502"), &one)));
    }
    pages
}

/// What the fixture's people typed, and what is the same in another language too (French counts incidents as we do).
fn typed(snapshot: &Snapshot) -> String {
    let mut typed = "Gatewatch gatewatch.toml [subscriptions] --watch https://shop.example.com/ Atom RSS JSON Feed Webhook \
                     ada@example.com Example status Slow search Ctrl F5 UTC No. Orders fail with 502 · Example status November 2026 2 incidents [[monitors]]\nid = \
                     \"shop\"\nname = \"Shop\"\nurl = \"https://shop.example.com/\""
        .to_owned();
    for component in snapshot.components.iter().chain(&calm().components) {
        typed.extend([" ", component.name.as_str(), " ", component.group.as_deref().unwrap_or_default()]);
    }
    for incident in snapshot.active.iter().chain(&snapshot.past) {
        typed.extend([" ", incident.title.as_str()]);
        incident.updates.iter().for_each(|update| typed.extend([" ", update.html.as_str()]));
    }
    for one in &snapshot.maintenances {
        typed.extend([" ", one.title.as_str(), " ", one.about.as_deref().unwrap_or_default()]);
    }
    typed.push_str(&crate::fixture::incident("i0", "", app::model::Phase::Resolved).updates[0].html);
    typed
}

#[test]
fn no_page_keeps_an_english_word() {
    let snapshot = troubled();
    let typed = typed(&snapshot);
    let english: BTreeSet<String> =
        pages(Language::English, &snapshot).iter().flat_map(|(_, html)| read_aloud(html)).collect();
    assert!(english.len() > 400, "the pages say something");
    let mut left = Vec::new();
    for &language in Language::ALL.iter().filter(|language| **language != Language::English) {
        let words: BTreeSet<String> = shapes(language)
            .into_values()
            .map(|shape| shape.text.trim().trim_matches(|c: char| c.is_ascii_punctuation()).to_owned())
            .collect();
        for (name, html) in pages(language, &snapshot) {
            let tag = format!("<html lang=\"{language}\" dir=\"{}\"", language.direction());
            assert!(html.starts_with(&format!("<!DOCTYPE html>{tag}")), "{language} {name}");
            let still = read_aloud(&html)
                .into_iter()
                .filter(|text| english.contains(text) && !typed.contains(text.as_str()) && !words.contains(text));
            left.extend(still.map(|text| format!("{language} {name}: {text}")));
            if !name.starts_with('/') {
                keep(&format!("{language}-{name}"), &html);
            }
        }
    }
    assert!(left.is_empty(), "English was left: {left:#?}");
}

#[test]
fn the_manual_stays_english_and_says_so() {
    for (name, html) in every_page_in(Language::Arabic, &snapshot()) {
        let manual = name.starts_with("cause");
        assert_eq!(html.starts_with("<!DOCTYPE html><html lang=\"en\" dir=\"ltr\""), manual, "{name}");
        assert_eq!(html.contains("Skip to content"), manual, "{name}");
    }
}

#[test]
fn numbers_durations_and_dates_are_written_as_the_language_does() {
    let first = At(NOW.0 - 21 * 86_400_000);
    let of = |language: Language| {
        let words = Words::of(language);
        let all = [
            words.percent(0.9995),
            words.duration(1_240),
            words.duration(192_000),
            words.duration(273_600_000),
            words.number(1_234),
            words.number(86_400),
            words.date_time(NOW),
            words.precise(NOW),
            words.long_day(first.day()),
            words.short_day(NOW.day()),
            words.long_month("2026-08"),
        ];
        all.map(|text| text.replace(['\u{2068}', '\u{2069}'], "").replace(['\u{a0}', '\u{202f}'], " "))
    };
    let expected = [
        (
            Language::English,
            "99.95 %|1.2 s|3 min 12 s|3 d 4 h|1234|86400|22 Nov 2026, 18:04 UTC|22 Nov, 18:04:07 UTC|1 November 2026|22 Nov|August 2026",
        ),
        (
            Language::German,
            "99,95 %|1,2 s|3 min 12 s|3 Tage 4 h|1.234|86.400|22. Nov. 2026, 18:04 UTC|22. Nov., 18:04:07 UTC|1. November 2026|22. Nov.|August 2026",
        ),
        (
            Language::Spanish,
            "99,95 %|1,2 s|3 min 12 s|3 d 4 h|1234|86.400|22 nov 2026, 18:04 UTC|22 nov, 18:04:07 UTC|1 de noviembre de 2026|22 nov|agosto de 2026",
        ),
        (
            Language::French,
            "99,95 %|1,2 s|3 min 12 s|3 j 4 h|1 234|86 400|22 nov. 2026, 18:04 UTC|22 nov., 18:04:07 UTC|1er novembre 2026|22 nov.|août 2026",
        ),
        (
            Language::Japanese,
            "99.95%|1.2秒|3分12秒|3日4時間|1,234|86,400|2026年11月22日 18:04 UTC|11月22日 18:04:07 UTC|2026年11月1日|11月22日|2026年8月",
        ),
        (
            Language::Arabic,
            "99.95%|1.2 ث|3 د و12 ث|3 أيام و4 س|1,234|86,400|22 نوفمبر 2026، 18:04 UTC|22 نوفمبر، 18:04:07 UTC|1 نوفمبر 2026|22 نوفمبر|أغسطس 2026",
        ),
    ];
    assert_eq!(expected.len(), Language::ALL.len());
    for (language, text) in expected {
        assert_eq!(of(language).join("|"), text);
    }
}

#[test]
fn plural_forms_follow_the_number() {
    let incidents = |language: Language, count: usize| {
        Words::of(language).tell("month-count", [("count", count.into())]).replace(['\u{2068}', '\u{2069}'], "")
    };
    assert_eq!([1, 2].map(|count| incidents(Language::English, count)), ["1 incident", "2 incidents"]);
    assert_eq!([0, 1, 2].map(|count| incidents(Language::French, count)), ["0 incident", "1 incident", "2 incidents"]);
    assert_eq!(incidents(Language::German, 1_000), "1.000 Vorfälle");
    let arabic = [0, 1, 2, 3, 11, 100].map(|count| incidents(Language::Arabic, count));
    assert_eq!(arabic, ["لا حوادث", "حادث واحد", "حادثان", "3 حوادث", "11 حادثًا", "100 حادث"]);
}
