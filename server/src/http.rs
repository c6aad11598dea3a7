//! The only door in: accept loop, routes, guards, headers, events.
