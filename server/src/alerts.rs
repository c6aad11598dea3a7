//! Telling admins of outages: what is worth a message, the words, and the ways out.
//!
//! ```text
//! turn of a component ─news→ batch of the recorder ─rule, in the transaction→ outbox ─dispatch→ e-mail, webhook
//! ```
//!
//! A message is written to the outbox in the transaction of the change that it tells of, so neither is there
//! without the other. It leaves at least once: one that was sent and could not be marked so is sent again with the
//! same id, by which a receiver knows it. Messages of one listener leave one after the other, those of a component in
//! their order; where the same happens to many components, one message tells of all. A listener that cannot be
//! reached delays no other.

pub(crate) mod dial;
mod dispatch;
pub(crate) mod email;
pub mod gather;
pub mod rule;
#[cfg(test)]
pub(crate) mod tests;
pub mod text;
pub(crate) mod webhook;

pub(crate) use dispatch::{Dispatcher, dice, last_attempts, pause};

use crate::config::AlertConfig;
use crate::ids::{NoRandomness, random_text};
use crate::status::Flapping;
use crate::status::core::Turn;
use app::model::{AlertId, At, ComponentSlug, Fault, State};
use serde::{Deserialize, Serialize};

/// Characters of a message's id.
const ID_LENGTH: usize = 16;

/// Who wants to be told of what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// Which entry of the configuration.
    pub id: AlertId,
    /// Of these components only; of all where empty.
    pub components: Vec<ComponentSlug>,
    /// Of "degraded" too.
    pub degraded: bool,
}

impl Listener {
    /// As the configuration says.
    pub fn of(config: &AlertConfig) -> Self {
        Self { id: config.id.clone(), components: config.components.clone(), degraded: config.degraded }
    }
}

/// A change of state on its way to one listener; the rule decides whether it becomes a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// The message's id, should it become one.
    pub id: String,
    /// For whom.
    pub listener: AlertId,
    /// Whether that one wants to hear of "degraded".
    pub degraded: bool,
    /// What has changed.
    pub turn: Turn,
    /// When it was confirmed.
    pub at: At,
}

/// What listeners have to be told of these turns.
pub fn news(listeners: &[Listener], turns: &[Turn], at: At) -> Result<Vec<News>, NoRandomness> {
    let mut news = Vec::new();
    for turn in turns {
        let concerned =
            listeners.iter().filter(|one| one.components.is_empty() || one.components.contains(&turn.component));
        for listener in concerned {
            news.push(News {
                id: random_text(ID_LENGTH)?,
                listener: listener.id.clone(),
                degraded: listener.degraded,
                turn: turn.clone(),
                at,
            });
        }
    }
    Ok(news)
}

/// What a message tells beside state and times; kept in the outbox as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The component's name.
    pub name: String,
    /// The monitor that is worst off.
    pub monitor: Option<String>,
    /// Why that one is not well.
    pub fault: Option<Fault>,
    /// What the listener was told last.
    pub before: State,
    /// Since when that held, if anything was told.
    pub before_since: Option<At>,
    /// True where the component left the configuration, or the listener's list, before its end was told.
    #[serde(default)]
    pub removed: bool,
    /// Set where it comes and goes, and is not told of again until it has been quiet.
    #[serde(default)]
    pub unstable: Option<Flapping>,
}
