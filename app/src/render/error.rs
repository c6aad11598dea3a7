//! Pages for what went wrong with a request: a clear sentence, and a way on.

use super::PageContext;
use super::document::Document;
use leptos::prelude::*;

/// A status in words: heading and sentence.
const fn words(status: u16) -> (&'static str, &'static str) {
    match status {
        400 => ("This request cannot be read", "Something in the address or in the form is not as it should be."),
        401 => ("Please sign in", "This page is for admins."),
        403 => ("Not allowed", "The request was refused, and nothing was changed."),
        404 => ("There is no such page", "The address may be mistyped, or what was here has gone."),
        405 => ("That cannot be done here", "The address exists, but not for this kind of request."),
        408 => ("That took too long", "The request did not arrive in time."),
        410 => ("This is gone", "What was here has been withdrawn."),
        413 => ("That is too large", "The request is larger than this page accepts."),
        421 => (
            "This is not that site",
            "Gatewatch was asked under a name that it does not answer to. Admins add names under [server] hosts in gatewatch.toml.",
        ),
        429 => ("Too many requests", "Please wait a moment, then try again."),
        503 => ("Not available right now", "This part cannot be shown at the moment. The status page still stands."),
        500..=599 => {
            ("Something went wrong here", "The fault is ours and has been logged. The status page still stands.")
        }
        _ => ("That did not work", "The request could not be carried out."),
    }
}

/// The page; `message` takes the place of the usual sentence.
pub(super) fn page(page: &PageContext, status: u16, message: Option<&str>) -> String {
    let (heading, sentence) = words(status);
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
                <p><a class="button" href="/">"To the status page"</a></p>
            </section>
        },
    )
}
