//! Pages for what went wrong with a request: a clear sentence, and a way on.

use super::PageContext;
use super::document::Document;
use leptos::prelude::*;

/// The keys of a status: heading and sentence.
const fn keys(status: u16) -> (&'static str, &'static str) {
    match status {
        400 => ("error-400", "error-400-text"),
        401 => ("error-401", "error-401-text"),
        403 => ("error-403", "error-403-text"),
        404 => ("error-404", "error-404-text"),
        405 => ("error-405", "error-405-text"),
        408 => ("error-408", "error-408-text"),
        410 => ("error-410", "error-410-text"),
        413 => ("error-413", "error-413-text"),
        421 => ("error-421", "error-421-text"),
        429 => ("error-429", "error-429-text"),
        503 => ("error-503", "error-503-text"),
        500..=599 => ("error-500", "error-500-text"),
        _ => ("error-other", "error-other-text"),
    }
}

/// The page; `message` takes the place of the usual sentence.
pub(super) fn page(page: &PageContext, status: u16, message: Option<&str>) -> String {
    let words = page.words();
    let (heading, sentence) = keys(status);
    let (heading, sentence) = (words.say(heading), words.say(sentence));
    let document = Document {
        title: heading.to_owned(),
        description: sentence.to_owned(),
        narrow: true,
        unlisted: true,
        ..Document::default()
    };
    document.around(
        page,
        view! {
            <section class="failed">
                <p class="status">{status}</p>
                <h1>{heading}</h1>
                <p class="lede">{message.unwrap_or(sentence).to_owned()}</p>
                <p><a class="button" href="/">{words.say("to-status")}</a></p>
            </section>
        },
    )
}
