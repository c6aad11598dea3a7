//! Secrets left out.
/// A log line without query values, cookies, credentials.
pub fn redact(_line: &str) -> String {
    todo!()
}
