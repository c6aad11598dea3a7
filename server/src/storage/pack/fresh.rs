//! Samples as they come, of several monitors in one row, with everything that was measured.
//!
//! A row's key is about the time of its first sample in milliseconds, so that the samples need only say what they are
//! off it. Rows that begin with `[` came over from the first schema and are JSON.

use super::Damaged;
use super::bytes::{Reader, put, put_signed};
use super::series::{class, fault, put_fault};
use crate::storage::codes::Numbered;
use app::model::{At, Class, Fault, FaultKind, Millis, Origin, Phases, Sample};
use serde::Deserialize;

/// Set in each sample's first byte, so that no row looks like JSON.
const OURS: u8 = 0x80;
const HAS_PHASES: u8 = 0x40;
const STATUS_200: u8 = 0x10;
const STATUS: u8 = 0x20;
const HAS_FAULT: u8 = 0x08;
const CLASS: u8 = 0x07;

/// A row's bytes; the monitors by their keys in the database.
pub(in crate::storage) fn encode(key: i64, samples: &[(i64, &Sample)]) -> Vec<u8> {
    let (mut out, mut before) = (Vec::with_capacity(samples.len() * 14), key);
    for (monitor, sample) in samples {
        let status = match sample.status {
            None => 0,
            Some(200) => STATUS_200,
            Some(_) => STATUS,
        };
        let phases = phases(sample);
        let has_phases = phases.iter().any(Option::is_some);
        let class = u8::try_from(sample.class.number()).unwrap_or(CLASS);
        out.push(
            OURS | class
                | status
                | if has_phases { HAS_PHASES } else { 0 }
                | if sample.fault.is_some() { HAS_FAULT } else { 0 },
        );
        put(&mut out, monitor.cast_unsigned());
        put_signed(&mut out, sample.at.0.wrapping_sub(before));
        before = sample.at.0;
        if status == STATUS {
            put(&mut out, u64::from(sample.status.unwrap_or_default()));
        }
        if has_phases {
            let there = phases.iter().enumerate().filter(|(_, phase)| phase.is_some());
            out.push(there.fold(0, |bits, (place, _)| bits | 1 << place));
            phases.into_iter().flatten().for_each(|phase| put(&mut out, u64::from(phase.0)));
        }
        put_signed(&mut out, i64::from(sample.latency.0) - all_of(phases));
        if let Some(fault) = &sample.fault {
            put_fault(&mut out, fault);
        }
    }
    out
}

/// The phases together, of which the latency is seldom far off.
fn all_of(phases: [Option<Millis>; 5]) -> i64 {
    phases.into_iter().flatten().map(|phase| i64::from(phase.0)).sum()
}

fn phases(sample: &Sample) -> [Option<Millis>; 5] {
    let Phases { dns, connect, tls, first_byte, body } = sample.phases;
    [dns, connect, tls, first_byte, body]
}

/// What a row holds, in the order in which it was written.
pub(in crate::storage) fn decode(key: i64, body: &[u8]) -> Result<Vec<(i64, Sample)>, Damaged> {
    if body.first() == Some(&b'[') {
        return carried_over(body);
    }
    let (mut reader, mut samples, mut before) = (Reader::new(body), Vec::new(), key);
    while !reader.is_empty() {
        let first = reader.byte()?;
        if first & OURS == 0 {
            return Err(Damaged("its form is not known"));
        }
        let class = class(first & CLASS)?;
        let monitor = reader.number()?.cast_signed();
        let at = before.wrapping_add(reader.signed()?);
        before = at;
        let status = match first & (STATUS_200 | STATUS) {
            0 => None,
            STATUS_200 => Some(200),
            STATUS => Some(reader.narrow()?),
            _ => return Err(Damaged("its form is not known")),
        };
        let there = if first & HAS_PHASES == 0 { 0 } else { reader.byte()? };
        let mut phase = |place: u8| -> Result<Option<Millis>, Damaged> {
            if there >> place & 1 == 1 { Ok(Some(Millis(reader.narrow()?))) } else { Ok(None) }
        };
        let phases = [phase(0)?, phase(1)?, phase(2)?, phase(3)?, phase(4)?];
        let latency = reader.signed()?.checked_add(all_of(phases)).and_then(|latency| u32::try_from(latency).ok());
        let latency = Millis(latency.ok_or(Damaged("a latency is out of range"))?);
        let [dns, connect, tls, first_byte, body] = phases;
        let phases = Phases { dns, connect, tls, first_byte, body };
        let fault = if first & HAS_FAULT == 0 { None } else { Some(fault(&mut reader)?) };
        samples.push((monitor, Sample { at: At(at), class, latency, status, phases, fault }));
    }
    Ok(samples)
}

/// A row of the first schema's table, in the order of its columns.
#[derive(Deserialize)]
struct Old(
    i64,
    i64,
    u8,
    u32,
    Option<u16>,
    Option<u32>,
    Option<u32>,
    Option<u32>,
    Option<u32>,
    Option<u32>,
    Option<u8>,
    Option<u8>,
    Option<u16>,
    Option<String>,
);

fn carried_over(body: &[u8]) -> Result<Vec<(i64, Sample)>, Damaged> {
    let rows: Vec<Old> = serde_json::from_slice(body).map_err(|_| Damaged("it is no list of samples"))?;
    rows.into_iter().map(old).collect()
}

fn old(row: Old) -> Result<(i64, Sample), Damaged> {
    let Old(monitor, at, number, latency, status, dns, connect, tls, first, body, kind, origin, fault_status, detail) =
        row;
    let fault = match (kind, origin) {
        (Some(kind), Some(origin)) => Some(Fault {
            kind: FaultKind::of(kind.into(), "").map_err(|_| Damaged("a kind of fault is not known"))?,
            origin: Origin::of(origin.into(), "").map_err(|_| Damaged("an origin is not known"))?,
            status: fault_status,
            detail: detail.unwrap_or_default(),
        }),
        _ => None,
    };
    let phases = Phases {
        dns: dns.map(Millis),
        connect: connect.map(Millis),
        tls: tls.map(Millis),
        first_byte: first.map(Millis),
        body: body.map(Millis),
    };
    let class: Class = class(number)?;
    Ok((monitor, Sample { at: At(at), class, latency: Millis(latency), status, phases, fault }))
}

#[cfg(test)]
mod tests {
    use super::super::series::tests::any_sample;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn samples_come_back_as_they_were(
            key in any::<i64>(),
            samples in prop::collection::vec((0_i64..5000, any_sample()), 0..20),
        ) {
            let given: Vec<(i64, &Sample)> = samples.iter().map(|(monitor, sample)| (*monitor, sample)).collect();
            let body = encode(key, &given);
            prop_assert_eq!(decode(key, &body), Ok(samples.clone()));
            for cut in 0..body.len() {
                // Cut anywhere it is an error or less, never a panic.
                if let Ok(read) = decode(key, &body[..cut]) {
                    prop_assert!(read.len() < samples.len());
                }
            }
        }
    }

    #[test]
    fn a_usual_sample_alone_takes_few_bytes() {
        let phases = Phases {
            dns: Some(Millis(1)),
            connect: Some(Millis(12)),
            tls: Some(Millis(31)),
            first_byte: Some(Millis(140)),
            body: Some(Millis(2)),
        };
        let at = At(1_795_359_600_123);
        let sample = Sample { at, class: Class::Up, latency: Millis(186), status: Some(200), phases, fault: None };
        assert_eq!(encode(at.0, &[(40, &sample)]).len(), 11);
    }

    #[test]
    fn rows_of_the_first_schema_are_read() {
        let body = br#"[[7,1000,2,31,502,null,1,null,30,null,11,2,502,"gone"],[8,2000,0,12,null,null,null,null,null,null,null,null,null,null]]"#;
        let read = decode(1, body).unwrap();
        let fault =
            Fault { kind: FaultKind::Status, origin: Origin::Edge, status: Some(502), detail: "gone".to_owned() };
        assert_eq!(read[0].1.fault, Some(fault));
        assert_eq!((read[0].0, read[0].1.phases.first_byte), (7, Some(Millis(30))));
        assert_eq!((read[1].0, read[1].1.at, read[1].1.class), (8, At(2000), Class::Up));
        assert!(decode(1, b"[[1]]").is_err());
    }
}
