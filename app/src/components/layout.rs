//! The frame around every page: head, navigation, footer.

use super::shape::SPRITE;
use crate::render::Look;
use crate::words::Words;
use leptos::prelude::*;

/// The places of the top navigation for visitors, with their words' keys.
const PUBLIC: &[(&str, &str)] =
    &[("/", "nav-status"), ("/history", "nav-history"), ("/subscribe", "nav-subscribe"), ("/help/502", "nav-help")];
/// Those for admins.
const ADMIN: &[(&str, &str)] =
    &[("/operate", "Operate"), ("/wizard", "Wizard"), ("/causes", "Causes"), ("/", "Status page")];

/// True where `place` is this page or lies above it.
fn is_here(place: &str, path: &str) -> bool {
    let path = path.split('?').next().unwrap_or(path);
    let within = |root: &str| path == root || path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'));
    match place {
        "/" => path == "/" || within("/components"),
        "/history" => within("/history") || within("/incidents"),
        "/wizard" => within("/wizard") || within("/runs"),
        "/subscribe" => within("/subscribe") || within("/subscriptions"),
        _ => within(place),
    }
}

/// Title and navigation at the top of every page.
#[component]
pub fn TopBar(
    /// The page's title as configured.
    #[prop(into)]
    title: String,
    /// Path of this page.
    #[prop(into)]
    path: String,
    /// Whether the admin's navigation is shown.
    signed_in: bool,
    /// The configured picture and links, on public pages.
    #[prop(optional)]
    look: Look,
    /// What stands at its end.
    #[prop(optional, into)]
    end: Option<AnyView>,
    /// In which language; English for admins.
    #[prop(optional)]
    words: Words,
) -> impl IntoView {
    let places = if signed_in { ADMIN } else { PUBLIC };
    let links = places
        .iter()
        .map(|(href, text)| {
            let current = is_here(href, &path).then_some("page");
            let text = if signed_in { text } else { words.say(text) };
            view! { <li><a href=*href aria-current=current>{text}</a></li> }
        })
        .collect_view();
    let further = look.links.into_iter().map(|(name, url)| view! { <li><a href=url>{name}</a></li> }).collect_view();
    let mark = match look.logo {
        // Beside the title, which says the same, it is decoration.
        Some(logo) => view! { <img class="logo" src=logo alt="" height="24"/> }.into_any(),
        None => view! {
            <svg viewBox="0 0 24 24" aria-hidden="true">
                <path d="M4 21V9a8 8 0 0 1 16 0v12M9.3 21v-9.5a2.7 2.7 0 0 1 5.4 0V21M2 21h20"></path>
            </svg>
        }
        .into_any(),
    };
    view! {
        <a class="skip" href="#main">{words.say("skip")}</a>
        <header class="top">
            <div class="width">
                <a class="brand" href="/">
                    {mark}
                    {title}
                </a>
                <nav aria-label=words.say("nav")><ul>{links}{further}</ul></nav>
                {end}
            </div>
        </header>
    }
}

/// The drawings, once in each document.
#[component]
pub fn Sprite() -> impl IntoView {
    view! { <div hidden inner_html=SPRITE></div> }
}

/// The end of every page.
#[component]
pub fn Footer(
    /// Whether an admin looks at the page.
    signed_in: bool,
    /// The configured line.
    #[prop(optional_no_strip)]
    line: Option<String>,
    /// In which language; English for admins.
    #[prop(optional)]
    words: Words,
) -> impl IntoView {
    let entry = if signed_in {
        view! { <a href="/operate">"Operate"</a> }.into_any()
    } else {
        view! { <a href="/sign-in?next=/operate">{words.say("foot-sign-in")}</a> }.into_any()
    };
    view! {
        <footer class="foot">
            <div class="width">
                <ul>
                    <li><a href="/feed.atom">{words.say("foot-feed")}</a></li>
                    <li><a href="/causes">{words.say("foot-causes")}</a></li>
                    <li>{entry}</li>
                </ul>
                {line.map(|line| view! { <p>{line}</p> })}
                <p>{words.say("foot-times")}</p>
            </div>
        </footer>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_current_on_its_own_pages_only() {
        assert!(is_here("/", "/"));
        assert!(is_here("/", "/components/shop"));
        assert!(!is_here("/", "/history"));
        assert!(is_here("/wizard", "/runs/r1?draft=2"));
        assert!(is_here("/operate", "/operate/incidents/new"));
        assert!(!is_here("/operate", "/operators"));
    }
}
