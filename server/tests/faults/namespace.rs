//! A network namespace of a test's own, held by a process that ends with it.

use std::process::{Child, Command, Stdio};

/// A network namespace with only its loopback up.
pub(crate) struct Namespace {
    holder: Child,
}

/// Whether the tests run as root.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

impl Namespace {
    /// A new namespace. As an ordinary user it lies in a user namespace of its own.
    pub(crate) fn new() -> Self {
        let mut unshare = Command::new("unshare");
        unshare.args(if is_root() { &["-n"][..] } else { &["-r", "-n"][..] });
        Self::hold(unshare)
    }

    /// A further one that the same user may govern.
    pub(crate) fn within(outer: &Self) -> Self {
        let mut unshare = outer.command("unshare");
        unshare.arg("-n");
        Self::hold(unshare)
    }

    fn hold(mut unshare: Command) -> Self {
        let holder = unshare.args(["sleep", "600"]).stdin(Stdio::null()).spawn();
        let holder =
            holder.unwrap_or_else(|error| panic!("util-linux' unshare is needed for network namespaces: {error}"));
        let namespace = Self { holder };
        // The holder is in its namespace once `unshare` has become `sleep`.
        let ready = (0..200).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(10));
            let comm = std::fs::read_to_string(format!("/proc/{}/comm", namespace.holder.id())).unwrap_or_default();
            comm.trim() == "sleep"
        });
        assert!(ready, "no network namespace could be made: unshare -n needs root or unprivileged user namespaces");
        namespace.run(&["ip", "link", "set", "lo", "up"]);
        namespace
    }

    /// The process that holds it.
    pub(crate) fn pid(&self) -> String {
        self.holder.id().to_string()
    }

    /// A command that will run inside.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["-t", &self.holder.id().to_string(), "-n"]);
        if !is_root() {
            command.args(["-U", "--preserve-credentials"]);
        }
        command.args(["--", program]);
        command
    }

    /// Runs a program inside, to its end.
    pub(crate) fn run(&self, words: &[&str]) {
        let output = self.command(words[0]).args(&words[1..]).output();
        let output = output.unwrap_or_else(|error| panic!("{words:?}: {error}"));
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        drop(self.holder.kill());
        drop(self.holder.wait());
    }
}
