//! Signing in, and creating the first account.

use super::frame::{Page, for_all};
use crate::actions::{SetUp, SignIn, safe_next};
use crate::components::form::{Problem, TextField};
use crate::model::viewer::MIN_PASSWORD_CHARS;
use http::StatusCode;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::use_params_map;

/// `/sign-in?next=`.
#[component]
pub fn SignInPage() -> impl IntoView {
    for_all(|desk, _| async move {
        let next = desk.query("next").unwrap_or_default();
        let next = safe_next(&next).to_owned();
        let why = next.starts_with("/wizard").then(|| {
            view! { <p class="lede">"The wizard is for admins. After signing in you are back at the same place."</p> }
        });
        let content = view! {
            <section class="door">
                <h1>"Sign in"</h1>
                {why}
                {desk.problem()}
                <form method="post" action=SignIn::PATH class="stack">
                    <input type="hidden" name="next" value=next/>
                    <TextField name="name" label="Name" autocomplete="username"/>
                    <TextField name="password" label="Password" kind="password" autocomplete="current-password"/>
                    <p><button type="submit">"Sign in"</button></p>
                </form>
                <p class="meta">"No account yet? Whoever runs the server makes one with "<code>"gatewatch user add"</code>"."</p>
            </section>
        };
        Page::narrow("Sign in", content)
    })
}

/// `/setup/{token}`: works once, while no account exists.
#[component]
pub fn SetUpPage() -> impl IntoView {
    let token = use_params_map().with_untracked(|params| params.get("token")).unwrap_or_default();
    for_all(|desk, response| async move {
        if !desk.backend.setup_open(&token).await {
            response.set_status(StatusCode::NOT_FOUND);
            let text = "This set-up link does not work (any more). On the server, “gatewatch user setup-link” prints a fresh one while no account exists.";
            let content = view! {
                <section class="door">
                    <h1>"Set-up"</h1>
                    <Problem text/>
                    <p><a class="button" href="/sign-in">"Sign in"</a></p>
                </section>
            };
            return Page::narrow("Set-up", content);
        }
        let content = view! {
            <section class="door">
                <h1>"Make the first account"</h1>
                <p class="lede">"This link works once. Further accounts are made on the server with "<code>"gatewatch user add"</code>"."</p>
                {desk.problem()}
                <form method="post" action=SetUp::PATH class="stack">
                    <input type="hidden" name="token" value=token/>
                    <TextField name="name" label="Name" autocomplete="username"/>
                    <TextField
                        name="password" label="Password" kind="password" autocomplete="new-password"
                        hint=format!("At least {MIN_PASSWORD_CHARS} characters. A few unrelated words do well.")
                    />
                    <TextField name="again" label="Password once more" kind="password" autocomplete="new-password"/>
                    <p><button type="submit">"Make the account"</button></p>
                </form>
            </section>
        };
        Page::narrow("Set-up", content)
    })
}
