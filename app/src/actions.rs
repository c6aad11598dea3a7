//! Server functions: what the forms of the admin pages post to.
//!
//! Each parses its fields, makes one call to the backend and redirects (post, redirect, get), so that
//! a reload never posts twice and everything works without scripts. What was not carried out is kept
//! as a draft and the form comes back filled: nothing typed is lost. Passwords are never kept.

pub mod account;
pub mod desk;
pub mod incident;

pub use account::{SetUp, SignIn, SignOut};
pub use desk::{Paste, ProbeNow, RestartUnit, StartRun};
pub use incident::{
    AddUpdate, ChangeIncident, ChangeUpdate, OpenIncident, WithdrawIncident, WithdrawUpdate, WritePostmortem,
};

use crate::backend::{Draft, SessionKey};
use crate::context::{RequestContext, backend, session};
use crate::model::ActionError;
use crate::model::viewer::{MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS};
use http::{HeaderValue, StatusCode, header};
use leptos::prelude::*;
use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use leptos_axum::ResponseOptions;

impl FromServerFnError for ActionError {
    type Encoder = JsonEncoding;

    /// A form that cannot be read; everything else is decided by the functions themselves.
    fn from_server_fn_error(_: ServerFnErrorErr) -> Self {
        Self::Invalid { field: "Form".to_owned(), problem: "it could not be read; please fill it in again.".to_owned() }
    }
}

/// The places to return to after signing in: our own, and only by their path.
const PLACES: &[&str] = &["/wizard", "/runs/", "/operate"];

/// The place to go to: `next` if it is one of ours, else `/operate`. A browser reads `\` as `/` and
/// drops control characters, so that neither may occur.
pub(crate) fn safe_next(next: &str) -> &str {
    let ours = PLACES.iter().any(|place| {
        next.strip_prefix(place)
            .is_some_and(|rest| place.ends_with('/') || rest.is_empty() || rest.starts_with(['/', '?']))
    });
    let clean = next.len() <= 512
        && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
        && !next.contains("//")
        && !next.contains("..");
    if ours && clean { next } else { "/operate" }
}

/// Percent-encodes a query's value.
pub(crate) fn query_value(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'/') {
            encoded.push(char::from(byte));
        } else {
            const HEX: &[u8; 16] = b"0123456789ABCDEF";
            let digits = [b'%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]];
            encoded.extend(digits.map(char::from));
        }
    }
    encoded
}

/// The sign-in page that returns to `path_and_query`.
pub(crate) fn sign_in_path(path_and_query: &str) -> String {
    format!("/sign-in?next={}", query_value(safe_next(path_and_query)))
}

/// Answers the post with a redirect that the browser follows by GET.
fn see_other(place: &str) {
    let response = expect_context::<ResponseOptions>();
    response.set_status(StatusCode::SEE_OTHER);
    let place = HeaderValue::try_from(place).unwrap_or(HeaderValue::from_static("/operate"));
    response.insert_header(header::LOCATION, place);
}

/// Sets or ends the session cookie.
fn set_cookie(key: Option<&SessionKey>, context: &RequestContext) {
    let name = RequestContext::cookie_name(context.secure);
    let secure = if context.secure { "; Secure" } else { "" };
    let (value, age) = match key {
        // The server ends a session by its own clock; the cookie only has to live as long.
        Some(key) => (key.expose(), 12 * 60 * 60),
        None => ("", 0),
    };
    let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{secure}");
    if let Ok(mut cookie) = HeaderValue::try_from(cookie) {
        cookie.set_sensitive(true);
        expect_context::<ResponseOptions>().append_header(header::SET_COOKIE, cookie);
    }
}

/// The fields of a form, to be kept.
struct Form {
    /// The form's name, see [`Draft`].
    name: String,
    /// Where it stands.
    place: String,
    fields: Vec<(String, String)>,
}

impl Form {
    fn new(name: impl Into<String>, place: impl Into<String>) -> Self {
        Self { name: name.into(), place: place.into(), fields: Vec::new() }
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    fn with_all(mut self, name: &str, values: &[String]) -> Self {
        self.fields.extend(values.iter().map(|value| (name.to_owned(), value.clone())));
        self
    }

    /// Keeps it and goes back to where it stands; `error` is `None` for a preview.
    async fn keep(self, error: Option<ActionError>) {
        if error == Some(ActionError::SignInNeeded) {
            // Without a session there is nobody to keep it for; the browser's own history still has it.
            see_other(&sign_in_path(&self.place));
            return;
        }
        let shown = error.clone();
        let kept = backend().keep_draft(&session(), Draft { form: self.name, fields: self.fields, error }).await;
        let (place, anchor) = self.place.split_once('#').unwrap_or((&self.place, ""));
        let join = if place.contains('?') { '&' } else { '?' };
        let anchor = if anchor.is_empty() { String::new() } else { format!("#{anchor}") };
        match kept {
            Ok(id) => see_other(&format!("{place}{join}draft={}{anchor}", query_value(&id))),
            Err(_) => see_other(&format!("{place}{join}problem={}{anchor}", code(shown.as_ref()))),
        }
    }
}

/// A short code for an error where no draft can be kept; [`in_words`] turns it back into a sentence,
/// so that no text of an address is ever shown.
fn code(error: Option<&ActionError>) -> String {
    match error {
        Some(ActionError::WrongCredentials) => "credentials".to_owned(),
        Some(ActionError::TooManyAttempts { seconds }) => format!("wait-{seconds}"),
        Some(ActionError::Conflict) => "conflict".to_owned(),
        Some(ActionError::NotFound { .. }) => "gone".to_owned(),
        Some(ActionError::Invalid { field, .. }) if field.eq_ignore_ascii_case("name") => "name".to_owned(),
        Some(ActionError::Invalid { field, .. }) if field.eq_ignore_ascii_case("password") => "password".to_owned(),
        Some(ActionError::Invalid { .. }) => "form".to_owned(),
        Some(ActionError::Refused { .. }) => "refused".to_owned(),
        _ => "unavailable".to_owned(),
    }
}

/// The sentence of a [`code`]; `None` for one that is unknown.
pub(crate) fn in_words(code: &str) -> Option<String> {
    let text = match code {
        "credentials" => "That name and password do not match.",
        "conflict" => "Somebody else changed this meanwhile. Please look at it again.",
        "gone" => "That does not exist any more.",
        "name" => "This name cannot be used: 1 to 64 characters, no line breaks, and not taken yet.",
        "password" => {
            return Some(format!(
                "This password cannot be used: at least {MIN_PASSWORD_CHARS} characters, at most {MAX_PASSWORD_CHARS}."
            ));
        }
        "mismatch" => "The two passwords are not the same.",
        "form" => "The form could not be read; please fill it in again.",
        "refused" => {
            "That was refused: over plain http, signing in works only from the machine that Gatewatch runs on. Use https."
        }
        "unavailable" => "That cannot be done right now. Nothing was changed; try again in a moment.",
        _ => {
            let seconds: u32 = code.strip_prefix("wait-")?.parse().ok()?;
            return Some(format!(
                "Too many attempts. Please wait {}.",
                crate::format::duration(u64::from(seconds) * 1000)
            ));
        }
    };
    Some(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_places_are_returned_to() {
        for ours in ["/operate", "/operate/incidents/x", "/wizard?component=shop", "/runs/r1", "/wizard"] {
            assert_eq!(safe_next(ours), ours);
        }
        for other in [
            "",
            "/",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/wizardry",
            "/operate//evil.example",
            "/runs/../../x",
            "/operate\r\nSet-Cookie: a=b",
            "javascript:alert(1)",
            "/runs",
            "/operate\t",
        ] {
            assert_eq!(safe_next(other), "/operate", "{other:?}");
        }
    }

    #[test]
    fn a_query_value_cannot_leave_its_place() {
        assert_eq!(query_value("/wizard?component=a&b#c d"), "/wizard%3Fcomponent%3Da%26b%23c%20d");
        assert_eq!(sign_in_path("/runs/r1"), "/sign-in?next=/runs/r1");
        assert_eq!(sign_in_path("https://evil.example"), "/sign-in?next=/operate");
    }

    #[test]
    fn errors_come_back_as_sentences_of_our_own() {
        let wait = ActionError::TooManyAttempts { seconds: 90 };
        assert_eq!(in_words(&code(Some(&wait))).as_deref(), Some("Too many attempts. Please wait 1 min 30 s."));
        for error in
            [ActionError::WrongCredentials, ActionError::Conflict, ActionError::Unavailable { reference: "x".into() }]
        {
            assert!(in_words(&code(Some(&error))).is_some());
        }
        assert_eq!(in_words("<script>"), None);
    }
}
