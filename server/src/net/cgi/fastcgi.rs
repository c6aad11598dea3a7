//! `FastCGI` records: a responder request, and the answer taken apart.

use super::super::types::HttpFlaw;
use super::Param;
use bytes::BytesMut;

const VERSION: u8 = 1;
const BEGIN: u8 = 1;
const END: u8 = 3;
const PARAMS: u8 = 4;
const STDIN: u8 = 5;
const STDOUT: u8 = 6;
const STDERR: u8 = 7;
/// The id of the only request on our connection.
const ID: u16 = 1;
/// The responder's role.
const RESPONDER: u8 = 1;
/// The protocol status of an application that has too much to do.
const OVERLOADED: u8 = 2;
/// Content of one record that we send; a multiple of eight needs no padding.
const CHUNK: usize = 32 * 1024;
/// How much of its errors is kept.
const MAX_COMPLAINT: usize = 4 * 1024;

/// A whole request: begin, variables, input.
pub(super) fn request(params: &[Param], body: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1024);
    record(&mut bytes, BEGIN, &[0, RESPONDER, 0, 0, 0, 0, 0, 0]);
    let mut packed = Vec::with_capacity(1024);
    for (name, value) in params {
        length(&mut packed, name.len());
        length(&mut packed, value.len());
        packed.extend_from_slice(name.as_bytes());
        packed.extend_from_slice(value.as_bytes());
    }
    for part in packed.chunks(CHUNK) {
        record(&mut bytes, PARAMS, part);
    }
    record(&mut bytes, PARAMS, &[]);
    let mut left = usize::try_from(body).unwrap_or(usize::MAX).min(8 << 20);
    while left > 0 {
        let part = left.min(CHUNK);
        record(&mut bytes, STDIN, &vec![b'x'; part]);
        left -= part;
    }
    record(&mut bytes, STDIN, &[]);
    bytes
}

fn record(bytes: &mut Vec<u8>, kind: u8, content: &[u8]) {
    // Content is at most `CHUNK`, which fits in sixteen bits.
    let length = u16::try_from(content.len()).unwrap_or(u16::MAX);
    bytes.extend_from_slice(&[VERSION, kind]);
    bytes.extend_from_slice(&ID.to_be_bytes());
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(&[0, 0]);
    bytes.extend_from_slice(content);
}

/// One byte below 128, else four with the highest bit set.
fn length(bytes: &mut Vec<u8>, length: usize) {
    match u8::try_from(length) {
        Ok(short) if short < 128 => bytes.push(short),
        _ => {
            let long = u32::try_from(length).unwrap_or(0x7fff_ffff) | 0x8000_0000;
            bytes.extend_from_slice(&long.to_be_bytes());
        }
    }
}

/// Takes records apart as bytes come in.
#[derive(Debug, Default)]
pub(super) struct Demux {
    /// Bytes of a record that is not whole yet.
    rest: BytesMut,
    complaint: Vec<u8>,
    overloaded: bool,
    ended: bool,
}

impl Demux {
    /// Takes what came in and adds the application's output to `output`; true once the request has ended.
    pub(super) fn take(&mut self, bytes: &[u8], output: &mut BytesMut) -> Result<bool, HttpFlaw> {
        self.rest.extend_from_slice(bytes);
        while !self.ended {
            // What does not begin like a record is told at once, not waited out.
            if self.rest.first().is_some_and(|version| *version != VERSION)
                || self.rest.get(1).is_some_and(|kind| !matches!(*kind, END | STDOUT | STDERR))
            {
                return Err(HttpFlaw::NotFastcgi);
            }
            let Some(head) = self.rest.get(..8) else { break };
            let (kind, id) = (head[1], u16::from_be_bytes([head[2], head[3]]));
            let (content, padding) = (usize::from(u16::from_be_bytes([head[4], head[5]])), usize::from(head[6]));
            if id != ID {
                return Err(HttpFlaw::NotFastcgi);
            }
            if self.rest.len() < 8 + content + padding {
                break;
            }
            let record = self.rest.split_to(8 + content + padding);
            self.record(kind, &record[8..8 + content], output)?;
        }
        Ok(self.ended)
    }

    fn record(&mut self, kind: u8, content: &[u8], output: &mut BytesMut) -> Result<(), HttpFlaw> {
        match kind {
            STDOUT => output.extend_from_slice(content),
            STDERR => {
                let room = MAX_COMPLAINT.saturating_sub(self.complaint.len());
                self.complaint.extend_from_slice(&content[..content.len().min(room)]);
            }
            _ => {
                // Application status in four bytes, then the protocol's.
                let status = *content.get(4).ok_or(HttpFlaw::NotFastcgi)?;
                self.overloaded = status == OVERLOADED;
                self.ended = true;
            }
        }
        Ok(())
    }

    /// What it wrote as errors.
    pub(super) fn complaint(&self) -> String {
        String::from_utf8_lossy(&self.complaint).trim().to_owned()
    }

    /// Whether it said that it has too much to do.
    pub(super) fn overloaded(&self) -> bool {
        self.overloaded
    }
}
