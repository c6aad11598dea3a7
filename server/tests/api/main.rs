//! Black-box tests over HTTP: the whole server in this process, on a port of its own, with a database
//! of its own, asked through plain sockets so that every byte of a request is the test's.

#![expect(clippy::disallowed_methods, reason = "a test is a client: it opens connections and starts tasks of its own")]

mod accounts;
mod caching;
mod connections;
mod evidence;
mod guards;
mod headers;
mod languages;
mod look;
#[path = "../support/mail.rs"]
mod mail;
mod notes;
mod openapi;
mod privacy;
mod pushes;
mod ranges;
mod routes;
mod stream;
mod subscriptions;
mod support;
