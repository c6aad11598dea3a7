//! Passwords: argon2id, a few at a time, in threads of their own.

use super::AuthError;
use app::backend::Password;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Semaphore;

pub use app::model::viewer::{MAX_PASSWORD_CHARS as MAX_CHARS, MIN_PASSWORD_CHARS as MIN_CHARS};

/// Memory of one hash in KiB, passes and lanes: one of the settings that OWASP lists for argon2id.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Hashes computed at once, so that they take at most 38 MiB and leave processors for pages.
const AT_ONCE: usize = 2;
/// Requests that may wait for their turn; further ones are refused at once.
const MAX_WAITING: usize = 20;

/// What an unknown name is checked against, so that it takes as long as a known one. No password
/// has this hash: it is all zeros.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Why there is no hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// Too many wait already.
    #[error("too many passwords wait to be checked")]
    TooMany,
    /// The computation failed.
    #[error("{0}")]
    Failed(String),
}

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// The password is the right one.
    pub matches: bool,
    /// The stored hash has weaker parameters than new ones get.
    pub is_weak: bool,
}

/// Computes hashes, a bounded number at a time.
#[derive(Debug)]
pub struct Hasher {
    turns: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
}

impl Hasher {
    /// With the limits of this module.
    pub fn new() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)), waiting: Arc::default() }
    }

    /// The PHC string of a password.
    pub async fn hash(&self, password: &Password) -> Result<String, HashError> {
        let password = password.clone();
        self.in_turn(move || {
            let hash: PasswordHash = argon2()?
                .hash_password(password.expose().as_bytes())
                .map_err(|error| HashError::Failed(error.to_string()))?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Checks a password against a stored PHC string, or against nobody's in the same time.
    pub async fn verify(&self, password: &Password, stored: Option<String>) -> Result<Verified, HashError> {
        let password = password.clone();
        self.in_turn(move || {
            let known = stored.is_some();
            let stored = stored.as_deref().unwrap_or(NOBODY);
            let hash = PasswordHash::new(stored).map_err(|error| HashError::Failed(error.to_string()))?;
            // An over-long password cannot be right, and is cut so that it takes no longer than others.
            let typed: String = password.expose().chars().take(MAX_CHARS + 1).collect();
            let matches = argon2()?.verify_password(typed.as_bytes(), &hash).is_ok();
            let is_weak = Params::try_from(&hash).is_ok_and(|params| {
                params.m_cost() < MEMORY_KIB || params.t_cost() < PASSES || params.p_cost() < LANES
            });
            Ok(Verified { matches: matches && known, is_weak })
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashError> {
        let place = Place::take(&self.waiting).ok_or(HashError::TooMany)?;
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let turn = turn.map_err(|closed| HashError::Failed(closed.to_string()))?;
        drop(place);
        // The turn goes with the thread: a caller that goes away does not free it early.
        let task = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(turn);
            result
        });
        task.await.map_err(|error| HashError::Failed(error.to_string()))?
    }
}

impl Default for Hasher {
    fn default() -> Self {
        Self::new()
    }
}

/// A place in the queue, given back on drop.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(waiting: &Arc<AtomicUsize>) -> Option<Self> {
        let took = waiting.fetch_update(Ordering::AcqRel, Ordering::Acquire, |count| {
            (count < MAX_WAITING + AT_ONCE).then_some(count + 1)
        });
        took.is_ok().then(|| Self(Arc::clone(waiting)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

fn argon2() -> Result<Argon2<'static>, HashError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| HashError::Failed(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// A password that may be chosen.
pub fn judge(password: &Password) -> Result<(), AuthError> {
    let chars = password.expose().chars().count();
    let problem = if chars < MIN_CHARS {
        format!("at least {MIN_CHARS} characters; 15 or more are better")
    } else if chars > MAX_CHARS {
        format!("at most {MAX_CHARS} characters")
    } else {
        return Ok(());
    };
    Err(AuthError::Invalid { field: "Password", problem })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::new(text.to_owned())
    }

    #[tokio::test]
    async fn knows_the_right_password_and_no_other() {
        let hasher = Hasher::new();
        let hash = hasher.hash(&password("correct horse")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let right = hasher.verify(&password("correct horse"), Some(hash.clone())).await;
        assert_eq!(right, Ok(Verified { matches: true, is_weak: false }));
        let wrong = hasher.verify(&password("correct horsf"), Some(hash)).await;
        assert_eq!(wrong, Ok(Verified { matches: false, is_weak: false }));
    }

    #[tokio::test]
    async fn an_unknown_name_is_checked_at_full_cost_and_never_matches() {
        let verified = Hasher::new().verify(&password("anything at all"), None).await;
        assert_eq!(verified, Ok(Verified { matches: false, is_weak: false }));
    }

    #[tokio::test]
    async fn sees_weaker_parameters() {
        let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(1024, 1, 1, None).unwrap());
        let hash: PasswordHash = weak.hash_password(b"correct horse").unwrap();
        let verified = Hasher::new().verify(&password("correct horse"), Some(hash.to_string())).await;
        assert_eq!(verified, Ok(Verified { matches: true, is_weak: true }));
    }

    #[tokio::test]
    async fn refuses_at_once_when_the_queue_is_full() {
        let hasher = Hasher::new();
        let turns = hasher.turns.acquire_many(2).await.unwrap();
        let places: Vec<_> = std::iter::from_fn(|| Place::take(&hasher.waiting)).collect();
        assert_eq!(places.len(), MAX_WAITING + AT_ONCE);
        assert_eq!(hasher.hash(&password("correct horse")).await, Err(HashError::TooMany));
        drop((places, turns));
        assert!(hasher.hash(&password("correct horse")).await.is_ok());
    }

    #[test]
    fn judges_lengths_in_characters() {
        assert!(judge(&password("12345678901")).is_err());
        assert!(judge(&password("äöüäöüäöüäöü")).is_ok());
        assert!(judge(&password(&"x".repeat(129))).is_err());
    }
}
