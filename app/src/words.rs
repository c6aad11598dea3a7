//! What visitors read, in the configured language: catalogues in Fluent's syntax, one file a language.
//!
//! The files in `app/locales/` are part of the server's binary and read at their first use. Nothing of them reaches the
//! browser's module. Admin pages, APIs and the terminal take the English one.

mod said;
mod written;

use crate::model::Language;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use fluent_syntax::ast::Entry;
use leptos::prelude::{AnyView, IntoAny as _};
use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;

pub use fluent_bundle::FluentValue as Value;

/// One catalogue, ready to be asked.
struct Catalogue {
    language: Language,
    bundle: FluentBundle<FluentResource>,
    /// The messages that have no placeholder.
    plain: HashMap<String, String>,
    months: [[String; 12]; 2],
}

/// The words of one language.
#[derive(Clone, Copy)]
pub struct Words(&'static Catalogue);

/// Makes an element of what stands in it.
type Make = Box<dyn FnOnce(AnyView) -> AnyView>;

/// What stands in a sentence at a placeholder or between tags; see [`Words::rich`].
pub enum Slot {
    /// A view in place of `{ $name }`.
    View(AnyView),
    /// A name or another text in place of `{ $name }`, which is nobody's markup.
    Text(String),
    /// A number in place of `{ $name }`, by which the sentence may choose its form.
    Number(usize),
    /// What is made of the text between `<name>` and `</name>`.
    Around(Make),
}

impl Slot {
    /// A view.
    pub fn view(view: impl leptos::prelude::IntoAny) -> Self {
        Self::View(view.into_any())
    }

    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// An element around a part of the sentence.
    pub fn around<V: leptos::prelude::IntoAny>(make: impl FnOnce(AnyView) -> V + 'static) -> Self {
        Self::Around(Box::new(|inner| make(inner).into_any()))
    }
}

/// The catalogue as it stands in the repository.
pub const fn source(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("../locales/en.ftl"),
        Language::German => include_str!("../locales/de.ftl"),
        Language::Spanish => include_str!("../locales/es.ftl"),
        Language::French => include_str!("../locales/fr.ftl"),
        Language::Japanese => include_str!("../locales/ja.ftl"),
        Language::Arabic => include_str!("../locales/ar.ftl"),
    }
}

/// Numbers in sentences are grouped as the language does it. Fluent takes a plain function, hence one for each place
/// in [`Language::ALL`].
fn grouped<const PLACE: usize, M>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    let FluentValue::Number(number) = value else { return None };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "what is counted here is whole and small"
    )]
    let whole = number.value as u64;
    Some(written::number(Language::ALL[PLACE], whole))
}

impl Catalogue {
    fn read(language: Language) -> Self {
        let locale = language.as_str().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![locale]);
        // Names and numbers that run the other way stay apart from the sentence around them.
        bundle.set_use_isolating(language.direction() == "rtl");
        bundle.set_formatter(Some(match language {
            Language::English => grouped::<0, _>,
            Language::German => grouped::<1, _>,
            Language::Spanish => grouped::<2, _>,
            Language::French => grouped::<3, _>,
            Language::Japanese => grouped::<4, _>,
            Language::Arabic => grouped::<5, _>,
        }));
        // What of a file cannot be read is left out; a test wants all of it.
        let resource = FluentResource::try_new(source(language).to_owned()).unwrap_or_else(|(resource, _)| resource);
        let keys: Vec<String> = resource
            .entries()
            .filter_map(
                |entry| if let Entry::Message(message) = entry { Some(message.id.name.to_owned()) } else { None },
            )
            .collect();
        bundle.add_resource_overriding(resource);
        let mut catalogue = Self { language, bundle, plain: HashMap::new(), months: Default::default() };
        for key in keys {
            let (text, whole) = catalogue.format(&key, None);
            if whole {
                catalogue.plain.insert(key, text);
            }
        }
        for (names, key) in ["month-long", "month-short"].into_iter().enumerate() {
            catalogue.months[names] = std::array::from_fn(|month| {
                let mut args = FluentArgs::with_capacity(1);
                args.set("month", month + 1);
                catalogue.format(key, Some(&args)).0
            });
        }
        catalogue
    }

    /// The message, and whether nothing was missing.
    fn format(&self, key: &str, args: Option<&FluentArgs<'_>>) -> (String, bool) {
        let Some(pattern) = self.bundle.get_message(key).and_then(|message| message.value()) else {
            return (key.to_owned(), false);
        };
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, args, &mut errors).into_owned();
        (text, errors.is_empty())
    }
}

impl Words {
    /// Of this language.
    pub fn of(language: Language) -> Self {
        static CATALOGUES: [OnceLock<Catalogue>; Language::ALL.len()] =
            [const { OnceLock::new() }; Language::ALL.len()];
        Self(CATALOGUES[language as usize].get_or_init(|| Catalogue::read(language)))
    }

    /// Which language it is.
    pub fn language(self) -> Language {
        self.0.language
    }

    /// What `dir` should be around texts that people typed, which may be in any language: nothing where the page runs
    /// from left to right anyway.
    pub fn typed(self) -> Option<&'static str> {
        (self.language().direction() == "rtl").then_some("auto")
    }

    /// A message without placeholders.
    pub fn say(self, key: &str) -> &'static str {
        let text = self.0.plain.get(key).map(String::as_str);
        debug_assert!(text.is_some(), "`{key}` is no message without placeholders");
        text.unwrap_or_default()
    }

    /// A message with its placeholders.
    pub fn tell<const N: usize>(self, key: &str, values: [(&'static str, FluentValue<'_>); N]) -> String {
        let mut args = FluentArgs::with_capacity(N);
        for (name, value) in values {
            args.set(name, value);
        }
        let (text, whole) = self.0.format(key, Some(&args));
        debug_assert!(whole, "`{key}` lacks a value: {text}");
        text
    }

    /// A sentence with elements in it. Texts come as slots of their own, so that nothing that somebody typed is ever
    /// taken for one of the sentence's tags.
    pub fn rich<const N: usize>(self, key: &str, slots: [(&'static str, Slot); N]) -> AnyView {
        let mut args = FluentArgs::with_capacity(N);
        let mut parts = Parts::default();
        for (place, (name, slot)) in (MARK..).zip(slots) {
            match slot {
                Slot::View(_) | Slot::Text(_) => {
                    args.set(name, place.to_string());
                    parts.places.push((place, Some(slot)));
                }
                Slot::Number(number) => args.set(name, number),
                Slot::Around(make) => parts.tags.push((name, Some(make))),
            }
        }
        let (text, whole) = self.0.format(key, Some(&args));
        debug_assert!(whole, "`{key}` lacks a value: {text}");
        parts.read(&text)
    }
}

/// From here on, characters of nobody's script stand for views while a sentence is put together.
const MARK: char = '\u{e000}';
/// More than any sentence has.
const LAST_MARK: char = '\u{e01f}';

/// What a sentence still has to get.
#[derive(Default)]
struct Parts {
    places: Vec<(char, Option<Slot>)>,
    tags: Vec<(&'static str, Option<Make>)>,
}

impl Parts {
    fn read(&mut self, text: &str) -> AnyView {
        let mut made: Vec<AnyView> = Vec::new();
        // Neighbouring texts become one.
        let mut open = String::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let (view, length) = match self.one(rest, first) {
                Some((Slot::View(view), length)) => (view, length),
                Some((Slot::Text(text), length)) => {
                    open.push_str(&text);
                    rest = &rest[length..];
                    continue;
                }
                _ => {
                    open.push(first);
                    rest = &rest[first.len_utf8()..];
                    continue;
                }
            };
            if !open.is_empty() {
                made.push(std::mem::take(&mut open).into_any());
            }
            made.push(view);
            rest = &rest[length..];
        }
        if !open.is_empty() {
            made.push(open.into_any());
        }
        made.into_any()
    }

    /// What is to stand in place of the beginning of `from`, and how many bytes of it that is; `None` for plain text.
    fn one(&mut self, from: &str, first: char) -> Option<(Slot, usize)> {
        if (MARK..=LAST_MARK).contains(&first) {
            let (_, slot) = self.places.iter_mut().find(|(mark, _)| *mark == first)?;
            return Some((slot.take()?, first.len_utf8()));
        }
        let inside = from.strip_prefix('<')?;
        for place in 0..self.tags.len() {
            let name = self.tags[place].0;
            let inner = inside.strip_prefix(name).and_then(|rest| rest.strip_prefix('>'));
            let Some((inner, _)) = inner.and_then(|inner| inner.split_once(&format!("</{name}>"))) else { continue };
            let make = self.tags[place].1.take()?;
            let view = self.read(inner);
            return Some((Slot::View(make(view)), inner.len() + 2 * name.len() + "<></>".len()));
        }
        None
    }
}

impl Default for Words {
    /// English.
    fn default() -> Self {
        Self::of(Language::English)
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Words").field(&self.language()).finish()
    }
}
