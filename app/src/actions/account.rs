//! Signing in and out, and the first account.

#![expect(missing_docs, reason = "the fields that `server` makes are the parameters, named in each form")]

use super::{code, query_value, safe_next, see_other, set_cookie};
use crate::backend::Password;
use crate::context::{backend, request, session};
use crate::model::ActionError;
use leptos::prelude::*;

/// Signs in and goes on to `next`.
#[server(prefix = "/actions", endpoint = "sign-in")]
pub async fn sign_in(name: String, password: Password, #[server(default)] next: String) -> Result<(), ActionError> {
    let context = request();
    let next = safe_next(&next);
    match backend().sign_in(name.trim(), &password, &context.client).await {
        Ok(key) => {
            set_cookie(Some(&key), &context);
            see_other(next);
        }
        Err(error) => see_other(&format!("/sign-in?next={}&problem={}", query_value(next), code(Some(&error)))),
    }
    Ok(())
}

/// Signs out and goes to the status page.
#[server(prefix = "/actions", endpoint = "sign-out")]
pub async fn sign_out() -> Result<(), ActionError> {
    // Whatever the server says, the browser forgets the session.
    drop(backend().sign_out(&session()).await);
    set_cookie(None, &request());
    see_other("/");
    Ok(())
}

/// Creates the first account and signs in.
#[server(prefix = "/actions", endpoint = "set-up")]
pub async fn set_up(token: String, name: String, password: Password, again: Password) -> Result<(), ActionError> {
    let back = format!("/setup/{}", query_value(&token));
    if password != again {
        see_other(&format!("{back}?problem=mismatch"));
        return Ok(());
    }
    match backend().set_up(&token, name.trim(), &password).await {
        Ok(key) => {
            set_cookie(Some(&key), &request());
            see_other("/operate");
        }
        Err(error) => see_other(&format!("{back}?problem={}", code(Some(&error)))),
    }
    Ok(())
}
