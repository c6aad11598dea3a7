//! Stateless views of the model's types. Those without a gate also compile for the browser, where
//! the island of a run shows the same markup as the server did.

pub mod run;
pub mod shape;
pub mod step;
pub mod verdict;

#[cfg(feature = "ssr")]
pub mod bars;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
pub mod incident;
#[cfg(feature = "ssr")]
pub mod latency;
#[cfg(feature = "ssr")]
pub mod layout;
#[cfg(feature = "ssr")]
pub mod time;
