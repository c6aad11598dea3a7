//! A network namespace of a test's own, held by a process that ends with it.

use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A network namespace with only its loopback up.
pub(crate) struct Namespace {
    holder: Child,
    /// `resolv.conf` and `hosts` of its own, where it has such.
    files: Option<TempDir>,
    /// Which of the holder's namespaces commands enter: its network, or its view of the files.
    of: &'static str,
}

/// Whether the tests run as root.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// For tests with several users, or with a look into namespaces that are not one's own: in a user namespace there is one
/// user only, whose files are its own whatever their bits say.
#[track_caller]
pub(crate) fn needs_root() {
    assert!(is_root(), "this test needs several users: run it as root (sudo -E cargo xtask test)");
}

impl Namespace {
    /// A new namespace. As an ordinary user it lies in a user namespace of its own.
    pub(crate) fn new() -> Self {
        let mut unshare = Command::new("unshare");
        unshare.args(if is_root() { &["-n"][..] } else { &["-r", "-n"][..] });
        Self::hold(unshare, "-n").with_loopback()
    }

    /// The same network, but a view of the files of its own, in which this folder is empty.
    pub(crate) fn hiding(folder: &std::path::Path) -> Self {
        let mut unshare = Command::new("unshare");
        unshare.args(if is_root() { &["-m"][..] } else { &["-r", "-m"][..] });
        let namespace = Self::hold(unshare, "-m");
        namespace.run(&["mount", "-t", "tmpfs", "none", &folder.display().to_string()]);
        namespace
    }

    /// A new namespace whose `/etc/resolv.conf` and `/etc/hosts` are its own.
    pub(crate) fn with_files(resolv: &str, hosts: &str) -> Self {
        let files = tempfile::tempdir().expect("a temporary folder can be made");
        super::gateway::open_folder(files.path());
        let mut unshare = Command::new("unshare");
        unshare.args(if is_root() { &["-n", "-m"][..] } else { &["-r", "-n", "-m"][..] });
        let mut namespace = Self::hold(unshare, "-n").with_loopback();
        for (name, text) in [("resolv.conf", resolv), ("hosts", hosts)] {
            let file = files.path().join(name);
            std::fs::write(&file, text).expect("the folder is ours");
            let (file, place) = (file.display().to_string(), format!("/etc/{name}"));
            let mount = namespace.entering("mount", true).args(["--bind", &file, &place]).status();
            assert!(mount.is_ok_and(|status| status.success()), "{place} cannot be replaced");
        }
        namespace.files = Some(files);
        namespace
    }

    /// Writes its `/etc/hosts` anew.
    pub(crate) fn set_hosts(&self, text: &str) {
        let files = self.files.as_ref().expect("it has files of its own");
        std::fs::write(files.path().join("hosts"), text).expect("the folder is ours");
    }

    /// A further one that the same user may govern.
    pub(crate) fn within(outer: &Self) -> Self {
        let mut unshare = outer.command("unshare");
        unshare.arg("-n");
        Self::hold(unshare, "-n").with_loopback()
    }

    fn with_loopback(self) -> Self {
        self.run(&["ip", "link", "set", "lo", "up"]);
        self
    }

    fn hold(mut unshare: Command, of: &'static str) -> Self {
        let holder = unshare.args(["sleep", "600"]).stdin(Stdio::null()).spawn();
        let holder =
            holder.unwrap_or_else(|error| panic!("util-linux' unshare is needed for network namespaces: {error}"));
        let namespace = Self { holder, files: None, of };
        // The holder is in its namespace once `unshare` has become `sleep`.
        let ready = (0..200).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(10));
            let comm = std::fs::read_to_string(format!("/proc/{}/comm", namespace.holder.id())).unwrap_or_default();
            comm.trim() == "sleep"
        });
        assert!(ready, "no network namespace could be made: unshare -n needs root or unprivileged user namespaces");
        namespace
    }

    /// The process that holds it.
    pub(crate) fn pid(&self) -> String {
        self.holder.id().to_string()
    }

    /// A command that will run inside.
    pub(crate) fn command(&self, program: &str) -> Command {
        self.entering(program, self.files.is_some())
    }

    fn entering(&self, program: &str, mounts: bool) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["-t", &self.holder.id().to_string(), self.of]);
        if mounts && self.of != "-m" {
            command.arg("-m");
        }
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
