//! Stateless views of the model's types, for the server alone.

pub mod bars;
pub mod chart;
pub mod evidence;
pub mod form;
pub mod incident;
pub mod latency;
pub mod layout;
pub mod run;
pub mod shape;
pub mod step;
pub mod time;
pub mod verdict;
