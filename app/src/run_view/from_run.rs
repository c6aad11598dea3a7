//! From a run to its texts.

use super::RunView;
use crate::model::{CauseText, Run};

impl RunView {
    /// Every text of `run`, with the titles of causes from the catalogue.
    pub fn from_run(_run: &Run, _causes: &[&CauseText]) -> Self {
        todo!()
    }
}
