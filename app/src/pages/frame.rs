//! What every admin page does first: ask who is there, and put a frame around what they may see.

use crate::actions::{SignOut, in_words, sign_in_path};
use crate::backend::{Backend, Draft, SessionKey};
use crate::components::form::Problem;
use crate::components::layout::{Footer, TopBar};
use crate::context::{RequestContext, backend, request, session};
use crate::model::{ActionError, Admin, Viewer};
use http::{HeaderValue, StatusCode, header};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_axum::ResponseOptions;
use leptos_meta::Title;
use std::future::Future;
use std::sync::Arc;

/// Everything a page of an admin works with.
#[derive(Clone)]
pub(super) struct Desk {
    /// The server.
    pub(super) backend: Arc<dyn Backend>,
    /// Of this request.
    pub(super) session: SessionKey,
    /// This request.
    pub(super) request: RequestContext,
}

impl Desk {
    /// From the request's context.
    pub(super) fn open() -> Self {
        Self { backend: backend(), session: session(), request: request() }
    }

    /// The value of `name` in the query.
    pub(super) fn query(&self, name: &str) -> Option<String> {
        let (_, query) = self.request.path_and_query.split_once('?')?;
        let map: leptos_router::params::ParamsMap = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(key, value)| (key.to_owned(), value.replace('+', " ")))
            .collect();
        map.get(name)
    }

    /// The draft that the query names.
    pub(super) async fn draft(&self) -> Result<Option<Draft>, ActionError> {
        match self.query("draft") {
            Some(id) => self.backend.draft(&self.session, &id).await,
            None => Ok(None),
        }
    }

    /// The problem that the query names where no draft could be kept.
    pub(super) fn problem(&self) -> Option<impl IntoView + use<>> {
        self.query("problem").as_deref().and_then(in_words).map(|text| view! { <Problem text/> })
    }
}

/// A page's content with its title in the tab.
pub(super) struct Page {
    title: String,
    narrow: bool,
    content: AnyView,
}

impl Page {
    /// A page as wide as the screen allows.
    pub(super) fn wide(title: impl Into<String>, content: impl IntoView + 'static) -> Self {
        Self { title: title.into(), narrow: false, content: content.into_any() }
    }

    /// A page of forms and text.
    pub(super) fn narrow(title: impl Into<String>, content: impl IntoView + 'static) -> Self {
        Self { title: title.into(), narrow: true, content: content.into_any() }
    }
}

/// The status of an error's page.
const fn status_of(error: &ActionError) -> StatusCode {
    match error {
        ActionError::SignInNeeded | ActionError::WrongCredentials | ActionError::Refused { .. } => {
            StatusCode::FORBIDDEN
        }
        ActionError::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
        ActionError::Invalid { .. } => StatusCode::BAD_REQUEST,
        ActionError::Conflict => StatusCode::CONFLICT,
        ActionError::NotFound { .. } => StatusCode::NOT_FOUND,
        ActionError::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// Sends the browser elsewhere.
fn go_to(response: &ResponseOptions, place: &str) {
    response.set_status(StatusCode::SEE_OTHER);
    let place = HeaderValue::try_from(place).unwrap_or(HeaderValue::from_static("/sign-in"));
    response.insert_header(header::LOCATION, place);
}

/// A page for admins: a guest is sent to sign in and comes back to the same place.
pub(super) fn for_admins<F, Fut>(content: F) -> impl IntoView
where
    F: FnOnce(Desk, Admin) -> Fut + Send + 'static,
    Fut: Future<Output = Result<Page, ActionError>> + Send + 'static,
{
    let desk = Desk::open();
    let response = expect_context::<ResponseOptions>();
    Suspend::new(async move {
        let guest = |desk: &Desk| {
            let place = sign_in_path(&desk.request.path_and_query);
            go_to(&response, &place);
            let content = view! { <p>"Please "<a href=place>"sign in"</a>" first."</p> };
            frame(desk, None, Page::narrow("Sign in", content))
        };
        let admin = match desk.backend.viewer(&desk.session).await {
            Viewer::Guest => return guest(&desk),
            Viewer::Admin(admin) => admin,
        };
        match content(desk.clone(), admin.clone()).await {
            Ok(page) => frame(&desk, Some(admin), page),
            Err(ActionError::SignInNeeded) => guest(&desk),
            Err(error) => {
                response.set_status(status_of(&error));
                let content = view! {
                    <section class="failed">
                        <h1>"That did not work"</h1>
                        <Problem text=error.to_string()/>
                        <p><a class="button" href="/operate">"To the overview"</a></p>
                    </section>
                };
                frame(&desk, Some(admin), Page::narrow("That did not work", content))
            }
        }
    })
}

/// A page for everybody, such as the sign-in.
pub(super) fn for_all<F, Fut>(content: F) -> impl IntoView
where
    F: FnOnce(Desk, ResponseOptions) -> Fut + Send + 'static,
    Fut: Future<Output = Page> + Send + 'static,
{
    let desk = Desk::open();
    let response = expect_context::<ResponseOptions>();
    Suspend::new(async move { frame(&desk, None, content(desk.clone(), response).await) })
}

/// Title, navigation, content, footer.
fn frame(desk: &Desk, admin: Option<Admin>, page: Page) -> AnyView {
    let title = desk.backend.snapshot().title.clone();
    let signed_in = admin.is_some();
    let end = admin.map(|admin| {
        view! {
            <form class="leave" method="post" action=SignOut::PATH>
                <span class="who">{admin.name}</span>
                <button type="submit" class="quiet">"Sign out"</button>
            </form>
        }
        .into_any()
    });
    let end = end.unwrap_or_else(|| ().into_any());
    view! {
        <Title text=format!("{} · {title}", page.title)/>
        <TopBar title path=desk.request.path_and_query.clone() signed_in end/>
        <main id="main" class=if page.narrow { "width narrow" } else { "width" }>{page.content}</main>
        <Footer signed_in/>
    }
    .into_any()
}
