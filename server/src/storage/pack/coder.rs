//! Adaptive binary arithmetic coding: a bit costs as little as it surprises.
//!
//! The carry-propagating range coder that LZMA made common, with probabilities that learn fast at first. Encoder and
//! decoder walk the same code ([`Coder`]), so that they cannot disagree about what comes next.

/// Below this the range is widened by a byte.
const NARROW: u32 = 1 << 24;
/// Probabilities stay off the ends, or a surprise could not be told.
const LEAST: u16 = 48;

/// How likely a bit is not set, learnt from those before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bit {
    unset: u16,
    seen: u8,
}

impl Bit {
    pub(super) const NEW: Self = Self { unset: 1 << 15, seen: 0 };

    fn learn(&mut self, set: bool) {
        let rate = match self.seen {
            0 => 1,
            1..=3 => 2,
            4..=8 => 3,
            9..=20 => 4,
            21..=45 => 5,
            _ => 6,
        };
        self.seen = self.seen.saturating_add(1);
        if set {
            self.unset -= self.unset >> rate;
        } else {
            self.unset += (u16::MAX - self.unset) >> rate;
        }
        self.unset = self.unset.clamp(LEAST, u16::MAX - LEAST);
    }

    fn share(self, range: u32) -> u32 {
        (range >> 16) * u32::from(self.unset)
    }
}

/// An encoder is given the bits, a decoder ignores what it is given; both answer the bit that counts.
pub(super) trait Coder {
    /// A bit whose probability is learnt.
    fn bit(&mut self, model: &mut Bit, set: bool) -> bool;
    /// A bit that is as likely set as not.
    fn even(&mut self, set: bool) -> bool;
}

/// Writes.
pub(super) struct Encoder {
    out: Vec<u8>,
    low: u64,
    range: u32,
    /// The byte that a carry may still raise, and how many 0xff follow it.
    cache: u8,
    pending: u64,
    /// The first byte out is always zero and is left away.
    begun: bool,
}

impl Encoder {
    /// Appends to `out`.
    pub(super) fn new(out: Vec<u8>) -> Self {
        Self { out, low: 0, range: u32::MAX, cache: 0, pending: 0, begun: false }
    }

    fn shift(&mut self) {
        let carried = self.low > u64::from(u32::MAX);
        if carried || self.low < 0xff00_0000 {
            let carry = u8::from(carried);
            if self.begun {
                self.out.push(self.cache.wrapping_add(carry));
            }
            for _ in 0..self.pending {
                self.out.push(0xff_u8.wrapping_add(carry));
            }
            self.pending = 0;
            self.begun = true;
            self.cache = self.low.to_le_bytes()[3];
        } else {
            self.pending += 1;
        }
        self.low = (self.low & 0x00ff_ffff) << 8;
    }

    fn widen(&mut self) {
        while self.range < NARROW {
            self.range <<= 8;
            self.shift();
        }
    }

    /// All bytes. The decoder reads zeros past the end, so that zeros at the end are left away.
    pub(super) fn finish(mut self) -> Vec<u8> {
        let kept = self.out.len();
        // Of all numbers within the range one with many zeros at its end.
        for bits in (0..32).rev() {
            let mask = (1_u64 << bits) - 1;
            let rounded = (self.low + mask) & !mask;
            if rounded < self.low + u64::from(self.range) {
                self.low = rounded;
                break;
            }
        }
        for _ in 0..5 {
            self.shift();
        }
        while self.out.len() > kept && self.out.last() == Some(&0) {
            self.out.pop();
        }
        self.out
    }
}

impl Coder for Encoder {
    fn bit(&mut self, model: &mut Bit, set: bool) -> bool {
        let share = model.share(self.range);
        if set {
            self.low += u64::from(share);
            self.range -= share;
        } else {
            self.range = share;
        }
        model.learn(set);
        self.widen();
        set
    }

    fn even(&mut self, set: bool) -> bool {
        self.range >>= 1;
        if set {
            self.low += u64::from(self.range);
        }
        self.widen();
        set
    }
}

/// Reads.
pub(super) struct Decoder<'b> {
    rest: &'b [u8],
    code: u32,
    range: u32,
}

impl<'b> Decoder<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        let mut decoder = Self { rest: bytes, code: 0, range: u32::MAX };
        for _ in 0..4 {
            decoder.code = (decoder.code << 8) | decoder.next();
        }
        decoder
    }

    fn next(&mut self) -> u32 {
        let Some((first, rest)) = self.rest.split_first() else { return 0 };
        self.rest = rest;
        u32::from(*first)
    }

    fn widen(&mut self) {
        while self.range < NARROW {
            self.range <<= 8;
            self.code = (self.code << 8) | self.next();
        }
    }
}

impl Coder for Decoder<'_> {
    fn bit(&mut self, model: &mut Bit, _: bool) -> bool {
        let share = model.share(self.range);
        let set = self.code >= share;
        if set {
            self.code -= share;
            self.range -= share;
        } else {
            self.range = share;
        }
        model.learn(set);
        self.widen();
        set
    }

    fn even(&mut self, _: bool) -> bool {
        self.range >>= 1;
        let set = self.code >= self.range;
        if set {
            self.code -= self.range;
        }
        self.widen();
        set
    }
}

/// Bits below the leading one whose probability is learnt; finer ones are as likely set as not.
const LEARNT: u32 = 3;

/// Whole numbers: their length in bits, their leading bits and their sign are learnt.
#[derive(Debug)]
pub(super) struct Number {
    lengths: [Bit; 128],
    leading: [[Bit; 1 << LEARNT]; 65],
    signs: [Bit; 65],
}

impl Number {
    pub(super) const NEW: Self =
        Self { lengths: [Bit::NEW; 128], leading: [[Bit::NEW; 1 << LEARNT]; 65], signs: [Bit::NEW; 65] };

    pub(super) fn unsigned(&mut self, coder: &mut impl Coder, value: u64) -> u64 {
        let length = self.length(coder, 64 - value.leading_zeros());
        if length < 2 {
            return u64::from(length);
        }
        let mut read = 1_u64;
        for place in (0..length - 1).rev() {
            let set = value >> place & 1 == 1;
            let depth = length - 2 - place;
            let bit = if depth < LEARNT {
                // The bits before, with the leading one, are the place in a small tree.
                let model = &mut self.leading[length as usize][usize::try_from(read).unwrap_or(0)];
                coder.bit(model, set)
            } else {
                coder.even(set)
            };
            read = read << 1 | u64::from(bit);
        }
        read
    }

    pub(super) fn signed(&mut self, coder: &mut impl Coder, value: i64) -> i64 {
        let size = self.unsigned(coder, value.unsigned_abs());
        if size == 0 {
            return 0;
        }
        let sign = &mut self.signs[(64 - size.leading_zeros()) as usize];
        if coder.bit(sign, value < 0) { size.cast_signed().wrapping_neg() } else { size.cast_signed() }
    }

    fn length(&mut self, coder: &mut impl Coder, length: u32) -> u32 {
        let mut node = 1_usize;
        for place in (0..7).rev() {
            let set = coder.bit(&mut self.lengths[node], length >> place & 1 == 1);
            node = node << 1 | usize::from(set);
        }
        // A damaged blob may say more than there is.
        u32::try_from(node - 128).unwrap_or(0).min(64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn there_and_back(values: &[i64]) -> Vec<u8> {
        let (mut model, mut encoder) = (Number::NEW, Encoder::new(Vec::new()));
        for &value in values {
            assert_eq!(model.signed(&mut encoder, value), value);
        }
        let bytes = encoder.finish();
        let (mut model, mut decoder) = (Number::NEW, Decoder::new(&bytes));
        let read: Vec<i64> = values.iter().map(|_| model.signed(&mut decoder, 0)).collect();
        assert_eq!(read, values);
        bytes
    }

    #[test]
    fn what_never_changes_costs_next_to_nothing() {
        assert!(there_and_back(&vec![0; 10_000]).len() < 30);
        assert!(there_and_back(&vec![700; 10_000]).len() < 7_900, "only its finer bits are not learnt");
        assert_eq!(there_and_back(&[]).len(), 0);
        there_and_back(&[i64::MIN, i64::MAX, -1, 0, 1]);
    }

    proptest! {
        #[test]
        fn numbers_come_back_as_they_were(
            small in prop::collection::vec(-300_i64..300, 0..500),
            any in prop::collection::vec(any::<i64>(), 0..100),
        ) {
            there_and_back(&small);
            there_and_back(&any);
        }

        #[test]
        fn any_bytes_are_read_without_end_or_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let (mut model, mut decoder) = (Number::NEW, Decoder::new(&bytes));
            for _ in 0..500 {
                model.signed(&mut decoder, 0);
            }
        }
    }
}
