//! Random ids and tokens from the system's random source.

/// Lower-case letters and digits without those that look alike; 32, so that 5 bits make one.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// The system's random source failed; nothing that needs a secret may go on.
#[derive(Debug, thiserror::Error)]
#[error("the system's random source failed: {0}")]
pub struct NoRandomness(getrandom::Error);

/// `length` random characters, 5 bits each: 16 for ids, 52 (260 bits) for secrets.
pub fn random_text(length: usize) -> Result<String, NoRandomness> {
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes).map_err(NoRandomness)?;
    Ok(bytes.into_iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect())
}

/// A new random id (80 bits).
///
/// # Panics
/// Never: the alphabet is within what ids allow, which a test holds.
pub fn random_id<Id>() -> Result<Id, NoRandomness>
where
    Id: std::str::FromStr<Err = app::model::id::InvalidId>,
{
    Ok(random_text(16)?.parse().expect("the alphabet is within what ids allow"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_random_text_is_an_id() -> Result<(), NoRandomness> {
        for _ in 0..100 {
            let id: app::model::RunId = random_id()?;
            assert_eq!(id.as_str().len(), 16);
        }
        Ok(())
    }
}
