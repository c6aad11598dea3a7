//! The table of the faults with the gateways' own timeouts.

use anyhow::{Context as _, Result};
use serde_json::Value;
use std::path::Path;

pub(super) fn print(path: &Path) -> Result<()> {
    let text = std::fs::read_to_string(path).context("no fault wrote anything down")?;
    println!("\n{:<44} {:>10} {:<34} {:<34} {:>9}", "case", "first ms", "first verdict", "last verdict", "last ms");
    for line in text.lines() {
        let line: Value = serde_json::from_str(line)?;
        let word = |key: &str| line[key].as_str().unwrap_or("none").to_owned();
        println!(
            "{:<44} {:>10} {:<34} {:<34} {:>9}\n{:<44} {:>10} waiting for {}",
            word("case"),
            line["first_ms"],
            word("first"),
            word("last"),
            line["last_ms"],
            "",
            "",
            word("waiting_for")
        );
    }
    Ok(())
}
