//! Values that no log, page or error may show.

use std::fmt;

/// A password, token or key. It has no `Display`, and its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a configured value.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The value itself, for what is sent to the one place that it is meant for.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn nothing_shows_it() {
        assert_eq!(format!("{:?}", Some(Secret::new("s3cret".to_owned()))), "Some(***)");
    }
}
