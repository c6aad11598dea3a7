//! From tree to model.
use super::include::Sources;
use crate::gateways::{GatewayConfig, Parsed};
use std::path::Path;
/// Reads the configuration that begins at `main`, with everything that it includes.
pub fn parse(_main: &Path, _sources: &dyn Sources) -> Parsed<GatewayConfig> {
    todo!()
}
