//! Points in time, always with their machine-readable form.

use crate::format;
use crate::model::At;
use crate::run_view::TimeView;
use crate::words::Words;
use leptos::prelude::*;

/// `22 Nov 2026, 18:04 UTC`.
#[component]
pub fn Time(
    /// When.
    at: At,
    /// In which language; English for admins.
    #[prop(optional)]
    words: Words,
) -> impl IntoView {
    view! { <time datetime=format::iso(at)>{words.date_time(at)}</time> }
}

/// `22 Nov, 18:04:07 UTC`.
#[component]
pub fn PreciseTime(
    /// When.
    at: At,
    /// In which language.
    words: Words,
) -> impl IntoView {
    view! { <time datetime=format::iso(at)>{words.precise(at)}</time> }
}

/// A time whose text stands.
#[component]
pub fn TimeText(
    /// When.
    time: TimeView,
) -> impl IntoView {
    view! { <time datetime=time.iso>{time.text}</time> }
}
