//! A run as the pieces of HTML that change while it goes: what the page is made of, and what each
//! `run` event carries.
//!
//! The server makes every piece; the browser only puts those that changed in place of the old ones.
//! So neither markup nor formatting nor the catalogue is part of the WebAssembly module, and what a
//! reload shows and what an event brings are the same text.

use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
mod from_run;

/// One of the six steps. Its pieces are apart because its time changes often and the rest seldom.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StepPart {
    /// The step's code, the anchor on the page.
    pub id: String,
    /// The state's code, also its class.
    pub state: String,
    /// HTML: title, state, question and summary.
    pub head: String,
    /// HTML: what was asked, found and not checked.
    pub body: String,
    /// HTML: commands to run by hand; may be empty.
    pub by_hand: String,
}

/// One walk through the wizard, in pieces. Everything from outside is escaped in all of them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RunParts {
    /// Its id.
    pub id: String,
    /// False while more can come.
    pub ended: bool,
    /// HTML: state, times, chain and what is being waited for.
    pub head: String,
    /// HTML: the verdict's card; empty until there is a first one.
    pub verdict: String,
    /// Always six, in order.
    pub steps: Vec<StepPart>,
    /// HTML: list items of further causes that fit; may be empty.
    pub others: String,
}
