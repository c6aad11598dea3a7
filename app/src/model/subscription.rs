//! Visitors who want to be told of what the page tells.

use super::code;
use super::id::ComponentSlug;

code! {
    /// On which way a visitor is told.
    pub enum Channel {
        /// By e-mail.
        Email = "email",
        /// By an HTTP POST of JSON.
        Webhook = "webhook",
    }
}

code! {
    /// Why a subscriber is written to.
    pub enum Occasion {
        /// Somebody asked for it: is it wanted?
        Confirm = "confirm",
        /// Somebody asked again: the link to what there is.
        Manage = "manage",
        /// A note of an incident.
        Note = "note",
        /// Announced work.
        Maintenance = "maintenance",
    }
}

/// What visitors may subscribe to here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Offer {
    /// E-mail; without it there is nothing but feeds.
    pub email: bool,
    /// Webhooks too.
    pub webhooks: bool,
}

/// A subscription as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// On which way.
    pub channel: Channel,
    /// The e-mail address or URL.
    pub target: String,
    /// Of these components; of everything where empty.
    pub components: Vec<ComponentSlug>,
    /// Whether its owner has said that it is wanted.
    pub confirmed: bool,
}

/// What somebody typed into the form, to be shown again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Typed {
    /// The e-mail address.
    pub email: String,
    /// The URL.
    pub webhook: String,
    /// Chosen components.
    pub components: Vec<String>,
}
