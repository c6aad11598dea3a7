//! What may be kept of a log line: values of queries, cookies, credentials and tokens are left out.

/// Stands for what was left out.
const GONE: char = '…';

/// Headers whose value is never kept.
const HEADERS: [&str; 7] =
    ["authorization:", "proxy-authorization:", "cookie:", "set-cookie:", "x-api-key:", "x-auth-token:", "api-key:"];

/// Parts of names whose value is never kept (`password=…`).
const NAMES: [&str; 8] = ["passw", "secret", "token", "api_key", "apikey", "session", "credential", "signature"];

/// A log line with the values of queries, cookies, credentials and known secret names left out.
pub fn redact(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut in_query = false;
    let mut rest = line;
    while let Some(character) = rest.chars().next() {
        if !in_query && let Some(header) = header_at(rest, &out) {
            out.push_str(&rest[..header]);
            out.push(' ');
            out.push(GONE);
            rest = &rest[header..];
            let end = rest.find(['"', '\n']).unwrap_or(rest.len());
            rest = &rest[end..];
            continue;
        }
        rest = &rest[character.len_utf8()..];
        out.push(character);
        match character {
            '?' => in_query = true,
            ' ' | '"' | '\'' | '\t' | '\n' => in_query = false,
            '=' if in_query || ends_with_secret_name(&out) => {
                let end = rest.find(['&', ' ', '"', '\'', '\t', '\n', ';', ',']).unwrap_or(rest.len());
                if end > 0 {
                    out.push(GONE);
                    rest = &rest[end..];
                }
            }
            '/' if out.ends_with("://") => {
                // `//user:password@host`
                let authority = rest.find(['/', ' ', '"', '?']).unwrap_or(rest.len());
                if let Some(at) = rest[..authority].rfind('@') {
                    out.push(GONE);
                    rest = &rest[at..];
                }
            }
            _ => {
                if let Some(token) = web_token(rest, &out) {
                    out.push(GONE);
                    rest = &rest[token..];
                }
            }
        }
    }
    out
}

/// The length of a header's name with its colon, if one of those begins here.
fn header_at(rest: &str, before: &str) -> Option<usize> {
    if before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '-') {
        return None;
    }
    let starts = |header: &&&str| rest.get(..header.len()).is_some_and(|start| start.eq_ignore_ascii_case(header));
    HEADERS.iter().find(starts).map(|header| header.len())
}

/// Whether what was written ends with the name of a secret and its `=`.
fn ends_with_secret_name(out: &str) -> bool {
    let name = out.trim_end_matches('=');
    let start = name.rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-')).map_or(0, |at| at + 1);
    let Some(name) = name.get(start..) else { return false };
    let name = name.to_ascii_lowercase();
    NAMES.iter().any(|part| name.contains(part))
}

/// The length of what remains of a JSON Web Token, if its beginning (`eyJ`) was written just now.
fn web_token(rest: &str, out: &str) -> Option<usize> {
    if !out.ends_with("eyJ") {
        return None;
    }
    let inside = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let length = rest.bytes().take_while(inside).count();
    (length > 10).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn leaves_out_what_is_secret_and_nothing_else() {
        for (line, kept) in [
            (
                r#"request: "GET /a?user=bob&t=1 HTTP/1.1", host: "x""#,
                r#"request: "GET /a?user=…&t=… HTTP/1.1", host: "x""#,
            ),
            (r#"upstream: "http://u:pw@10.0.0.1/x?k=v""#, r#"upstream: "http://…@10.0.0.1/x?k=…""#),
            (r#"invalid header: "Set-Cookie: sid=1; x" while"#, r#"invalid header: "Set-Cookie: …" while"#),
            ("authorization: Bearer abc", "authorization: …"),
            ("db_password=hunter2 failed", "db_password=… failed"),
            ("see eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.x", "see eyJ…"),
            ("a = b, max_fails=2 (110: Connection timed out)", "a = b, max_fails=2 (110: Connection timed out)"),
            ("connect() to [::1]:80 failed", "connect() to [::1]:80 failed"),
        ] {
            assert_eq!(redact(line), kept);
        }
    }
}
