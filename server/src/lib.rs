//! Gatewatch's server: everything that touches network, disk or clock, and the pure cores between.
//!
//! Pure modules take data (and `now`) and return data; a tidy test keeps them so:
//! `status::{confirm, fold, uptime, rollup, range}`, `storage::pack`, `incidents`, `export`, `evidence`, `alerts::{gather, rule, text}`, `subscriptions::{limits, rule, text}`, `diagnose::{infer, causes}`, `applications`, `gateways::*` parsers,
//! `logs::*` parsers, `netguard::policy`, `probe::expect`, `selfcheck::{health, pulse}`, `seed`.

pub mod alerts;
pub mod applications;
pub mod auth;
pub mod backend;
pub mod cli;
pub mod clock;
pub mod config;
pub mod descriptors;
pub mod diagnose;
pub mod dns;
pub mod error_page;
pub mod evidence;
pub mod export;
pub mod fileguard;
pub mod fuzzing;
pub mod gateways;
pub mod host;
pub mod http;
pub mod ids;
pub mod incidents;
pub mod logs;
pub mod markdown;
pub mod net;
pub mod netguard;
pub mod probe;
pub mod run;
pub mod seed;
pub mod selfcheck;
pub mod state;
pub mod status;
pub mod storage;
pub mod subscriptions;
pub mod telemetry;
pub mod threads;
pub mod unitguard;
mod upkeep;
