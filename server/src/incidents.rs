//! Pure rules of incidents and their updates.

/// Why a text, date or phase cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct Problem {
    /// The field's label.
    pub field: &'static str,
    /// What to do.
    pub problem: String,
}
