//! The server behind the pages: authorise, call, map errors.
