//! One monitor's samples in the order of time, and the blob that holds them.
//!
//! Times are coded as what they are off the monitor's rhythm, latencies as what they are off the running mean of
//! samples that ended alike, and how a sample ended as its place in a list of the endings that occur. What is left is
//! mostly the scheduler's jitter, which nothing can foresee.

use super::Damaged;
use super::bytes::{Reader, put, put_signed};
use super::coder::{Bit, Coder, Decoder, Encoder, Number};
use crate::storage::codes::Numbered;
use app::model::{At, Class, Fault, FaultKind, Millis, Origin, Phases, Sample};

/// Samples of one blob, at most: more than a day of one a second.
pub(in crate::storage) const MOST: usize = 100_000;
/// The form of the blob.
const FORM: u8 = 1;
/// Bytes of the checksum at the end.
const CHECK: usize = 4;
/// Endings that are looked for before a new one is noted; the list may name one twice.
const LOOK_BACK: usize = 32;
/// Endings with a mean of their own.
const MEANS: usize = 16;
/// A part of the interval: what is further off than this sets a new rhythm.
const OFF_PART: u64 = 8;

/// How a sample ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// What it counts as.
    pub class: Class,
    /// HTTP status where one came.
    pub status: Option<u16>,
    /// Why it was not well.
    pub fault: Option<Fault>,
}

/// One sample: when, how long, and the place of its ending in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Point {
    /// When the probe started.
    pub at: At,
    /// From start to end.
    pub latency: Millis,
    /// Place in [`Series::endings`].
    pub ending: u32,
}

/// Samples of one monitor.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Series {
    endings: Vec<Ending>,
    points: Vec<Point>,
}

impl Series {
    /// The endings that occur.
    pub fn endings(&self) -> &[Ending] {
        &self.endings
    }

    /// The samples.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// Adds a sample; phases are not kept.
    pub fn add(&mut self, at: At, latency: Millis, class: Class, status: Option<u16>, fault: Option<&Fault>) {
        let is_it =
            |ending: &Ending| ending.class == class && ending.status == status && ending.fault.as_ref() == fault;
        let from = self.endings.len().saturating_sub(LOOK_BACK);
        let found = self.endings[from..].iter().position(is_it).map(|place| from + place);
        let place = found.unwrap_or_else(|| {
            self.endings.push(Ending { class, status, fault: fault.cloned() });
            self.endings.len() - 1
        });
        self.points.push(Point { at, latency, ending: u32::try_from(place).unwrap_or(u32::MAX) });
    }

    /// Adds all samples of another.
    pub fn append(&mut self, other: &Self) {
        for point in &other.points {
            let Some(ending) = other.ending(*point) else { continue };
            self.add(point.at, point.latency, ending.class, ending.status, ending.fault.as_ref());
        }
    }

    /// How a sample ended.
    pub fn ending(&self, point: Point) -> Option<&Ending> {
        self.endings.get(usize::try_from(point.ending).ok()?)
    }

    /// Puts the samples in order; of several of one moment the first that was added stays.
    pub fn sort(&mut self) {
        self.points.sort_by_key(|point| point.at);
        self.points.dedup_by_key(|point| point.at);
    }

    /// Drops the samples of these moments, which are in order.
    pub fn without(&mut self, others: &Self) {
        self.points.retain(|point| others.points.binary_search_by_key(&point.at, |other| other.at).is_err());
    }

    /// The samples, as far as they are kept.
    pub fn samples(&self) -> impl DoubleEndedIterator<Item = Sample> + '_ {
        self.points.iter().filter_map(|point| {
            let ending = self.ending(*point)?;
            Some(Sample {
                at: point.at,
                class: ending.class,
                latency: point.latency,
                status: ending.status,
                phases: Phases::default(),
                fault: ending.fault.clone(),
            })
        })
    }

    /// In parts that fit a blob each, of so many UTC days each.
    pub fn parts(&self, days: i64) -> impl Iterator<Item = Self> + '_ {
        let block = move |point: &Point| point.at.day().div_euclid(days);
        let blocks = self.points.chunk_by(move |one, next| block(one) == block(next));
        blocks.flat_map(|day| day.chunks(MOST)).map(|points| {
            let mut part = Self::default();
            for point in points {
                let Some(ending) = self.ending(*point) else { continue };
                part.add(point.at, point.latency, ending.class, ending.status, ending.fault.as_ref());
            }
            part
        })
    }

    /// The commonest distance of neighbours, to which the rhythm is set.
    fn rhythm(&self) -> u32 {
        let mut steps: Vec<i64> = self.points.windows(2).map(|pair| pair[1].at.since(pair[0].at)).collect();
        if steps.is_empty() {
            return 1;
        }
        let middle = steps.len() / 2;
        let (_, median, _) = steps.select_nth_unstable(middle);
        let median = (*median).clamp(1, i64::from(u32::MAX));
        // Rhythms are whole seconds nearly always, and jitter hides them by some milliseconds.
        let whole = (median + 500) / 1000 * 1000;
        let rhythm = if (median - whole).abs() * 20 <= median { whole } else { median };
        u32::try_from(rhythm).unwrap_or(u32::MAX)
    }

    /// The blob. The samples must be in order, and no more than [`MOST`].
    pub(in crate::storage) fn encode(&self) -> Vec<u8> {
        let rhythm = self.rhythm();
        let mut out = vec![FORM];
        put(&mut out, self.points.len() as u64);
        put(&mut out, u64::from(rhythm));
        put_signed(&mut out, self.points.first().map_or(0, |first| first.at.0));
        put(&mut out, self.endings.len() as u64);
        for ending in &self.endings {
            put_ending(&mut out, ending);
        }
        let mut encoder = Encoder::new(out);
        let mut model = Model::new(self.points.first().map_or(At(0), |first| first.at), rhythm);
        for point in &self.points {
            model.point(&mut encoder, *point);
        }
        let mut out = encoder.finish();
        let check = crc32fast::hash(&out);
        out.extend_from_slice(&check.to_le_bytes());
        out
    }

    /// What a blob holds.
    pub(in crate::storage) fn decode(blob: &[u8]) -> Result<Self, Damaged> {
        let (bytes, check) = blob.split_last_chunk::<CHECK>().ok_or(Damaged("it is too short"))?;
        if crc32fast::hash(bytes) != u32::from_le_bytes(*check) {
            return Err(Damaged("its checksum is wrong"));
        }
        let mut reader = Reader::new(bytes);
        if reader.byte()? != FORM {
            return Err(Damaged("its form is not known"));
        }
        let count: usize = reader.narrow()?;
        let rhythm: u32 = reader.narrow()?;
        let first = At(reader.signed()?);
        let endings: usize = reader.narrow()?;
        // Each ending has a point that it was made for, and takes bytes of its own.
        if count > MOST || endings > count || endings > reader.rest().len() || rhythm == 0 {
            return Err(Damaged("its numbers are out of range"));
        }
        let endings: Vec<Ending> = (0..endings).map(|_| ending(&mut reader)).collect::<Result<_, _>>()?;
        let mut decoder = Decoder::new(reader.rest());
        let mut model = Model::new(first, rhythm);
        let mut points = Vec::with_capacity(count);
        for _ in 0..count {
            let point = model.point(&mut decoder, Point::default());
            if point.ending as usize >= endings.len() {
                return Err(Damaged("an ending is not in its list"));
            }
            points.push(point);
        }
        Ok(Self { endings, points })
    }
}

/// Makes the checksum of a blob right, for tests with bytes that nobody wrote.
pub(super) fn seal(blob: &mut Vec<u8>) {
    let check = crc32fast::hash(blob);
    blob.extend_from_slice(&check.to_le_bytes());
}

pub(super) fn put_fault(out: &mut Vec<u8>, fault: &Fault) {
    out.extend([fault.kind.number(), fault.origin.number()].map(|number| u8::try_from(number).unwrap_or(u8::MAX)));
    put(out, fault.status.map_or(0, |status| u64::from(status) + 1));
    put(out, fault.detail.len() as u64);
    out.extend_from_slice(fault.detail.as_bytes());
}

pub(super) fn fault(reader: &mut Reader<'_>) -> Result<Fault, Damaged> {
    let kind = FaultKind::of(reader.byte()?.into(), "").map_err(|_| Damaged("a kind of fault is not known"))?;
    let origin = Origin::of(reader.byte()?.into(), "").map_err(|_| Damaged("an origin is not known"))?;
    let status = optional(reader)?;
    let length: usize = reader.narrow()?;
    let detail = std::str::from_utf8(reader.take(length)?).map_err(|_| Damaged("a text is not UTF-8"))?;
    Ok(Fault { kind, origin, status, detail: detail.to_owned() })
}

/// A number that may be absent, which is written as 0.
pub(super) fn optional(reader: &mut Reader<'_>) -> Result<Option<u16>, Damaged> {
    let number = reader.number()?;
    let narrow = |number: u64| u16::try_from(number - 1).map_err(|_| Damaged("a number is out of range"));
    (number > 0).then(|| narrow(number)).transpose()
}

pub(super) fn class(number: u8) -> Result<Class, Damaged> {
    Class::of(number.into(), "").map_err(|_| Damaged("a class is not known"))
}

const HAS_FAULT: u8 = 0x80;

fn put_ending(out: &mut Vec<u8>, ending: &Ending) {
    let class = u8::try_from(ending.class.number()).unwrap_or(u8::MAX);
    out.push(class | if ending.fault.is_some() { HAS_FAULT } else { 0 });
    put(out, ending.status.map_or(0, |status| u64::from(status) + 1));
    if let Some(fault) = &ending.fault {
        put_fault(out, fault);
    }
}

fn ending(reader: &mut Reader<'_>) -> Result<Ending, Damaged> {
    let first = reader.byte()?;
    let (class, status) = (class(first & !HAS_FAULT)?, optional(reader)?);
    let fault = if first & HAS_FAULT == 0 { None } else { Some(fault(reader)?) };
    Ok(Ending { class, status, fault })
}

/// What is expected of the next sample.
struct Model {
    rhythm: i64,
    /// The beat that the last sample belonged to.
    beat: i64,
    beats: Number,
    offs: Number,
    last: u32,
    same: [Bit; 2],
    endings: Number,
    latencies: Number,
    /// Eight times the running mean of the latency for each ending, once there is one.
    means: [Option<i64>; MEANS],
}

impl Model {
    fn new(first: At, rhythm: u32) -> Self {
        Self {
            rhythm: i64::from(rhythm),
            beat: first.0.wrapping_sub(i64::from(rhythm)),
            beats: Number::NEW,
            offs: Number::NEW,
            last: 0,
            same: [Bit::NEW; 2],
            endings: Number::NEW,
            latencies: Number::NEW,
            means: [None; MEANS],
        }
    }

    fn point(&mut self, coder: &mut impl Coder, point: Point) -> Point {
        let at = self.time(coder, point.at);
        let ending = self.ended(coder, point.ending);
        let latency = self.latency(coder, point.latency, ending);
        Point { at, latency, ending }
    }

    /// Beats since the last sample, mostly one, and how far off the beat it was. All arithmetic wraps, so that any
    /// two moments have a difference.
    fn time(&mut self, coder: &mut impl Coder, at: At) -> At {
        let step = at.0.wrapping_sub(self.beat);
        let beats = (i128::from(step) + i128::from(self.rhythm / 2)).div_euclid(i128::from(self.rhythm));
        let beats = i64::try_from(beats).unwrap_or(0);
        let beats = self.beats.signed(coder, beats.wrapping_sub(1)).wrapping_add(1);
        let off = self.offs.signed(coder, step.wrapping_sub(beats.wrapping_mul(self.rhythm)));
        let beat = self.beat.wrapping_add(beats.wrapping_mul(self.rhythm));
        let at = beat.wrapping_add(off);
        let is_far = off.unsigned_abs() > self.rhythm.unsigned_abs() / OFF_PART;
        self.beat = if is_far { at } else { beat };
        At(at)
    }

    fn ended(&mut self, coder: &mut impl Coder, ending: u32) -> u32 {
        let model = &mut self.same[usize::from(self.last > 0)];
        if !coder.bit(model, ending != self.last) {
            return self.last;
        }
        let read = self.endings.unsigned(coder, u64::from(ending));
        self.last = u32::try_from(read).unwrap_or(u32::MAX);
        self.last
    }

    fn latency(&mut self, coder: &mut impl Coder, latency: Millis, ending: u32) -> Millis {
        let mean = &mut self.means[(ending as usize).min(MEANS - 1)];
        let expected = mean.map_or(0, |mean| (mean + 4) >> 3);
        let read = expected.wrapping_add(self.latencies.signed(coder, i64::from(latency.0) - expected));
        // Only a damaged blob says anything else.
        let read = u32::try_from(read).unwrap_or(0);
        *mean = Some(mean.map_or(i64::from(read) << 3, |mean| mean + i64::from(read) - (mean >> 3)));
        Millis(read)
    }
}

#[cfg(test)]
pub(in crate::storage::pack) mod tests;
