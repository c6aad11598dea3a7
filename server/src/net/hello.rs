//! A TLS ClientHello written by hand, and the server's reply to it. Pure.
//!
//! A TLS library offers only what it would itself accept, so that it cannot tell "old versions only" from "no cipher
//! in common with this library". Here any versions and ciphers can be offered, as another client would, and the
//! server's choice (or its alert) is read; no handshake is ever finished.

use app::model::fact::wire::TlsEnd;

/// TLS versions by their numbers on the wire.
pub(super) const TLS10: u16 = 0x0301;
pub(super) const TLS12: u16 = 0x0303;
pub(super) const TLS13: u16 = 0x0304;

/// Ciphers of TLS 1.3.
const CIPHERS_13: &[u16] = &[0x1302, 0x1303, 0x1301];

/// Ciphers by `OpenSSL`'s names. The order is that of its default list.
const CIPHERS: &[(&str, u16)] = &[
    ("ECDHE-ECDSA-AES256-GCM-SHA384", 0xc02c),
    ("ECDHE-RSA-AES256-GCM-SHA384", 0xc030),
    ("DHE-RSA-AES256-GCM-SHA384", 0x009f),
    ("ECDHE-ECDSA-CHACHA20-POLY1305", 0xcca9),
    ("ECDHE-RSA-CHACHA20-POLY1305", 0xcca8),
    ("DHE-RSA-CHACHA20-POLY1305", 0xccaa),
    ("ECDHE-ECDSA-AES128-GCM-SHA256", 0xc02b),
    ("ECDHE-RSA-AES128-GCM-SHA256", 0xc02f),
    ("DHE-RSA-AES128-GCM-SHA256", 0x009e),
    ("ECDHE-ECDSA-AES256-SHA384", 0xc024),
    ("ECDHE-RSA-AES256-SHA384", 0xc028),
    ("DHE-RSA-AES256-SHA256", 0x006b),
    ("ECDHE-ECDSA-AES128-SHA256", 0xc023),
    ("ECDHE-RSA-AES128-SHA256", 0xc027),
    ("DHE-RSA-AES128-SHA256", 0x0067),
    ("ECDHE-ECDSA-AES256-SHA", 0xc00a),
    ("ECDHE-RSA-AES256-SHA", 0xc014),
    ("DHE-RSA-AES256-SHA", 0x0039),
    ("ECDHE-ECDSA-AES128-SHA", 0xc009),
    ("ECDHE-RSA-AES128-SHA", 0xc013),
    ("DHE-RSA-AES128-SHA", 0x0033),
    ("AES256-GCM-SHA384", 0x009d),
    ("AES128-GCM-SHA256", 0x009c),
    ("AES256-SHA256", 0x003d),
    ("AES128-SHA256", 0x003c),
    ("AES256-SHA", 0x0035),
    ("AES128-SHA", 0x002f),
];

/// Further ciphers that only old or unusual servers insist on; not in `OpenSSL`'s default list.
const UNUSUAL: &[(&str, u16)] = &[
    ("ECDHE-ECDSA-AES256-CCM", 0xc0ad),
    ("ECDHE-ECDSA-AES128-CCM", 0xc0ac),
    ("ECDHE-ARIA256-GCM-SHA384", 0xc061),
    ("ECDHE-ECDSA-CAMELLIA256-SHA384", 0xc073),
    ("ECDHE-RSA-CAMELLIA256-SHA384", 0xc077),
    ("CAMELLIA256-SHA", 0x0084),
    ("CAMELLIA128-SHA", 0x0041),
    ("DES-CBC3-SHA", 0x000a),
    ("ECDHE-RSA-DES-CBC3-SHA", 0xc012),
    ("RC4-SHA", 0x0005),
];

/// What to offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The name to ask for.
    pub sni: Option<String>,
    /// Versions from and to, as on the wire.
    pub least: u16,
    /// The highest.
    pub most: u16,
    /// Ciphers of TLS 1.2 and older; those of 1.3 are always offered with it.
    pub ciphers: Vec<u16>,
    /// Protocols for ALPN.
    pub alpn: Vec<&'static str>,
}

impl Offer {
    /// Everything that anybody speaks, from 1.0 to 1.3.
    pub fn all(sni: Option<String>) -> Self {
        let ciphers = CIPHERS.iter().chain(UNUSUAL).map(|(_, number)| *number).collect();
        Self { sni, least: TLS10, most: TLS13, ciphers, alpn: Vec::new() }
    }

    /// As `all`, with these versions only.
    #[must_use]
    pub fn versions(mut self, least: u16, most: u16) -> Self {
        (self.least, self.most) = (least, most);
        self
    }

    /// With these ciphers only.
    #[must_use]
    pub fn with_ciphers(mut self, ciphers: Vec<u16>) -> Self {
        self.ciphers = ciphers;
        self
    }
}

/// What `OpenSSL` offers by default.
pub fn default_ciphers() -> Vec<u16> {
    CIPHERS.iter().map(|(_, number)| *number).collect()
}

/// The ciphers of a list in `OpenSSL`'s words; `None` where it has words that are not plain names.
pub fn ciphers_of(list: &str) -> Option<Vec<u16>> {
    let by_name =
        |name: &str| CIPHERS.iter().chain(UNUSUAL).find(|(known, _)| *known == name).map(|(_, number)| *number);
    let mut numbers = Vec::new();
    for word in list.split([':', ',', ' ']).map(str::trim).filter(|word| !word.is_empty()) {
        match word {
            "DEFAULT" => numbers.extend(default_ciphers()),
            // These take away what is never in our tables.
            "!aNULL" | "!eNULL" | "!NULL" | "!MD5" | "!EXPORT" | "!EXP" | "!LOW" | "!RC4" | "!DES" | "!3DES"
            | "!PSK" | "!SRP" => {}
            name => numbers.push(by_name(name)?),
        }
    }
    numbers.dedup();
    (!numbers.is_empty()).then_some(numbers)
}

/// The record that opens the conversation.
pub(super) fn client_hello(offer: &Offer, random: &[u8; 64]) -> Vec<u8> {
    let mut body = Vec::with_capacity(512);
    body.extend(offer.most.min(TLS12).to_be_bytes());
    body.extend(&random[..32]);
    // A session id, as browsers send one, so that old middleboxes let 1.3 pass.
    body.push(32);
    body.extend(&random[32..]);
    let mut ciphers: Vec<u16> = Vec::new();
    if offer.most >= TLS13 {
        ciphers.extend(CIPHERS_13);
    }
    if offer.least < TLS13 {
        ciphers.extend(&offer.ciphers);
    }
    put16(&mut body, &ciphers.iter().flat_map(|cipher| cipher.to_be_bytes()).collect::<Vec<_>>());
    body.extend([1, 0]);
    put16(&mut body, &extensions(offer, random));
    let length = u32::try_from(body.len()).unwrap_or(0).to_be_bytes();
    let mut record = vec![0x16, 3, 1];
    put16(&mut record, &[&[1, length[1], length[2], length[3]], body.as_slice()].concat());
    record
}

fn extensions(offer: &Offer, random: &[u8; 64]) -> Vec<u8> {
    let mut all = Vec::new();
    if let Some(name) = &offer.sni {
        let mut entry = vec![0];
        put16(&mut entry, name.as_bytes());
        let mut list = Vec::new();
        put16(&mut list, &entry);
        extension(&mut all, 0, &list);
    }
    // x25519, P-256, P-384, P-521.
    extension(&mut all, 10, &[0, 8, 0, 29, 0, 23, 0, 24, 0, 25]);
    extension(&mut all, 11, &[1, 0]);
    let schemes: [u16; 14] = [
        0x0403, 0x0503, 0x0603, 0x0807, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0303, 0x0301, 0x0203, 0x0201,
    ];
    let mut list = Vec::new();
    put16(&mut list, &schemes.iter().flat_map(|scheme| scheme.to_be_bytes()).collect::<Vec<_>>());
    extension(&mut all, 13, &list);
    if !offer.alpn.is_empty() {
        let names: Vec<u8> = offer
            .alpn
            .iter()
            .flat_map(|name| [&[u8::try_from(name.len()).unwrap_or(0)], name.as_bytes()].concat())
            .collect();
        let mut list = Vec::new();
        put16(&mut list, &names);
        extension(&mut all, 16, &list);
    }
    extension(&mut all, 23, &[]);
    extension(&mut all, 0xff01, &[0]);
    if offer.most >= TLS13 {
        let versions: Vec<u8> = (offer.least..=offer.most).rev().flat_map(u16::to_be_bytes).collect();
        extension(&mut all, 43, &[&[u8::try_from(versions.len()).unwrap_or(0)], versions.as_slice()].concat());
        extension(&mut all, 45, &[1, 1]);
        // Any 32 bytes are a public key of x25519; the shared secret is never computed.
        let mut share = vec![0, 29];
        put16(&mut share, &random[..32]);
        let mut shares = Vec::new();
        put16(&mut shares, &share);
        extension(&mut all, 51, &shares);
    }
    all
}

fn put16(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend(u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes());
    out.extend(bytes);
}

fn extension(out: &mut Vec<u8>, kind: u16, bytes: &[u8]) {
    out.extend(kind.to_be_bytes());
    put16(out, bytes);
}

/// What the server's plain bytes say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Reply {
    /// How it ended, where the bytes say so.
    pub(super) end: Option<TlsEnd>,
    /// The alert's number.
    pub(super) alert: Option<u8>,
    /// The version chosen.
    pub(super) version: Option<u16>,
    /// The cipher chosen.
    pub(super) cipher: Option<u16>,
    /// The first certificate.
    pub(super) leaf: Option<Vec<u8>>,
    /// Whether a certificate is asked for; `None` where that is not readable (1.3 hides it).
    pub(super) wants_certificate: Option<bool>,
    /// Nothing more can be learnt.
    pub(super) done: bool,
}

/// Reads what came so far.
pub(super) fn read_reply(bytes: &[u8]) -> Reply {
    let mut reply = Reply::default();
    let mut handshake = Vec::new();
    let mut rest = bytes;
    loop {
        match rest {
            [] => break,
            [0x15, 3, _, 0, 2, _, number, ..] => {
                reply.alert = Some(*number);
                reply.end = Some(TlsEnd::Alert);
                reply.done = true;
                break;
            }
            [0x16, 3, _, high, low, after @ ..] => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                handshake.extend(&after[..length.min(after.len())]);
                if after.len() < length {
                    break;
                }
                rest = &after[length..];
            }
            // Whatever follows a chosen 1.3 is encrypted.
            [0x14 | 0x17, 3, ..] => {
                reply.done = true;
                break;
            }
            [0x15 | 0x16, ..] if rest.len() < 5 => break,
            _ => {
                if handshake.is_empty() {
                    reply.end = Some(TlsEnd::NotTls);
                }
                reply.done = true;
                break;
            }
        }
    }
    read_messages(&handshake, &mut reply);
    reply
}

fn read_messages(mut bytes: &[u8], reply: &mut Reply) {
    while let [kind, high, middle, low, after @ ..] = bytes {
        let length = usize::try_from(u32::from_be_bytes([0, *high, *middle, *low])).unwrap_or(usize::MAX);
        if after.len() < length {
            return;
        }
        let (message, rest) = after.split_at(length);
        bytes = rest;
        match kind {
            2 => server_hello(message, reply),
            11 => reply.leaf = leaf(message),
            13 => reply.wants_certificate = Some(true),
            14 => {
                reply.wants_certificate.get_or_insert(false);
                reply.done = true;
            }
            _ => {}
        }
    }
}

fn server_hello(message: &[u8], reply: &mut Reply) {
    let [high, low, rest @ ..] = message else { return };
    let mut version = u16::from_be_bytes([*high, *low]);
    let Some((&length, rest)) = rest.get(32..).and_then(|rest| rest.split_first()) else { return };
    let Some([high, low, _, rest @ ..]) = rest.get(usize::from(length)..) else { return };
    reply.cipher = Some(u16::from_be_bytes([*high, *low]));
    let mut extensions = rest.get(2..).unwrap_or_default();
    while let [a, b, c, d, after @ ..] = extensions {
        let length = usize::from(u16::from_be_bytes([*c, *d]));
        let Some(value) = after.get(..length) else { break };
        if u16::from_be_bytes([*a, *b]) == 43
            && let [high, low] = value
        {
            version = u16::from_be_bytes([*high, *low]);
        }
        extensions = &after[length..];
    }
    reply.version = Some(version);
    reply.end = Some(TlsEnd::Chosen);
    reply.done |= version >= TLS13;
}

/// The first certificate of a Certificate message of TLS 1.2 and older.
fn leaf(message: &[u8]) -> Option<Vec<u8>> {
    let [_, _, _, high, middle, low, rest @ ..] = message else { return None };
    let length = usize::try_from(u32::from_be_bytes([0, *high, *middle, *low])).ok()?;
    rest.get(..length).map(<[u8]>::to_vec)
}

/// The version as people write it.
pub(super) fn version_name(version: u16) -> String {
    match version {
        0x0300 => "SSL 3".to_owned(),
        0x0301..=0x0304 => format!("1.{}", version - 0x0301),
        other => format!("{other:#06x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_hello_is_framed_as_it_says() {
        let hello = client_hello(&Offer::all(Some("app.internal".to_owned())), &[7; 64]);
        assert_eq!(&hello[..3], &[0x16, 3, 1]);
        assert_eq!(usize::from(u16::from_be_bytes([hello[3], hello[4]])), hello.len() - 5);
        assert_eq!(hello[5], 1);
        assert_eq!(usize::from(u16::from_be_bytes([hello[7], hello[8]])), hello.len() - 9);
        assert!(memchr::memmem::find(&hello, b"app.internal").is_some());
        let without = client_hello(&Offer::all(None), &[7; 64]);
        assert!(memchr::memmem::find(&without, b"app.internal").is_none());
    }

    #[test]
    fn replies_are_read() {
        let alert = read_reply(&[0x15, 3, 3, 0, 2, 2, 70]);
        assert_eq!((alert.end, alert.alert, alert.done), (Some(TlsEnd::Alert), Some(70), true));
        assert_eq!(read_reply(b"HTTP/1.1 400 Bad Request\r\n").end, Some(TlsEnd::NotTls));
        assert_eq!(read_reply(&[]).end, None);
        let mut message = vec![2, 0, 0, 38, 3, 3];
        message.extend([9; 32]);
        message.extend([0, 0xc0, 0x2f, 0]);
        message.extend([13, 0, 0, 3, 1, 2, 3, 14, 0, 0, 0]);
        let mut record = vec![0x16, 3, 3];
        put16(&mut record, &message);
        let reply = read_reply(&record);
        assert_eq!((reply.version, reply.cipher), (Some(TLS12), Some(0xc02f)));
        assert_eq!((reply.wants_certificate, reply.done), (Some(true), true));
    }

    #[test]
    fn cipher_lists_are_read_or_not() {
        assert_eq!(ciphers_of("ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA"), Some(vec![0xc02f, 0x002f]));
        assert_eq!(ciphers_of("DEFAULT"), Some(default_ciphers()));
        assert_eq!(ciphers_of("HIGH:!aNULL:!MD5"), None);
        assert_eq!(ciphers_of(""), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), tls: bool) {
            let bytes = if tls { [&[0x16, 3, 3, 0, 200, 2, 0, 0, 120][..], &bytes].concat() } else { bytes };
            let _ = read_reply(&bytes);
        }
    }
}
