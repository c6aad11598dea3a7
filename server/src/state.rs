//! What handlers share.
