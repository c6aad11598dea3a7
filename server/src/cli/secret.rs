//! A password from the terminal without echo, or from standard input.

use super::{Failure, print};
use crate::auth::password::MAX_CHARS;
use app::backend::Password;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::io::{BufRead, IsTerminal, Read, Stdin};

/// Asks twice on a terminal; else takes the first line of standard input.
pub(super) fn new_password(name: &str) -> Result<Password, Failure> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return read_line(&stdin);
    }
    let first = without_echo(&stdin, &format!("New password for {name}: "))?;
    let second = without_echo(&stdin, "The same again: ")?;
    if first == second {
        Ok(first)
    } else {
        Err(Failure::Failed("the two passwords differ; nothing was changed".to_owned()))
    }
}

fn without_echo(stdin: &Stdin, prompt: &str) -> Result<Password, Failure> {
    print::question(prompt);
    let unreadable = |error| Failure::CannotRun(format!("the terminal's echo cannot be turned off: {error}"));
    let before = tcgetattr(stdin).map_err(unreadable)?;
    let mut silent = before.clone();
    silent.local_modes.remove(LocalModes::ECHO);
    // Flushed, so that what was typed before the prompt is not taken for the password.
    tcsetattr(stdin, OptionalActions::Flush, &silent).map_err(unreadable)?;
    let restore = Restore { stdin, before };
    let password = read_line(stdin);
    drop(restore);
    print::problem("");
    password
}

/// Gives the terminal its echo back, however the reading ended.
struct Restore<'a> {
    stdin: &'a Stdin,
    before: Termios,
}

impl Drop for Restore<'_> {
    fn drop(&mut self) {
        if tcsetattr(self.stdin, OptionalActions::Now, &self.before).is_err() {
            print::problem("The terminal's echo is still off; `stty echo` turns it on.");
        }
    }
}

fn read_line(stdin: &Stdin) -> Result<Password, Failure> {
    // Four bytes a character, and one more so that a too long password is seen as such.
    let most = (MAX_CHARS * 4 + 2) as u64;
    let mut line = String::new();
    let read = stdin.lock().take(most).read_line(&mut line);
    read.map_err(|error| Failure::CannotRun(format!("the password cannot be read: {error}")))?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err(Failure::CannotRun("there is no password on standard input".to_owned()));
    }
    Ok(Password::new(password.to_owned()))
}
