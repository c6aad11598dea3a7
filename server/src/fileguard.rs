//! The only door to files that the configuration or an admin names.
