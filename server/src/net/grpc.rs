//! The health service of gRPC servers (`grpc.health.v1.Health/Check`), byte by byte.
//!
//! Two messages of a published protocol, with one text in the question and one number in the answer: they are written
//! and read here, without a framework.

use bytes::Bytes;

/// Where it is asked.
pub const HEALTH_PATH: &str = "/grpc.health.v1.Health/Check";
/// The longest name of a service: its length then fits in one byte.
pub const MOST_SERVICE: usize = 127;
/// What the codes of a gRPC status are called, from 0.
const CODES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// What the health service says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// `SERVING`.
    Serving,
    /// `NOT_SERVING`.
    NotServing,
    /// `SERVICE_UNKNOWN`: the server has no service of that name.
    ServiceUnknown,
    /// `UNKNOWN`, which is what an absent field means.
    Unknown,
    /// No message that can be read.
    Unreadable,
}

/// The question after a service; after the whole server where the name is empty. Longer names are cut.
pub fn health_question(service: &str) -> Bytes {
    let name = service.as_bytes().get(..MOST_SERVICE).unwrap_or(service.as_bytes());
    let length = u8::try_from(name.len()).unwrap_or(0);
    // The first five bytes: not compressed, and how long the message is. Then field 1, of the kind text.
    match length {
        0 => Bytes::from_static(&[0; 5]),
        length => [&[0, 0, 0, 0, length + 2, 0x0a, length], name].concat().into(),
    }
}

/// The first field of an answer's message: `1 = SERVING`, `2 = NOT_SERVING`, `3 = SERVICE_UNKNOWN`.
pub fn health_of(body: &[u8]) -> Health {
    let [0, rest @ ..] = body else { return Health::Unreadable };
    let Some((length, message)) = rest.split_first_chunk::<4>() else { return Health::Unreadable };
    let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
    match message.get(..length) {
        Some([0x08, 1, ..]) => Health::Serving,
        Some([0x08, 2, ..]) => Health::NotServing,
        Some([0x08, 3, ..]) => Health::ServiceUnknown,
        Some([] | [0x08, 0, ..]) => Health::Unknown,
        _ => Health::Unreadable,
    }
}

/// A gRPC status in words: `14 (UNAVAILABLE)`.
pub fn status_name(code: u32) -> String {
    let name = usize::try_from(code).ok().and_then(|code| CODES.get(code));
    name.map_or_else(|| code.to_string(), |name| format!("{code} ({name})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_names_a_service_or_none() {
        assert_eq!(&health_question("")[..], [0; 5]);
        assert_eq!(&health_question("a.B")[..], [0, 0, 0, 0, 5, 10, 3, b'a', b'.', b'B']);
        let long = health_question(&"x".repeat(500));
        assert_eq!((long.len(), long[4], long[6]), (7 + MOST_SERVICE, 129, 127));
    }

    #[test]
    fn an_answer_is_read_byte_by_byte() {
        assert_eq!(health_of(&[0, 0, 0, 0, 2, 8, 1]), Health::Serving);
        assert_eq!(health_of(&[0, 0, 0, 0, 2, 8, 2]), Health::NotServing);
        assert_eq!(health_of(&[0, 0, 0, 0, 2, 8, 3]), Health::ServiceUnknown);
        assert_eq!(health_of(&[0; 5]), Health::Unknown);
        for odd in [&[][..], &[1, 0, 0, 0, 2, 8, 1], &[0, 0, 0, 0, 9, 8, 1], &[0, 255, 255, 255, 255, 8, 1]] {
            assert_eq!(health_of(odd), Health::Unreadable, "{odd:?}");
        }
        assert_eq!((status_name(14).as_str(), status_name(99).as_str()), ("14 (UNAVAILABLE)", "99"));
    }
}
