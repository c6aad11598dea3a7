//! Inputs from seeds: a few of the changes that break parsers, chosen by numbers that can be had again.

/// Texts that parsers of many formats treat as special.
const TOKENS: &[&[u8]] = &[
    b"{",
    b"}",
    b"[",
    b"]",
    b"(",
    b")",
    b";",
    b"\"",
    b"'",
    b"\\",
    b"\n",
    b"\r\n",
    b"\0",
    b"$",
    b"${",
    b"%",
    b"#",
    b"<",
    b">",
    b"://",
    b"unix:",
    b"::",
    b"[::1]",
    b"0.0.0.0/0",
    b"127.0.0.1:65536",
    b"-1",
    b"0",
    b"99999999999999999999",
    b"1e999",
    b"4294967296",
    b"\xff\xfe",
    b"\xf0\x9f\x92\xa9",
    b"\xc3",
    b"\xe2\x80\xae",
    b"include /etc/gateway.conf;\n",
    b": ",
    b", ",
    b"upstream: \"",
    b"*",
    b"../",
    b"\t",
    b"=",
    b"{\"",
    b"\":",
    b"[[",
    b"]]",
    b"\x1b[31m",
    b"NaN",
    b"-",
    b"|",
    b"@",
    b"!",
];
/// No input is longer.
const LONGEST: usize = 16 * 1024;

/// Makes inputs.
pub(crate) struct Mutator<'s> {
    state: u64,
    seeds: &'s [Vec<u8>],
}

impl<'s> Mutator<'s> {
    pub(crate) fn new(seed: u64, seeds: &'s [Vec<u8>]) -> Self {
        Self { state: seed | 1, seeds }
    }

    /// From here the same inputs follow.
    pub(crate) fn state(&self) -> u64 {
        self.state
    }

    /// xorshift64*
    fn random(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `end`; 0 if there is none.
    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).unwrap_or(1);
        usize::try_from((self.random() >> 16) % end).unwrap_or(0)
    }

    pub(crate) fn next(&mut self) -> Vec<u8> {
        let place = self.below(self.seeds.len());
        let mut input = self.seeds.get(place).cloned().unwrap_or_default();
        for _ in 0..=self.below(6) {
            self.change(&mut input);
            input.truncate(LONGEST);
        }
        input
    }

    fn range(&mut self, input: &[u8]) -> std::ops::Range<usize> {
        let from = self.below(input.len() + 1);
        let length = self.below((input.len() - from).min(64) + 1);
        from..from + length
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let at = self.below(input.len() + 1);
        match self.below(10) {
            0 => {
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= 1 << (self.state % 8);
                }
            }
            1 => {
                let byte = self.random().to_le_bytes()[3];
                input.insert(at, byte);
            }
            2 | 3 => {
                let token = TOKENS[self.below(TOKENS.len())];
                input.splice(at..at, token.iter().copied());
            }
            4 => {
                let range = self.range(input);
                input.drain(range);
            }
            5 => {
                // The same again, many times: depth and length.
                let range = self.range(input);
                let piece = input[range].to_vec();
                let times = 1 << self.below(9);
                let repeated = piece.repeat(times).into_iter().take(LONGEST);
                input.splice(at..at, repeated);
            }
            6 => {
                let range = self.range(input);
                let piece = input[range].to_vec();
                input.splice(at..at, piece);
            }
            7 => {
                let place = self.below(self.seeds.len());
                let other = self.seeds.get(place).map(Vec::as_slice).unwrap_or_default();
                let from = self.below(other.len() + 1);
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
            8 => input.truncate(at),
            _ => {
                // A run of digits becomes another number.
                if let Some(start) = input.iter().skip(at).position(u8::is_ascii_digit).map(|found| found + at) {
                    let length = input[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                    let number: &[u8] =
                        [&b"0"[..], b"1", b"65535", b"18446744073709551616", b"007", b""][self.below(6)];
                    input.splice(start..start + length, number.iter().copied());
                }
            }
        }
    }
}
