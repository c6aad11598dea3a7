//! The document around a public page.

use super::PageContext;
use crate::components::layout::{Footer, Sprite, TopBar};
use crate::markup::without_marks;
use crate::model::{Snapshot, State};
use leptos::prelude::*;

/// What differs between the documents of public pages.
#[derive(Default)]
pub(super) struct Document<'a> {
    /// Stands before the page's title in the tab; empty for the title alone.
    pub(super) title: String,
    /// For search results and previews.
    pub(super) description: String,
    /// Where the page shows the state of now: it then keeps itself current.
    pub(super) live: Option<&'a Snapshot>,
    /// True where the stylesheet stands in the page: it is then shown with its first bytes, and whole whatever becomes of
    /// the next request.
    pub(super) carries_style: bool,
    /// True for pages of running text.
    pub(super) narrow: bool,
    /// True for pages that are no place of their own, such as errors.
    pub(super) unlisted: bool,
}

/// Seconds between reloads of a live page without scripts.
const REFRESH_SECONDS: &str = "30";

impl Document<'_> {
    /// The whole document with `content` in its `<main>`.
    pub(super) fn around(self, page: &PageContext, content: impl IntoView) -> String {
        let words = page.words();
        let title =
            if self.title.is_empty() { page.title.clone() } else { format!("{} · {}", self.title, page.title) };
        let state = self.live.map_or(State::Operational, |snapshot| snapshot.state);
        let canonical = page.public_url.as_ref().map(|root| format!("{root}{}", page.path));
        // A component has a feed of its own, also on its pages over ranges of time.
        let slug = page.path.strip_prefix("/components/").filter(|_| !self.unlisted);
        let slug = slug.map(|rest| rest.split('/').next().unwrap_or(rest));
        let feed = slug.map_or_else(|| "/feed.atom".to_owned(), |slug| format!("/components/{slug}/feed.atom"));
        let robots = self.unlisted.then(|| view! { <meta name="robots" content="noindex"/> });
        let live = self.live.map(|_| {
            view! {
                <noscript><meta http-equiv="refresh" content=REFRESH_SECONDS/></noscript>
                <script src=page.live_js.clone() defer></script>
            }
        });
        // What the script must know: the version shown, its time, and how long silence is normal.
        let interval = self.live.map(|snapshot| {
            snapshot.components.iter().map(|component| component.interval.0).max().unwrap_or(30_000).to_string()
        });
        let version = self.live.map(|snapshot| snapshot.version.to_string());
        let as_of = self.live.map(|snapshot| snapshot.as_of.0.to_string());
        // What it says itself where nothing is heard any more.
        let silent = self.live.map(|_| words.say("silent"));
        let unknown = self.live.map(|_| words.state(State::Unknown));
        let style = if self.carries_style {
            view! { <style inner_html=page.style></style> }.into_any()
        } else {
            view! { <link rel="stylesheet" href=page.css.clone()/> }.into_any()
        };
        let html = view! {
            <!DOCTYPE html>
            <html lang=page.language.as_str() dir=page.language.direction()>
                <head>
                    <meta charset="utf-8"/>
                    <title>{title}</title>
                    <meta name="viewport" content="width=device-width,initial-scale=1"/>
                    <meta name="color-scheme" content="light dark"/>
                    <meta name="description" content=self.description/>
                    {robots}
                    {canonical.map(|href| view! { <link rel="canonical" href=href/> })}
                    <link rel="icon" id="icon" type="image/svg+xml" href=super::favicon(state)/>
                    {style}
                    {page.look.theme.clone().map(|href| view! { <link rel="stylesheet" href=href/> })}
                    <link rel="alternate" type="application/atom+xml" title=words.say("feed-title") href=feed/>
                    {live}
                </head>
                <body>
                    <Sprite/>
                    <TopBar title=page.title.clone() path=page.path.clone() signed_in=page.signed_in look=page.look.clone() words/>
                    <main
                        id="main"
                        class=if self.narrow { "width narrow" } else { "width" }
                        data-version=version
                        data-as-of=as_of
                        data-interval=interval
                        data-silent=silent
                        data-unknown=unknown
                    >
                        {content}
                    </main>
                    <Footer signed_in=page.signed_in line=page.look.footer.clone() words/>
                </body>
            </html>
        }
        .to_html();
        without_marks(&html)
    }
}
