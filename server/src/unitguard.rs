//! The only door to systemd units.
