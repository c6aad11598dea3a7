//! Licences, duplicates and sources of all dependencies, judged by `deny.toml`.
//!
//! cargo-deny reads the same file and does more, but takes long to compile; the GitHub workflow runs it.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a development tool starts cargo, reads files and prints"
)]

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, ExitCode};

/// What `deny.toml` allows.
#[derive(Debug, Default)]
struct Rules {
    targets: Vec<String>,
    licences: BTreeSet<String>,
    /// Further licences of single crates.
    exceptions: BTreeMap<String, BTreeSet<String>>,
    /// `name@version` or `name`, whose duplicates are known.
    skip: BTreeSet<String>,
    registries: Vec<String>,
}

/// One package of the dependency graph.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Package {
    name: String,
    version: String,
    licence: String,
    /// `None` for members of the workspace.
    source: Option<String>,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let text = std::fs::read_to_string("deny.toml").context("deny.toml cannot be read")?;
    let rules = Rules::parse(&text)?;
    let mut packages = BTreeSet::new();
    for target in &rules.targets {
        packages.extend(graph(target)?);
    }
    let problems = judge(&rules, &packages);
    for problem in &problems {
        eprintln!("{problem}");
    }
    if !problems.is_empty() {
        bail!("{} problems with dependencies; deny.toml says what is allowed", problems.len());
    }
    println!("{} packages: licences, duplicates and sources are in order", packages.len());
    Ok(())
}

impl Rules {
    fn parse(text: &str) -> Result<Self> {
        let file: toml::Table = text.parse().context("deny.toml is not valid TOML")?;
        let list = |path: [&str; 2]| -> Vec<toml::Value> {
            let found = file.get(path[0]).and_then(|table| table.get(path[1])).and_then(toml::Value::as_array);
            found.cloned().unwrap_or_default()
        };
        let texts = |values: Vec<toml::Value>| values.into_iter().filter_map(|value| value.as_str().map(str::to_owned));
        let crate_name = |value: &toml::Value| {
            value.as_str().or_else(|| value.get("crate").and_then(toml::Value::as_str)).map(str::to_owned)
        };
        let exceptions = list(["licenses", "exceptions"]).into_iter().filter_map(|entry| {
            let allow = entry.get("allow")?.as_array()?.clone();
            Some((crate_name(&entry)?, texts(allow).collect()))
        });
        let rules = Self {
            targets: texts(list(["graph", "targets"])).collect(),
            licences: texts(list(["licenses", "allow"])).collect(),
            exceptions: exceptions.collect(),
            skip: list(["bans", "skip"]).iter().filter_map(crate_name).collect(),
            registries: texts(list(["sources", "allow-registry"])).collect(),
        };
        if rules.targets.is_empty() || rules.licences.is_empty() || rules.registries.is_empty() {
            bail!("deny.toml must name [graph] targets, [licenses] allow and [sources] allow-registry");
        }
        Ok(rules)
    }
}

/// All packages that a build, a test or a build script for the target may compile.
fn graph(target: &str) -> Result<Vec<Package>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version=1", "--locked", "--all-features", "--filter-platform", target])
        .output()
        .context("cargo could not be started")?;
    if !output.status.success() {
        bail!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata printed no JSON")?;
    let array = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let used: BTreeSet<String> =
        array(&metadata["resolve"]["nodes"]).iter().filter_map(|node| node["id"].as_str().map(str::to_owned)).collect();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Ok(array(&metadata["packages"])
        .iter()
        .filter(|package| package["id"].as_str().is_some_and(|id| used.contains(id)))
        .map(|package| Package {
            name: text(&package["name"]),
            version: text(&package["version"]),
            licence: text(&package["license"]),
            source: package["source"].as_str().map(str::to_owned),
        })
        .collect())
}

/// Every violation, in one sentence each; also exceptions that are no longer needed.
fn judge(rules: &Rules, packages: &BTreeSet<Package>) -> Vec<String> {
    let mut problems = Vec::new();
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for Package { name, version, licence, source } in packages {
        versions.entry(name).or_default().insert(version);
        let Some(source) = source else { continue };
        if !rules.registries.iter().any(|registry| source.ends_with(registry.as_str())) {
            problems.push(format!("{name} {version} comes from {source}, which [sources] does not allow"));
        }
        let granted = |one: &str| {
            rules.licences.contains(one) || rules.exceptions.get(name).is_some_and(|allowed| allowed.contains(one))
        };
        match satisfied(licence, &granted) {
            Some(true) => {}
            Some(false) => {
                problems.push(format!("{name} {version} is under `{licence}`, which [licenses] does not allow"));
            }
            None => problems.push(format!("{name} {version} has no licence that can be understood: `{licence}`")),
        }
    }
    let mut needed = BTreeSet::new();
    for (name, versions) in &versions {
        // As cargo-deny counts: all versions but one have to be known.
        let mut unknown = Vec::new();
        if versions.len() > 1 {
            for version in versions {
                let exact = format!("{name}@{version}");
                if rules.skip.contains(&exact) || rules.skip.contains(*name) {
                    needed.insert(exact);
                    needed.insert((*name).to_owned());
                } else {
                    unknown.push(*version);
                }
            }
        }
        if unknown.len() > 1 {
            problems.push(format!(
                "{name} is there {} times: {}; choose one, or add to [bans] skip with a date",
                versions.len(),
                unknown.join(", ")
            ));
        }
    }
    for skip in rules.skip.iter().filter(|skip| !needed.contains(*skip)) {
        problems.push(format!("[bans] skip names {skip}, which is no duplicate any more; remove it"));
    }
    problems
}

/// Whether an SPDX expression is satisfied by what is granted; `None` if it cannot be understood.
fn satisfied(expression: &str, granted: &dyn Fn(&str) -> bool) -> Option<bool> {
    // Old crates write `MIT/Apache-2.0` for OR.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let result = any_of(&mut words, granted)?;
    words.next().is_none().then_some(result)
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any_of(words: &mut Words<'_>, granted: &dyn Fn(&str) -> bool) -> Option<bool> {
    let mut result = all_of(words, granted)?;
    while words.next_if_eq(&"OR").is_some() {
        result |= all_of(words, granted)?;
    }
    Some(result)
}

fn all_of(words: &mut Words<'_>, granted: &dyn Fn(&str) -> bool) -> Option<bool> {
    let mut result = one(words, granted)?;
    while words.next_if_eq(&"AND").is_some() {
        result &= one(words, granted)?;
    }
    Some(result)
}

fn one(words: &mut Words<'_>, granted: &dyn Fn(&str) -> bool) -> Option<bool> {
    let word = words.next()?;
    if word == "(" {
        let result = any_of(words, granted)?;
        words.next_if_eq(&")")?;
        return Some(result);
    }
    if matches!(word, ")" | "OR" | "AND" | "WITH") {
        return None;
    }
    if words.next_if_eq(&"WITH").is_some() {
        return Some(granted(&format!("{word} WITH {}", words.next()?)));
    }
    Some(granted(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = r#"
        [graph]
        targets = ["x86_64-unknown-linux-gnu"]
        [licenses]
        allow = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"]
        exceptions = [{ crate = "roots", allow = ["CDLA-Permissive-2.0"] }]
        [bans]
        skip = [{ crate = "twice@1.0.0", reason = "2026-11-22: until its user moves on" }]
        [sources]
        allow-registry = ["https://example.org/index"]
    "#;

    fn package(name: &str, version: &str, licence: &str) -> Package {
        let source = Some("registry+https://example.org/index".to_owned());
        Package { name: name.into(), version: version.into(), licence: licence.into(), source }
    }

    fn problems(packages: &[Package]) -> Vec<String> {
        let rules = Rules::parse(RULES).expect("the rules are valid");
        judge(&rules, &packages.iter().cloned().collect())
    }

    #[test]
    fn expressions_are_evaluated() {
        let granted = |one: &str| ["MIT", "BSD", "Apache-2.0 WITH LLVM-exception"].contains(&one);
        for (expression, expected) in [
            ("MIT", Some(true)),
            ("GPL-3.0", Some(false)),
            ("GPL-3.0 OR MIT", Some(true)),
            ("GPL-3.0 AND MIT", Some(false)),
            ("MIT AND BSD OR GPL-3.0", Some(true)),
            ("MIT AND (GPL-3.0 OR BSD)", Some(true)),
            ("(GPL-3.0 OR MIT) AND ISC", Some(false)),
            ("MIT/GPL-3.0", Some(true)),
            ("Apache-2.0 WITH LLVM-exception", Some(true)),
            ("Apache-2.0", Some(false)),
            ("", None),
            ("MIT OR", None),
            ("(MIT", None),
            ("MIT BSD", None),
        ] {
            assert_eq!(satisfied(expression, &granted), expected, "for `{expression}`");
        }
    }

    #[test]
    fn what_is_allowed_passes() {
        let member = Package { source: None, ..package("own", "0.1.0", "") };
        let allowed = [
            member,
            package("a", "1.0.0", "MIT OR GPL-3.0"),
            package("roots", "1.0.0", "CDLA-Permissive-2.0"),
            package("twice", "1.0.0", "MIT"),
            package("twice", "2.0.0", "MIT"),
        ];
        assert_eq!(problems(&allowed), Vec::<String>::new());
    }

    #[test]
    fn what_is_not_allowed_is_named() {
        let known = [package("twice", "1.0.0", "MIT"), package("twice", "2.0.0", "MIT")];
        let with = |more: &[Package]| problems(&[&known[..], more].concat());
        assert!(with(&[package("a", "1.0.0", "GPL-3.0")])[0].contains("GPL-3.0"));
        assert!(with(&[package("a", "1.0.0", "")])[0].contains("no licence"));
        assert!(with(&[package("a", "1.0.0", "CDLA-Permissive-2.0")])[0].contains("CDLA"));
        assert!(with(&[package("a", "1.0.0", "MIT"), package("a", "2.0.0", "MIT")])[0].contains("1.0.0, 2.0.0"));
        let elsewhere = Package { source: Some("git+https://example.com/a".into()), ..package("a", "1.0.0", "MIT") };
        assert!(with(&[elsewhere])[0].contains("git+https"));
        assert!(problems(&[package("twice", "2.0.0", "MIT")])[0].contains("no duplicate any more"));
    }
}
