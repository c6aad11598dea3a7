//! The words of DESIGN as data: plain types that know nobody.
//!
//! Everything here compiles for the server and for the browser, so nothing here touches a socket,
//! a disk or a clock. Enums that are stored or sent as text carry their codes in one place
//! ([`code`]), and the database's CHECK lists are tested against them.

pub mod cause;
pub mod error;
pub mod evidence;
pub mod fact;
pub mod id;
pub mod incident;
pub mod language;
pub mod monitor;
pub mod range;
pub mod run;
pub mod sample;
pub mod status;
pub mod subscription;
pub mod time;
pub mod verdict;
pub mod viewer;

pub use cause::{CauseText, FixText};
pub use error::ActionError;
pub use evidence::{Evidence, Seen};
pub use fact::{Fact, FactId, FactKind, Source};
pub use id::{AlertId, ComponentSlug, IncidentId, MonitorId, RunId, UpdateId, UserId};
pub use incident::{Impact, Incident, Phase, Update};
pub use language::Language;
pub use monitor::{Component, Confirm, Monitor};
pub use run::{Hop, Run, RunState, Skipped, Step, StepReport, StepState};
pub use sample::{Class, Fault, FaultKind, Origin, Phases, Sample};
pub use status::{ComponentStatus, Day, Maintenance, Snapshot, State};
pub use subscription::{Channel, Offer, Subscription};
pub use time::{At, Millis};
pub use verdict::{CauseId, Family, Finding, Fix, Outcome, Strength, Verdict};
pub use viewer::{Admin, Viewer};

/// Gives a fieldless enum its text codes: `as_str`, `ALL`, `Display`, `FromStr` and serde through them.
///
/// One list serves the JSON contract, the database and the style sheet's class names.
macro_rules! code {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $code:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        $vis enum $name { $($(#[$vmeta])* #[serde(rename = $code)] $variant),+ }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code used in JSON, in the database and in class names.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::model::UnknownCode;

            fn from_str(code: &str) -> Result<Self, Self::Err> {
                match code {
                    $($code => Ok(Self::$variant),)+
                    _ => Err(crate::model::UnknownCode { kind: stringify!($name) }),
                }
            }
        }
    };
}
pub(crate) use code;

/// A text that is none of an enum's codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a known {kind}")]
pub struct UnknownCode {
    /// The enum's name.
    pub kind: &'static str,
}
