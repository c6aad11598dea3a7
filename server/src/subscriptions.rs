//! Telling visitors: who may ask for it, what they are told, and the ways out.
//!
//! ```text
//! form ─rule, limits→ wish ─confirm message→ link or challenge ─→ subscription
//! note of an incident ─in its transaction→ outbox ─dispatch→ e-mail, webhook
//! ```
//!
//! Whoever asks learns nothing of a target: not whether it exists, not whether it is subscribed. A message goes to
//! a target that nobody has confirmed only to ask whether it is wanted. Each message carries a link of its own by
//! which the subscription is confirmed, changed or ended; a look at it changes nothing, since mail scanners look.
//! What visitors type is judged as what anybody may type: webhooks at private places are never asked, whatever
//! `[net]` allows.

mod desk;
mod dispatch;
mod limits;
pub mod rule;
mod send;
#[cfg(test)]
mod tests;
pub mod text;

pub use desk::{AskError, Desk};
pub(crate) use dispatch::Dispatcher;
