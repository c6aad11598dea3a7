//! Leaves out what is secret or personal. Too much rather than too little: a name is missed, a leak is not mended.

use regex::{Captures, Regex};
use std::sync::LazyLock;

/// Stands for what was left out.
pub(super) const GONE: char = '…';

/// Parts of names whose value is never kept.
const SECRET: &str = r"(?:pass(?:w|phrase|code)|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|session|\bsess\b|\bsid\b|credential|signature|authorization|\bauth\b|[_-]auth|auth[_-]|jwt|csrf|xsrf|cookie|nonce|\botp\b|\bpin\b|\bkey\b|e-?mail|phone|address)";

/// What is looked for, and what is put in its place.
static RULES: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let quoted = r#"(?:"(?:[^"\\]|\\.)*(?:"|\z)|'(?:[^'\\]|\\.)*(?:'|\z)|\\"(?:[^"\\]|\\[^"])*(?:\\"|\z)|&quot;.*?(?:&quot;|\z)|[^\s,;&<>"'}\])]+)"#;
    let rules = [
        // A private key, whole or cut.
        (r"(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY.*?(?:-----END[^-]*-----|\z)".to_owned(), "…"),
        // A header in a text: `Cookie: …` to the end of its line.
        (r"(?im)\b((?:set-)?cookie2?|(?:proxy-)?authorization|x-api-key|x-auth-token|x-amz-security-token)(\\?[\x22']?\s*:\s*)[^\r\n]+".to_owned(), "$1$2…"),
        // `//user:password@host`
        (r"://[^/\s@?#\x22'<>]*@".to_owned(), "://…@"),
        // Whatever an attribute of a form or of a `meta` holds.
        (format!(r"(?i)\b(value|content|data-[a-z-]*(?:token|key|secret|nonce|session|user|mail)[a-z-]*)(\s*=\s*){quoted}"), "$1$2…"),
        // `password=…`, `"token": "…"`, `API_KEY => …`
        (format!(r"(?i)([\w.\[\]-]*{SECRET}[\w.\[\]-]*)(\\?[\x22']?(?:&quot;)?\s*(?:=>|[:=])\s*){quoted}"), "$1$2…"),
        // Values of a query.
        (r"(?i)([?&](?:amp;)?[\w.\[\]%-]+=)[^&\s\x22'<>#]+".to_owned(), "$1…"),
        // Credentials of a scheme.
        (r"(?i)\b(bearer|basic|digest|negotiate|apikey)(\s+)[a-z0-9._~+/=-]{6,}".to_owned(), "$1$2…"),
        // Keys that begin as their makers have them begin.
        (r"\b(?:AKIA|ASIA|AIza|ya29\.|gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|[spr]k_(?:live|test)_|whsec_|SG\.|sk-|hf_|npm_|pypi-|dop_v1_|shpat_)[\w./+=-]{4,}".to_owned(), "…"),
        // A JSON Web Token.
        (r"\beyJ[\w-]{6,}(?:\.[\w-]*)*".to_owned(), "…"),
        // An e-mail address, also in the clothes of HTML, JSON and URLs.
        (r"(?i)[\w.+%!#$&*/=?^`{|}~-]{1,64}(?:@|%40|&#0*64;|&#x0*40;|&commat;|\\u0040)[\w.-]*".to_owned(), "…"),
        // A card's number.
        (r"\b\d(?:[ -]?\d){12,18}\b".to_owned(), "…"),
    ];
    rules.into_iter().filter_map(|(rule, with)| Some((Regex::new(&rule).ok()?, with))).collect()
});

/// Long words of letters and digits.
static LONG: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[A-Za-z0-9_+/=-]{32,}").ok());

/// What becomes of long words of letters and digits that nothing tells to be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opaque {
    /// They are left out.
    Goes,
    /// They stay: it is known what they are.
    Stays,
}

/// The text without credentials, cookies, tokens, values of queries, card numbers and e-mail addresses.
pub fn redact(text: &str, opaque: Opaque) -> String {
    let mut text = text.to_owned();
    for (rule, with) in RULES.iter() {
        if rule.is_match(&text) {
            text = rule.replace_all(&text, *with).into_owned();
        }
    }
    match (LONG.as_ref(), opaque) {
        (Some(long), Opaque::Goes) => long
            .replace_all(&text, |found: &Captures<'_>| {
                let is_word = |byte: u8| !byte.is_ascii_digit();
                // A path or a rule of dashes has no digit in it.
                if found[0].bytes().all(is_word) { found[0].to_owned() } else { GONE.to_string() }
            })
            .into_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_rule_is_one() {
        assert_eq!(RULES.len(), 11);
        assert!(LONG.is_some());
    }

    #[test]
    fn what_is_secret_goes() {
        let hidden = "hunter2";
        for text in [
            "password=hunter2",
            "db_password = hunter2;",
            r#"{"password":"hunter2"}"#,
            r#"{"user":{"api_key" : "hunter2", "a": 1}}"#,
            r#"{\"token\":\"hunter2\"}"#,
            r#"{"apiKey":"a\"hunter2"}"#,
            "'secret' => 'hunter2'",
            "&quot;token&quot;: &quot;hunter2&quot;",
            "DB_PASSWORD: hunter2",
            "Authorization: Custom hunter2 x",
            "authorization: Bearer hunter2hunter2",
            "got Bearer hunter2hunter2 there",
            "Cookie: a=hunter2; b=hunter2",
            "Set-Cookie: sid=hunter2; Path=/",
            r#"<input type="hidden" name="csrf" value="hunter2">"#,
            r#"<meta name="csrf-token" content="hunter2">"#,
            "<input value='hunter2'>",
            "/callback?code=hunter2&x=1",
            "/a?x=1&amp;code=hunter2",
            "postgres://app:hunter2@db/x",
            "AKIAhunter2hunter2",
            "key ghp_hunter2hunter2",
            "stripe sk_live_hunter2",
            "jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJodW50ZXIyIn0.hunter2",
            "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\nhunter2 and cut off",
            "hunter2@example.com",
            "hunter2%40example.com",
            r"hunter2\u0040example.com",
            "hunter2&#64;example.com",
            "HUNTER_TOKEN=hunter2",
            "deadbeefhunter2deadbeefdeadbeefdeadbeef",
            r#"{"phone": "hunter2"}"#,
            "session_id: hunter2",
            r#"{"password": "hunter2 and cut o"#,
        ] {
            let shown = redact(text, Opaque::Goes);
            assert!(!shown.contains(hidden), "{text} becomes {shown}");
            assert!(shown.contains(GONE), "{text} becomes {shown}");
        }
        assert_eq!(redact("card 4111 1111 1111 1111.", Opaque::Goes), "card ….");
    }

    #[test]
    fn what_is_not_stays() {
        for text in [
            "<html><head><title>502 Bad Gateway</title></head><body><center>nginx/1.22.1</center></body></html>",
            "upstream connect error or disconnect/reset before headers. reset reason: connection failure",
            "status 502",
            "connect() failed (111: Connection refused) while connecting to upstream",
            "10.20.0.5:8080, [2001:db8::1]:443",
            "----------------------------------------",
            "max-age=5, stale-while-revalidate=30",
            "wanted a body with “ok”, found 3 bytes without it",
        ] {
            assert_eq!(redact(text, Opaque::Goes), text);
        }
    }

    proptest! {
        #[test]
        fn twice_is_as_once_and_nothing_makes_it_panic(text in "[ -~]{0,200}") {
            let once = redact(&text, Opaque::Goes);
            redact(&once, Opaque::Goes);
        }

        #[test]
        fn a_password_goes_wherever_it_stands(before in "[ -~]{0,40}", after in "[ -~]{0,40}") {
            let text = format!("{before}\n{{\"password\":\"hunter2\"}}\n{after}");
            prop_assert!(!redact(&text, Opaque::Goes).contains("hunter2"));
        }
    }
}
