//! nginx: text to tree, tree to model, and the choice of the way that a request takes.

mod choose;
mod extract;
mod include;
mod lexer;
mod settings;
mod tree;
mod upstream;
mod variables;

pub use choose::route_for;
pub use extract::parse;
pub use include::{Folder, Sources};
pub use lexer::{Lexed, Token, TokenKind, lex};
pub use tree::{Directive, Tree};
pub use upstream::{longest_wait, upstreams};

#[cfg(test)]
mod tests;
