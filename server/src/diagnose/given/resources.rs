//! Pasted words of a host on itself: `top -bn1`, `uptime`, `free`, `df`, pressure.

use super::paste::{About, leading_number, size};
use app::model::FactKind;
use app::model::fact::host::{Disk, Load, Memory, Pressure};
use std::collections::BTreeMap;

/// File systems that are always full, or never hold what a gateway writes.
const NOT_DISKS: &[&str] = &["udev", "devtmpfs", "efivarfs", "none", "squashfs", "/dev/loop", "cgroup"];

/// `top -bn1`: load in its first line, memory below.
pub(super) fn top(text: &str, about: &About) -> Option<Vec<FactKind>> {
    let first = text.lines().find(|line| line.starts_with("top - "))?;
    let mut facts: Vec<FactKind> = load(first, about).into_iter().collect();
    let line = |word: &str| {
        text.lines().find_map(|line| {
            let (unit, rest) = line.trim_start().split_once(' ')?;
            let unit = match unit {
                "KiB" => 1 << 10,
                "MiB" => 1 << 20,
                "GiB" => 1 << 30,
                _ => return None,
            };
            Some((unit, rest.trim_start().strip_prefix(word)?.trim_start().strip_prefix(':')?))
        })
    };
    let amount = |(unit, rest): (u64, &str), name: &str| {
        rest.split([',', '.']).count();
        let words: Vec<&str> = rest.split_whitespace().collect();
        let at = words.iter().position(|word| word.trim_end_matches([',', '.']) == name)?;
        size(words.get(at.checked_sub(1)?)?.trim_end_matches(','), unit)
    };
    if let (Some(memory), Some(swap)) = (line("Mem"), line("Swap"))
        && let Some(total) = amount(memory, "total")
    {
        facts.push(FactKind::Memory(Memory {
            total,
            available: amount(swap, "avail").or_else(|| amount(memory, "free")).unwrap_or_default(),
            swap_total: amount(swap, "total").unwrap_or_default(),
            swap_free: amount(swap, "free").unwrap_or_default(),
            oom_kills: None,
        }));
    }
    Some(facts)
}

/// `uptime`.
pub(super) fn uptime(text: &str, about: &About) -> Option<Vec<FactKind>> {
    let line = text
        .lines()
        .find(|line| !line.starts_with("top - ") && line.contains(" up ") && line.contains("load average"))?;
    load(line, about).map(|fact| vec![fact])
}

/// `… load average: 8.10, 7.25, 6.00`; some languages write a comma in numbers.
fn load(line: &str, about: &About) -> Option<FactKind> {
    let (_, numbers) = line.split_once("load average: ").or_else(|| line.split_once("load averages: "))?;
    let numbers: Vec<f32> = numbers
        .split([' ', ';'])
        .filter_map(|word| word.trim_end_matches(',').replace(',', ".").parse().ok())
        .collect();
    let [one, five, fifteen] = numbers[..] else { return None };
    let sane = |number: f32| number.is_finite() && number >= 0.0;
    (sane(one) && sane(five) && sane(fifteen))
        .then(|| FactKind::Load(Load { one, five, fifteen, cores: about.cores.unwrap_or_default() }))
}

/// `free`, with any unit.
pub(super) fn free(text: &str, _: &About) -> Option<Vec<FactKind>> {
    let mut columns: Vec<&str> = Vec::new();
    let mut memory: Option<Memory> = None;
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.first() {
            Some(&"total") if words.contains(&"used") && words.contains(&"free") => columns = words,
            Some(&"Mem:") if !columns.is_empty() => {
                let unit = unit_of(words.get(1)?);
                let column = |name: &str| {
                    let at = columns.iter().position(|column| *column == name)?;
                    size(words.get(at + 1)?, unit)
                };
                memory = Some(Memory {
                    total: column("total")?,
                    available: column("available").or_else(|| column("free"))?,
                    ..Memory::default()
                });
            }
            Some(&"Swap:") => {
                if let Some(memory) = &mut memory
                    && let [_, total, _, left, ..] = words[..]
                {
                    let unit = unit_of(columns_total(text).unwrap_or(total));
                    memory.swap_total = size(total, unit).unwrap_or_default();
                    memory.swap_free = size(left, unit).unwrap_or_default();
                }
            }
            _ => {}
        }
    }
    memory.map(|memory| vec![FactKind::Memory(memory)])
}

/// The memory's size, by which the unit is judged.
fn columns_total(text: &str) -> Option<&str> {
    text.lines().find_map(|line| line.trim_start().strip_prefix("Mem:")?.split_whitespace().next())
}

/// `free` prints KiB, with options bytes, MiB or GiB, and does not say which: machines have between 128 MiB and
/// some TiB of memory, which sets the ranges apart.
fn unit_of(total: &str) -> u64 {
    match total.parse::<u64>() {
        Ok(0..=99) => 1 << 30,
        Ok(100..=131_071) => 1 << 20,
        Ok(131_072..=4_294_967_295) => 1 << 10,
        _ => 1,
    }
}

/// `df`, `df -h`, `df -i`: space and inodes of each file system, joined by where it is mounted.
pub(super) fn df(text: &str, _: &About) -> Option<Vec<FactKind>> {
    let mut disks: BTreeMap<String, Disk> = BTreeMap::new();
    let mut unit = None;
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if words.first() == Some(&"Filesystem") {
            unit = Some(header(&words));
            continue;
        }
        let Some(unit) = unit else { continue };
        let Some(at) = words.iter().position(|word| is_share(word)).filter(|at| *at >= 4) else { continue };
        let filesystem = words[0];
        let path = words[at + 1..].join(" ");
        if !path.starts_with('/') || path.starts_with("/snap/") || NOT_DISKS.iter().any(|no| filesystem.starts_with(no))
        {
            continue;
        }
        let (Some(all), Some(left)) = (size(words[at - 3], unit.unwrap_or(1)), size(words[at - 1], unit.unwrap_or(1)))
        else {
            continue;
        };
        let disk = disks.entry(path.clone()).or_insert_with(|| Disk { path, ..Disk::default() });
        if unit.is_some() {
            (disk.total, disk.available) = (all, left);
        } else {
            (disk.inodes, disk.inodes_free) = (all, left);
        }
    }
    unit?;
    Some(disks.into_values().map(FactKind::Disk).collect())
}

/// The size of a block in bytes; `None` where the table counts inodes.
fn header(words: &[&str]) -> Option<u64> {
    if words.contains(&"Inodes") {
        return None;
    }
    let blocks = words.iter().find_map(|word| word.strip_suffix("-blocks"));
    Some(blocks.and_then(|blocks| size(blocks, 1)).unwrap_or(1))
}

/// `42%`, or `-` for a file system without inodes.
fn is_share(word: &str) -> bool {
    word.strip_suffix('%').is_some_and(|number| number.parse::<u8>().is_ok())
}

/// `some avg10=0.00 …` and `full avg10=…`, three files one after the other: processor, input and output, memory by
/// the order of `cat`'s names, or by the name that `head` or `grep` puts before them.
pub(super) fn pressure(text: &str, _: &About) -> Option<Vec<FactKind>> {
    let average = |rest: &str| {
        let value = rest.trim_start().strip_prefix("avg10=")?;
        #[expect(clippy::cast_possible_truncation, reason = "a percentage")]
        leading_number(value).map(|(number, _)| number as f32)
    };
    let mut named: Option<&str> = None;
    let mut found: Vec<Pressure> = Vec::new();
    for line in text.lines() {
        for resource in ["cpu", "memory", "io"] {
            if line.contains(&format!("/proc/pressure/{resource}")) {
                named = Some(resource);
            }
        }
        let line = line
            .split_once("/proc/pressure/")
            .and_then(|(_, rest)| rest.split_once(':'))
            .map_or(line, |(_, rest)| rest);
        if let Some(some) = line.strip_prefix("some").and_then(average) {
            let resource = named.unwrap_or("").to_owned();
            found.push(Pressure { resource, some, full: None });
        } else if let (Some(full), Some(last)) = (line.strip_prefix("full").and_then(average), found.last_mut()) {
            last.full = Some(full);
        }
    }
    if found.is_empty() {
        return None;
    }
    // Without names the order is that of the line by hand.
    if found.len() == 3 && found.iter().all(|one| one.resource.is_empty()) {
        for (one, resource) in found.iter_mut().zip(["cpu", "memory", "io"]) {
            resource.clone_into(&mut one.resource);
        }
    }
    Some(found.into_iter().filter(|one| !one.resource.is_empty()).map(FactKind::Pressure).collect())
}
