//! Accounts, sessions and the sign-in throttle.
