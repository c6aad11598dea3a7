//! Blobs hold what was put into them, and are small.

use super::*;
use proptest::prelude::*;

fn any_fault() -> impl Strategy<Value = Fault> {
    let (kinds, origins) = (prop::sample::select(FaultKind::ALL), prop::sample::select(Origin::ALL));
    (kinds, origins, any::<Option<u16>>(), "\\PC{0,20}").prop_map(|(kind, origin, status, detail)| Fault {
        kind,
        origin,
        status,
        detail,
    })
}

fn any_phases() -> impl Strategy<Value = Phases> {
    any::<[Option<u32>; 5]>().prop_map(|phases| {
        let [dns, connect, tls, first_byte, body] = phases.map(|phase| phase.map(Millis));
        Phases { dns, connect, tls, first_byte, body }
    })
}

/// Any sample at all.
pub(in crate::storage::pack) fn any_sample() -> impl Strategy<Value = Sample> {
    let class = prop::sample::select(Class::ALL);
    (any::<i64>(), class, any::<u32>(), any::<Option<u16>>(), any_phases(), prop::option::of(any_fault())).prop_map(
        |(at, class, latency, status, phases, fault)| Sample {
            at: At(at),
            class,
            latency: Millis(latency),
            status,
            phases,
            fault,
        },
    )
}

fn series(samples: &[Sample]) -> Series {
    let mut series = Series::default();
    for sample in samples {
        series.add(sample.at, sample.latency, sample.class, sample.status, sample.fault.as_ref());
    }
    series.sort();
    series
}

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((self.0 >> 33) % below).unwrap()
    }
}

/// As the scheduler makes them: a rhythm, up to a second of jitter, latencies about a mean, an outage, a gap.
fn plausible(interval: i64, count: i64) -> Series {
    let (mut dice, mut series) = (Dice(7), Series::default());
    let fault = Fault {
        kind: FaultKind::Status,
        origin: Origin::Edge,
        status: Some(502),
        detail: "the gateway answered 502".to_owned(),
    };
    for number in (0..count).filter(|number| number / 100 != 3) {
        let at = At(1_795_359_600_000 + number * interval + dice.roll(1000.min(interval.unsigned_abs() / 10)));
        if number / 40 == 5 {
            series.add(at, Millis(10_000), Class::Down, Some(502), Some(&fault));
        } else {
            let spread = (0..6).map(|_| dice.roll(20)).sum::<i64>();
            series.add(at, Millis(u32::try_from(90 + spread).unwrap()), Class::Up, Some(200), None);
        }
    }
    series
}

#[test]
fn a_day_takes_two_bytes_a_sample() {
    let day = plausible(30_000, 2880);
    let blob = day.encode();
    assert_eq!(Series::decode(&blob), Ok(day.clone()));
    let centibytes = blob.len() * 100 / day.points().len();
    assert!(centibytes <= 215, "{centibytes} hundredths of a byte a sample");
}

#[test]
fn an_hour_by_itself_is_not_much_larger() {
    let hour = plausible(30_000, 120);
    let blob = hour.encode();
    assert!(blob.len() <= 400, "{} bytes for {} samples", blob.len(), hour.points().len());
}

#[test]
fn of_two_samples_of_one_moment_the_first_stays() {
    let mut series = Series::default();
    series.add(At(20), Millis(1), Class::Up, None, None);
    series.add(At(10), Millis(2), Class::Down, None, None);
    series.add(At(20), Millis(3), Class::Down, None, None);
    series.sort();
    let kept: Vec<_> = series.samples().map(|sample| (sample.at.0, sample.latency.0)).collect();
    assert_eq!(kept, [(10, 2), (20, 1)]);
    let mut other = series.clone();
    other.add(At(30), Millis(4), Class::Up, None, None);
    other.without(&series);
    assert_eq!(other.points().len(), 1);
}

#[test]
fn a_changed_byte_is_noticed() {
    let blob = plausible(10_000, 300).encode();
    for place in (0..blob.len()).step_by(7) {
        let mut damaged = blob.clone();
        damaged[place] ^= 0x10;
        assert!(Series::decode(&damaged).is_err(), "{place}");
        assert!(Series::decode(&blob[..place]).is_err(), "{place}");
    }
}

#[test]
fn more_than_fits_goes_into_parts() {
    let mut long = Series::default();
    for at in 0..i64::try_from(MOST).unwrap() + 5 {
        long.add(At(at), Millis(1), Class::Up, None, None);
    }
    long.add(At(86_400_000), Millis(1), Class::Up, None, None);
    let parts: Vec<usize> = long.parts(1).map(|part| part.points().len()).collect();
    assert_eq!(parts, [MOST, 5, 1], "and each day apart");
    let parts: Vec<usize> = long.parts(16).map(|part| part.points().len()).collect();
    assert_eq!(parts, [MOST, 6]);
}

proptest! {
    #[test]
    fn any_samples_come_back_in_order(samples in prop::collection::vec(any_sample(), 0..60)) {
        let series = series(&samples);
        let read = Series::decode(&series.encode());
        prop_assert_eq!(read.as_ref(), Ok(&series));
        for sample in series.samples() {
            let given = samples.iter().find(|given| given.at == sample.at).unwrap();
            prop_assert_eq!(Sample { phases: Phases::default(), ..given.clone() }, sample);
        }
    }

    #[test]
    fn close_samples_come_back_too(
        steps in prop::collection::vec((0_i64..70_000, 0_u32..3000, 0_usize..3), 1..300),
    ) {
        let mut at = 1_795_359_600_000;
        let mut series = Series::default();
        for (step, latency, class) in steps {
            at += step + 1;
            series.add(At(at), Millis(latency), Class::ALL[class], None, None);
        }
        prop_assert_eq!(Series::decode(&series.encode()), Ok(series));
    }

    #[test]
    fn any_bytes_are_an_error_or_a_series(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        crate::storage::pack::take_apart(&bytes);
    }
}
