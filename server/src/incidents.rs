//! Pure rules of incidents and their updates.
