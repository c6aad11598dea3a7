//! nginx: text to tree, tree to model, and the choice of the way that a request takes.

use super::discover::{Master, option};
use crate::host::Process;
use std::path::{Path, PathBuf};

mod care;
mod choose;
mod extract;
mod include;
mod lexer;
mod settings;
mod tree;
mod upstream;
mod variables;

pub(super) use care::care_for;
pub use choose::{route_for, wire_for};
pub use extract::parse;
pub use lexer::{Lexed, Token, TokenKind, lex};
pub use tree::{Directive, Tree};
pub use upstream::{longest_wait, upstreams};

/// Where nginx keeps its configuration where nothing says otherwise.
pub(super) const USUAL: &[&str] =
    &["/etc/nginx/nginx.conf", "/usr/local/nginx/conf/nginx.conf", "/usr/local/etc/nginx/nginx.conf"];

/// A running master: `nginx: master process /usr/sbin/nginx -c FILE -p FOLDER`, in one word or several.
pub(super) fn master(process: &Process) -> Option<Master> {
    let line = process.command_line.join(" ");
    let arguments = line.strip_prefix("nginx: master process ")?;
    let words: Vec<&str> = arguments.split_whitespace().collect();
    let prefix = option(&words, "-p").map(PathBuf::from).filter(|prefix| prefix.is_absolute());
    let main = match (option(&words, "-c").map(Path::new), &prefix) {
        (Some(main), _) if main.is_absolute() => main.to_path_buf(),
        (Some(main), Some(prefix)) => prefix.join(main),
        (Some(main), None) => Path::new("/etc/nginx").join(main),
        (None, Some(prefix)) => prefix.join("conf/nginx.conf"),
        (None, None) => PathBuf::from(USUAL[0]),
    };
    Some(Master { main, prefix })
}

#[cfg(test)]
mod tests;
