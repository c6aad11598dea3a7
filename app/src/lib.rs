//! Gatewatch's shared part: data, pages, islands and forms.
//!
//! | module | compiles for | holds |
//! |---|---|---|
//! | [`model`] | server and browser | the words of DESIGN as data |
//! | `islands` | server and browser | the only view code that runs in the browser |
//! | `actions` | server and browser | server functions: parse, one call to the backend, redirect |
//! | `backend` | server | the one trait through which pages reach the server |
//! | `render` | server | public pages: pure functions from data to a whole document |
//! | `pages`, `components` | server | admin pages, routed by Leptos, and the views they share |

pub mod model;

#[cfg(feature = "ssr")]
pub mod backend;
