//! The head of an answer by CGI's rules: header lines and an empty line, with or without a status line of HTTP.

use super::super::head::{MAX_HEADERS, is_token_byte};
use super::super::types::{BodyEnd, HttpFlaw};

/// A whole head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CgiHead {
    pub(super) status: u16,
    pub(super) reason: String,
    pub(super) headers: Vec<(String, String)>,
    /// Its size, the empty line included.
    pub(super) length: usize,
    /// What it announces of the body.
    announced: Option<u64>,
}

impl CgiHead {
    /// How a body ended whose stream was closed after `output` bytes, head included.
    pub(super) fn end_of(&self, output: usize) -> BodyEnd {
        let body = output.saturating_sub(self.length) as u64;
        match self.announced {
            Some(announced) if body < announced => BodyEnd::Truncated,
            _ => BodyEnd::Complete,
        }
    }
}

/// Reads a head from all output so far; `None` while it is not whole.
pub(super) fn read(output: &[u8], limit: usize) -> Result<Option<CgiHead>, HttpFlaw> {
    let mut status: Option<(u16, String)> = None;
    let mut headers = Vec::new();
    let mut start = 0;
    while let Some(at) = memchr::memchr(b'\n', &output[start..]) {
        let end = start + at;
        if end >= limit {
            return Err(HttpFlaw::HeadTooLarge);
        }
        let line = &output[start..end];
        // CGI scripts may end lines without a carriage return.
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            return finish(status, headers, end + 1).map(Some);
        }
        if start == 0 && line.starts_with(b"HTTP/") {
            status = Some(status_line(line)?);
        } else if headers.len() == MAX_HEADERS {
            return Err(HttpFlaw::TooManyHeaders);
        } else {
            headers.push(header_line(line)?);
        }
        start = end + 1;
    }
    if output.len() >= limit {
        return Err(HttpFlaw::HeadTooLarge);
    }
    // Something that neither is a status line nor can become a header's name is no head at all.
    let begun = &output[start..];
    let named = begun.iter().position(|byte| *byte == b':').unwrap_or(begun.len());
    let odd = |byte: &u8| !is_token_byte(*byte) && *byte != b'\r';
    if start == 0 && !begun.starts_with(b"HTTP/") && begun[..named].iter().any(odd) {
        return Err(HttpFlaw::NotHttp);
    }
    Ok(None)
}

fn status_line(line: &[u8]) -> Result<(u16, String), HttpFlaw> {
    let text = String::from_utf8_lossy(line);
    let mut words = text.splitn(3, ' ');
    let _version = words.next();
    let code = words.next().ok_or(HttpFlaw::StatusLine)?;
    Ok((code_of(code)?, words.next().unwrap_or_default().to_owned()))
}

fn code_of(text: &str) -> Result<u16, HttpFlaw> {
    let digits = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    let code = text.parse().ok().filter(|code| digits && (100..=599).contains(code));
    code.ok_or(HttpFlaw::StatusLine)
}

fn header_line(line: &[u8]) -> Result<(String, String), HttpFlaw> {
    let colon = memchr::memchr(b':', line).ok_or(HttpFlaw::Header)?;
    let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
    if name.is_empty() || !name.iter().copied().all(is_token_byte) || value.contains(&0) {
        return Err(HttpFlaw::Header);
    }
    Ok((String::from_utf8_lossy(name).into_owned(), String::from_utf8_lossy(value).into_owned()))
}

fn finish(status: Option<(u16, String)>, headers: Vec<(String, String)>, length: usize) -> Result<CgiHead, HttpFlaw> {
    let value = |wanted: &str| {
        headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.as_str())
    };
    let (status, reason) = match (status, value("status"), value("location")) {
        (Some(line), ..) => line,
        (None, Some(told), _) => {
            let (code, reason) = told.split_once(' ').unwrap_or((told, ""));
            (code_of(code)?, reason.to_owned())
        }
        (None, None, Some(_)) => (302, String::new()),
        (None, None, None) => (200, String::new()),
    };
    let announced = value("content-length").and_then(|length| length.parse().ok());
    if headers.is_empty() && announced.is_none() && length <= 2 {
        // An empty line alone: no head.
        return Err(HttpFlaw::NotHttp);
    }
    Ok(CgiHead { status, reason, headers, length, announced })
}
