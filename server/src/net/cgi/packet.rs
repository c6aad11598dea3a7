//! Requests of uwsgi and SCGI: all variables in one packet, then the body.

use super::Param;

/// uWSGI's packet holds its size in sixteen bits.
const MAX_PACKET: usize = u16::MAX as usize;
/// Bytes of body that are sent at most.
const MAX_BODY: usize = 8 << 20;

/// Modifier 0, size, modifier 0; then each name and value with its length, all numbers little-endian.
pub(super) fn uwsgi(params: &[Param], body: u64) -> Vec<u8> {
    let mut variables = Vec::with_capacity(1024);
    for (name, value) in params {
        let (Ok(name_length), Ok(value_length)) = (u16::try_from(name.len()), u16::try_from(value.len())) else {
            continue;
        };
        if variables.len() + name.len() + value.len() + 4 > MAX_PACKET {
            continue;
        }
        variables.extend_from_slice(&name_length.to_le_bytes());
        variables.extend_from_slice(name.as_bytes());
        variables.extend_from_slice(&value_length.to_le_bytes());
        variables.extend_from_slice(value.as_bytes());
    }
    let size = u16::try_from(variables.len()).unwrap_or(u16::MAX);
    let mut bytes = vec![0];
    bytes.extend_from_slice(&size.to_le_bytes());
    bytes.push(0);
    bytes.extend_from_slice(&variables);
    bytes.extend(body_of(body));
    bytes
}

/// A netstring of `name NUL value NUL`, with `CONTENT_LENGTH` first and `SCGI`, as its specification demands.
pub(super) fn scgi(params: &[Param], body: u64) -> Vec<u8> {
    let mut variables = format!("CONTENT_LENGTH\0{body}\0SCGI\u{0}1\0").into_bytes();
    for (name, value) in params.iter().filter(|(name, _)| name != "CONTENT_LENGTH" && name != "SCGI") {
        // A NUL would end the value and begin a variable of its own.
        if name.is_empty() || name.contains('\0') || value.contains('\0') {
            continue;
        }
        variables.extend([name.as_bytes(), b"\0", value.as_bytes(), b"\0"].concat());
    }
    let mut bytes = format!("{}:", variables.len()).into_bytes();
    bytes.extend(variables);
    bytes.push(b',');
    bytes.extend(body_of(body));
    bytes
}

fn body_of(size: u64) -> Vec<u8> {
    vec![b'x'; usize::try_from(size).unwrap_or(MAX_BODY).min(MAX_BODY)]
}
