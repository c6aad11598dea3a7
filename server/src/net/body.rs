//! A body's framing: how much came, and how it ended.

use super::head::Framing;
use super::types::BodyEnd;
use bytes::{Bytes, BytesMut};

/// Longer chunk extensions are an attack or garbage.
const MAX_EXTENSION: usize = 4 * 1024;
/// All trailer lines together.
const MAX_TRAILERS: usize = 8 * 1024;
/// Hexadecimal digits of a chunk's size that fit in 64 bits.
const MAX_SIZE_DIGITS: u8 = 16;

/// Counts a body, keeps its start, and stops at the limit.
#[derive(Debug)]
pub(super) struct Body {
    state: State,
    limit: u64,
    keep: usize,
    kept: BytesMut,
    count: u64,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Length(u64),
    UntilClose,
    Chunk(Chunk),
}

#[derive(Debug, Clone, Copy)]
enum Chunk {
    Size { value: u64, digits: u8 },
    Extension { value: u64, length: usize },
    SizeEnd { value: u64 },
    Data { left: u64 },
    DataReturn,
    DataEnd,
    Trailer { total: usize, in_line: usize },
    TrailerEnd { total: usize, empty: bool },
}

impl Body {
    pub(super) fn new(framing: Framing, limit: u64, keep: usize) -> Self {
        let state = match framing {
            Framing::Empty => State::Length(0),
            Framing::Length(length) => State::Length(length),
            Framing::UntilClose => State::UntilClose,
            Framing::Chunked => State::Chunk(Chunk::Size { value: 0, digits: 0 }),
        };
        Self { state, limit, keep, kept: BytesMut::new(), count: 0 }
    }

    /// Takes what came in; the end once there is one.
    pub(super) fn take(&mut self, mut input: &[u8]) -> Option<BodyEnd> {
        loop {
            let end = match self.state {
                State::Length(0) => Some(BodyEnd::Complete),
                _ if input.is_empty() => return None,
                State::Length(left) => {
                    let (data, rest) = input.split_at(at_most(left, input.len()));
                    input = rest;
                    self.state = State::Length(left - data.len() as u64);
                    self.keep(data)
                }
                State::UntilClose => {
                    let data = std::mem::take(&mut input);
                    self.keep(data)
                }
                State::Chunk(Chunk::Data { left }) => {
                    let (data, rest) = input.split_at(at_most(left, input.len()));
                    input = rest;
                    let left = left - data.len() as u64;
                    self.state = State::Chunk(if left == 0 { Chunk::DataReturn } else { Chunk::Data { left } });
                    self.keep(data)
                }
                State::Chunk(chunk) => {
                    let byte = input[0];
                    input = &input[1..];
                    match chunk.next(byte) {
                        Ok(next) => {
                            self.state = State::Chunk(next);
                            None
                        }
                        Err(end) => Some(end),
                    }
                }
            };
            if end.is_some() {
                return end;
            }
        }
    }

    /// The peer closed.
    pub(super) fn close(&self) -> BodyEnd {
        match self.state {
            State::UntilClose | State::Length(0) => BodyEnd::Complete,
            State::Length(_) | State::Chunk(_) => BodyEnd::Truncated,
        }
    }

    /// Bytes so far.
    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn into_parts(self) -> (Bytes, u64) {
        (self.kept.freeze(), self.count)
    }

    fn keep(&mut self, data: &[u8]) -> Option<BodyEnd> {
        let read = &data[..at_most(self.limit - self.count, data.len())];
        self.count += read.len() as u64;
        let room = self.keep.saturating_sub(self.kept.len());
        self.kept.extend_from_slice(&read[..read.len().min(room)]);
        if read.len() < data.len() { Some(BodyEnd::TooLong) } else { None }
    }
}

fn at_most(left: u64, available: usize) -> usize {
    usize::try_from(left).map_or(available, |left| left.min(available))
}

impl Chunk {
    /// One byte of framing: the next state, or how the body ended.
    fn next(self, byte: u8) -> Result<Self, BodyEnd> {
        match (self, byte) {
            (Self::Size { value, digits: 1.. } | Self::Extension { value, .. }, b'\r') => Ok(Self::SizeEnd { value }),
            (Self::Size { value, digits: 1.. }, b';' | b' ' | b'\t') => Ok(Self::Extension { value, length: 0 }),
            (Self::Size { value, digits }, _) if digits < MAX_SIZE_DIGITS => {
                let digit = char::from(byte).to_digit(16).ok_or(BodyEnd::Broken)?;
                Ok(Self::Size { value: value << 4 | u64::from(digit), digits: digits + 1 })
            }
            (Self::Extension { value, length }, _) if byte != b'\n' && length < MAX_EXTENSION => {
                Ok(Self::Extension { value, length: length + 1 })
            }
            (Self::SizeEnd { value: 0 }, b'\n') => Ok(Self::Trailer { total: 0, in_line: 0 }),
            (Self::SizeEnd { value }, b'\n') => Ok(Self::Data { left: value }),
            (Self::DataReturn, b'\r') => Ok(Self::DataEnd),
            (Self::DataEnd, b'\n') => Ok(Self::Size { value: 0, digits: 0 }),
            (Self::Trailer { total, in_line }, b'\r') => Ok(Self::TrailerEnd { total, empty: in_line == 0 }),
            (Self::Trailer { total, in_line }, _) if byte != b'\n' && total < MAX_TRAILERS => {
                Ok(Self::Trailer { total: total + 1, in_line: in_line + 1 })
            }
            (Self::TrailerEnd { empty: true, .. }, b'\n') => Err(BodyEnd::Complete),
            (Self::TrailerEnd { total, empty: false }, b'\n') => Ok(Self::Trailer { total, in_line: 0 }),
            (_, _) => Err(BodyEnd::Broken),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(framing: Framing, pieces: &[&[u8]]) -> (BodyEnd, Bytes, u64) {
        let mut body = Body::new(framing, 1_000, 8);
        let end = pieces.iter().find_map(|piece| body.take(piece));
        let end = end.unwrap_or_else(|| body.close());
        let (kept, count) = body.into_parts();
        (end, kept, count)
    }

    #[test]
    fn each_framing_ends_as_announced() {
        let bytes = |text: &'static str| Bytes::from_static(text.as_bytes());
        assert_eq!(read(Framing::Empty, &[b"surplus"]), (BodyEnd::Complete, bytes(""), 0));
        assert_eq!(read(Framing::Length(5), &[b"he", b"llo surplus"]), (BodyEnd::Complete, bytes("hello"), 5));
        assert_eq!(read(Framing::Length(9), &[b"hello"]), (BodyEnd::Truncated, bytes("hello"), 5));
        assert_eq!(read(Framing::UntilClose, &[b"hello", b" world"]), (BodyEnd::Complete, bytes("hello wo"), 11));
        let chunked = b"5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nTrailer: x\r\n\r\n";
        assert_eq!(read(Framing::Chunked, &[chunked]), (BodyEnd::Complete, bytes("hello!"), 6));
        let by_byte: Vec<&[u8]> = chunked.chunks(1).collect();
        assert_eq!(read(Framing::Chunked, &by_byte), (BodyEnd::Complete, bytes("hello!"), 6));
        assert_eq!(read(Framing::Chunked, &[&chunked[..20]]).0, BodyEnd::Truncated);
    }

    #[test]
    fn broken_chunks_are_called_so() {
        let long_extension = [b"1;".as_slice(), &[b'x'; 10 * 1024]].concat();
        let endless_trailers = [b"0\r\n".as_slice(), &b"A: b\r\n".repeat(10_000)].concat();
        for broken in [
            &b"FFFFFFFFFFFFFFFFF\r\n"[..],
            b"-1\r\n",
            b"\r\n",
            b"x\r\n",
            b"5\nhello",
            b"5\r\nhelloX",
            b"5\r\nhello\n",
            &long_extension,
            &endless_trailers,
        ] {
            assert_eq!(
                read(Framing::Chunked, &[broken]).0,
                BodyEnd::Broken,
                "{}",
                broken[..8.min(broken.len())].escape_ascii()
            );
        }
    }

    #[test]
    fn the_limit_stops_a_longer_body_and_not_an_equal_one() {
        let data = [0; 2_000];
        for framing in [Framing::Length(1_001), Framing::UntilClose] {
            let (end, _, count) = read(framing, &[&data]);
            assert_eq!((end, count), (BodyEnd::TooLong, 1_000));
        }
        assert_eq!(read(Framing::Length(1_000), &[&data]).0, BodyEnd::Complete);
        assert_eq!(read(Framing::UntilClose, &[&data[..1_000]]).0, BodyEnd::Complete);
        let endless = [b"3e9\r\n".as_slice(), &data[..0x3e9]].concat();
        assert_eq!(read(Framing::Chunked, &[&endless]).0, BodyEnd::TooLong);
    }
}
