//! Gatewatch's shared part: data, pages, islands and forms.
//!
//! | module | compiles for | holds |
//! |---|---|---|
//! | [`model`] | server and browser | the words of DESIGN as data |
//! | [`run_parts`] | server and browser | a run as pieces of HTML, on the page and in its events |
//! | `islands` | server and browser | the only view code that runs in the browser |
//! | `run_view` | server | a run with every text ready to show |
//! | `components` | server | views that pages share |
//! | `backend` | server | the one trait through which pages reach the server |
//! | `context` | server | what a request brings along |
//! | `format` | server | durations, times and shares as text |
//! | `markup` | server | pages without the framework's marks |
//! | `render` | server | public pages: pure functions from data to a whole document |
//! | `pages` | server | admin pages, routed by Leptos |
//! | `actions` | server | server functions: parse, one call to the backend, redirect |
//! | `words` | server | what visitors read, from the catalogues in `locales/` |

// A page's view is one nested type.
#![recursion_limit = "256"]

pub mod islands;
pub mod model;
pub mod run_parts;

#[cfg(feature = "ssr")]
pub mod actions;
#[cfg(feature = "ssr")]
pub mod backend;
#[cfg(feature = "ssr")]
pub mod components;
#[cfg(feature = "ssr")]
pub mod context;
#[cfg(feature = "ssr")]
pub mod format;
#[cfg(feature = "ssr")]
pub mod markup;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod render;
#[cfg(feature = "ssr")]
pub mod run_view;
#[cfg(feature = "ssr")]
pub mod words;

#[cfg(feature = "ssr")]
pub use pages::{App, respond, shell};
