//! Points in time, always with their machine-readable form.

use crate::format;
use crate::model::At;
use crate::run_view::TimeView;
use leptos::prelude::*;

/// `22 Nov 2026, 18:04 UTC`.
#[component]
pub fn Time(
    /// When.
    at: At,
) -> impl IntoView {
    view! { <time datetime=format::iso(at)>{format::date_time(at)}</time> }
}

/// A time whose text stands.
#[component]
pub fn TimeText(
    /// When.
    time: TimeView,
) -> impl IntoView {
    view! { <time datetime=time.iso>{time.text}</time> }
}
