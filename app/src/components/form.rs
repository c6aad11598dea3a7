//! Parts of forms. Every form is a plain one: it works before, and without, any script.

use super::shape::Shape;
use crate::backend::Draft;
use crate::model::{ActionError, ComponentSlug};
use leptos::prelude::*;

/// What a form is filled with: a kept draft where there is one, else the values of the thing itself.
#[derive(Debug, Clone, Default)]
pub struct Filled {
    draft: Option<Draft>,
}

impl Filled {
    /// From a draft of the form named `form`; one of another form is not used.
    pub fn new(draft: Option<Draft>, form: &str) -> Self {
        Self { draft: draft.filter(|draft| draft.form == form) }
    }

    /// What was typed into `name`, else `otherwise`.
    pub fn value(&self, name: &str, otherwise: &str) -> String {
        let typed = self.draft.as_ref().and_then(|draft| draft.fields.iter().find(|(field, _)| field == name));
        typed.map_or_else(|| otherwise.to_owned(), |(_, value)| value.clone())
    }

    /// All that was chosen for `name`, else `otherwise`.
    pub fn chosen(&self, name: &str, otherwise: &[String]) -> Vec<String> {
        match &self.draft {
            Some(draft) => {
                draft.fields.iter().filter(|(field, _)| field == name).map(|(_, value)| value.clone()).collect()
            }
            None => otherwise.to_vec(),
        }
    }

    /// Why it was not carried out.
    pub fn error(&self) -> Option<&ActionError> {
        self.draft.as_ref()?.error.as_ref()
    }

    /// True when a preview was asked for.
    pub fn is_preview(&self) -> bool {
        self.draft.as_ref().is_some_and(|draft| draft.error.is_none())
    }

    /// True when somebody else was faster.
    pub fn is_conflict(&self) -> bool {
        self.error() == Some(&ActionError::Conflict)
    }
}

/// Why something was not carried out, in words that say what to do.
#[component]
pub fn Problem(
    /// The sentence.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    view! { <p class="notice outage" role="alert"><Shape code="outage"/><span>{text}</span></p> }
}

/// The problem of a form, if it has one.
pub fn problem(filled: &Filled) -> Option<impl IntoView + use<>> {
    filled.error().map(|error| view! { <Problem text=error.to_string()/> })
}

/// A line of text.
#[component]
pub fn TextField(
    /// Field name.
    name: &'static str,
    /// Label.
    label: &'static str,
    /// What stands in it.
    #[prop(optional, into)]
    value: String,
    /// Shown below.
    #[prop(optional, into)]
    hint: String,
    /// HTML's input type.
    #[prop(default = "text")]
    kind: &'static str,
    /// HTML's autocomplete.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// Whether it may stay empty.
    #[prop(optional)]
    optional: bool,
    /// Distinguishes fields of the same name on one page.
    #[prop(optional, into)]
    scope: String,
) -> impl IntoView {
    let id = format!("{name}{scope}");
    let hint_id = (!hint.is_empty()).then(|| format!("{id}-hint"));
    let below = hint_id.clone().map(|id| view! { <small id=id>{hint}</small> });
    // A password is never sent back to the page.
    let value = (kind != "password").then_some(value);
    view! {
        <p class="field">
            <label for=id.clone()>{label}</label>
            <input id=id name=name type=kind value=value autocomplete=autocomplete required=!optional aria-describedby=hint_id/>
            {below}
        </p>
    }
}

/// Lines of text; its label is the caller's. The framework writes a textarea's children without escaping them, so they
/// are escaped here.
#[component]
pub fn TextArea(
    /// HTML's id.
    id: String,
    /// Field name.
    name: &'static str,
    /// Most characters.
    maxlength: &'static str,
    /// What stands in it.
    #[prop(into)]
    value: String,
    /// True for what no spelling checker should see, such as output of commands.
    #[prop(optional)]
    verbatim: bool,
) -> impl IntoView {
    let spellcheck = verbatim.then_some("false");
    // HTML drops a line's end right behind the tag: one more saves the text's own.
    let first = if value.starts_with(['\r', '\n']) { "\n" } else { "" };
    let text = format!("{first}{}", value.replace('&', "&amp;").replace('<', "&lt;"));
    view! { <textarea id=id name=name rows="6" required maxlength=maxlength spellcheck=spellcheck inner_html=text></textarea> }
}

/// Markdown.
#[component]
pub fn MarkdownField(
    /// What stands in it.
    #[prop(into)]
    value: String,
    /// Distinguishes fields of the same name on one page.
    #[prop(optional, into)]
    scope: String,
) -> impl IntoView {
    let id = format!("body{scope}");
    view! {
        <p class="field">
            <label for=id.clone()>"Text"</label>
            <TextArea id name="body" maxlength="16384" value/>
            <small>"Markdown: **bold**, lists, `code`, [links](https://…). Visitors read it as shown by the preview."</small>
        </p>
    }
}

/// One of a few.
#[component]
pub fn Choice(
    /// Field name.
    name: &'static str,
    /// Label.
    label: &'static str,
    /// Codes with their words.
    options: Vec<(&'static str, &'static str)>,
    /// The chosen code.
    #[prop(into)]
    value: String,
    /// Distinguishes fields of the same name on one page.
    #[prop(optional, into)]
    scope: String,
) -> impl IntoView {
    let id = format!("{name}{scope}");
    let options = options
        .into_iter()
        .map(|(code, word)| view! { <option value=code selected={code == value}>{word}</option> })
        .collect_view();
    view! { <p class="field"><label for=id.clone()>{label}</label><select id=id name=name>{options}</select></p> }
}

/// The affected components.
#[component]
pub fn ComponentChoice(
    /// All there are.
    all: Vec<(ComponentSlug, String)>,
    /// Slugs of the chosen ones.
    chosen: Vec<String>,
) -> impl IntoView {
    let boxes = all
        .into_iter()
        .map(|(slug, name)| {
            let checked = chosen.iter().any(|one| one == slug.as_str());
            view! {
                <label class="check">
                    <input type="checkbox" name="components[]" value=slug.to_string() checked=checked/>
                    {name}
                </label>
            }
        })
        .collect_view();
    view! { <fieldset class="field"><legend>"Affected components"</legend><div class="checks">{boxes}</div></fieldset> }
}

/// What the text will look like, once a preview was asked for.
#[component]
pub fn Preview(
    /// Safe HTML.
    html: String,
) -> impl IntoView {
    view! {
        <section class="preview" aria-label="Preview" id="preview">
            <h2>"Preview, not yet posted"</h2>
            <div class="prose" inner_html=html></div>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_of_another_form_is_not_used() {
        let draft = Draft { form: "a".into(), fields: vec![("title".into(), "typed".into())], error: None };
        assert_eq!(Filled::new(Some(draft.clone()), "a").value("title", "kept"), "typed");
        assert_eq!(Filled::new(Some(draft), "b").value("title", "kept"), "kept");
    }

    #[test]
    fn what_was_typed_stays_within_its_textarea() {
        let typed = "\n</textarea><script>alert(1)</script> &lt; 'x'";
        let html = view! { <TextArea id="i".to_owned() name="n" maxlength="9" value=typed/> }.to_html();
        let inside = html.split_once('>').and_then(|(_, rest)| rest.strip_suffix("</textarea>"));
        assert_eq!(inside, Some("\n\n&lt;/textarea>&lt;script>alert(1)&lt;/script> &amp;lt; 'x'"), "{html}");
    }

    #[test]
    fn passwords_are_never_sent_back() {
        let html = view! { <TextField name="password" label="Password" kind="password" value="secret"/> }.to_html();
        assert!(!html.contains("secret"), "{html}");
    }
}
