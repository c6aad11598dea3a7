//! What must hold of the method as a whole, over all causes and their pages: properties of inference, groups of
//! look-alikes, and how each cause is known.

#![expect(clippy::print_stdout, reason = "what was done is what the run is for")]
#![expect(clippy::disallowed_methods, reason = "the tests read the pages and the sources")]

mod coverage;
mod look_alikes;
#[path = "../support/pages.rs"]
mod pages;
mod properties;
