//! `cargo xtask soak fuzz [SECONDS] [TARGET]`: the fuzz targets for longer than a test may take.

use crate::cmd::{cargo, finish, say};
use anyhow::{Result, bail};

pub(crate) fn run(args: &[String]) -> Result<()> {
    let (seconds, target) = match args {
        [what] if what == "fuzz" => ("60", ""),
        [what, seconds] if what == "fuzz" => (seconds.as_str(), ""),
        [what, seconds, target] if what == "fuzz" => (seconds.as_str(), target.as_str()),
        _ => bail!("`soak fuzz [SECONDS] [TARGET]` is what there is"),
    };
    if seconds.parse::<u32>().is_err() {
        bail!("`{seconds}` is no number of seconds");
    }
    say(&format!("fuzzing {} for {seconds} s each", if target.is_empty() { "every target" } else { target }));
    let mut command = cargo();
    command.args(["test", "--locked", "--package", "gatewatch-server", "--test", "fuzz", "--", "--nocapture"]);
    command.env("GATEWATCH_FUZZ_SECONDS", seconds).env("GATEWATCH_FUZZ_ONLY", target);
    // Other inputs each time; the number is told where one fails.
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    if std::env::var_os("GATEWATCH_FUZZ_SEED").is_none() {
        command.env("GATEWATCH_FUZZ_SEED", now.as_secs().to_string());
    }
    finish(&mut command, "fuzzing")
}
