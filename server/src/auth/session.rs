//! Sessions: a random token in the cookie, its hash in the database, and the proof that one is live.

use crate::storage::{StoredSession, TokenHash};
use app::backend::SessionKey;
use app::model::{Admin, At};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// How long a session holds without use.
pub const IDLE_LIFE: Duration = Duration::from_mins(30);
/// How long a session holds at most.
pub const ABSOLUTE_LIFE: Duration = Duration::from_hours(12);
/// Characters of a token, 5 random bits each: 260 bits.
pub(super) const TOKEN_CHARS: usize = 52;
/// How exactly the last use is kept, so that not every request writes.
const TOUCH_EVERY: Duration = Duration::from_mins(1);

/// The proof that a request comes from an admin. Only `auth` can make one, from a live session, so a
/// function that takes one cannot be reached without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminProof {
    admin: Admin,
    hash: TokenHash,
    seen_at: At,
}

impl AdminProof {
    /// From a stored session, if it holds at `now`.
    pub(super) fn new(stored: StoredSession, hash: TokenHash, now: At) -> Option<Self> {
        let is_live = now < stored.expires_at && now < stored.seen_at + IDLE_LIFE;
        is_live.then_some(Self { admin: stored.admin, hash, seen_at: stored.seen_at })
    }

    /// Who it is.
    pub fn admin(&self) -> &Admin {
        &self.admin
    }

    /// A stable text for what belongs to this account, such as kept forms.
    pub fn owner(&self) -> &str {
        self.admin.id.as_str()
    }

    pub(super) fn hash(&self) -> TokenHash {
        self.hash
    }

    pub(super) fn needs_touch(&self, now: At) -> bool {
        now >= self.seen_at + TOUCH_EVERY
    }
}

/// What the database knows a session by; `None` for what cannot be a token, without asking it.
pub(super) fn hash(key: &SessionKey) -> Option<TokenHash> {
    hash_token(key.expose())
}

/// As [`hash`], for a bare token.
pub(crate) fn hash_token(token: &str) -> Option<TokenHash> {
    let is_token = token.len() == TOKEN_CHARS && token.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_token.then(|| TokenHash(Sha256::digest(token.as_bytes()).into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored() -> StoredSession {
        StoredSession {
            admin: Admin { id: "u1".parse().unwrap(), name: "Ada".to_owned() },
            created_at: At(0),
            seen_at: At(0),
            expires_at: At(0) + ABSOLUTE_LIFE,
        }
    }

    fn is_live(stored: StoredSession, now: At) -> bool {
        AdminProof::new(stored, TokenHash([0; 32]), now).is_some()
    }

    #[test]
    fn ends_idle_and_absolute() {
        assert!(is_live(stored(), At(0) + IDLE_LIFE - Duration::from_millis(1)));
        assert!(!is_live(stored(), At(0) + IDLE_LIFE));
        let end = At(0) + ABSOLUTE_LIFE;
        let used = StoredSession { seen_at: end - Duration::from_secs(1), ..stored() };
        assert!(is_live(used.clone(), end - Duration::from_millis(1)));
        assert!(!is_live(used, end));
    }

    #[test]
    fn takes_nothing_else_for_a_token() {
        assert!(hash_token(&crate::ids::random_text(TOKEN_CHARS).unwrap()).is_some());
        for odd in ["", "short", &"a".repeat(TOKEN_CHARS + 1), &"é".repeat(TOKEN_CHARS / 2)] {
            assert!(hash_token(odd).is_none(), "{odd}");
        }
    }
}
