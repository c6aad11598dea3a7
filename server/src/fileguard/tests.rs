//! What may be read and what may not, on real files.

use super::*;
use std::fs;
use std::os::unix::fs::symlink;
use std::time::{Duration, Instant};

/// A folder as nginx has it, with a secret beside it.
fn set_up() -> (tempfile::TempDir, PathBuf, Fileguard) {
    let dir = tempfile::tempdir().unwrap();
    let base = dir.path().canonicalize().unwrap();
    fs::create_dir_all(base.join("nginx/sites-enabled")).unwrap();
    fs::create_dir_all(base.join("nginx/sites-available")).unwrap();
    fs::create_dir_all(base.join("log")).unwrap();
    fs::create_dir_all(base.join("elsewhere")).unwrap();
    fs::write(base.join("nginx/nginx.conf"), "main").unwrap();
    fs::write(base.join("nginx/sites-available/shop"), "shop").unwrap();
    fs::write(base.join("log/error.log"), "one\ntwo\n").unwrap();
    fs::write(base.join("elsewhere/secret"), "secret").unwrap();
    let guard = Fileguard::for_server([base.join("nginx/nginx.conf")], [base.join("log")]);
    (dir, base, guard)
}

fn text(guard: &Fileguard, path: &Path) -> Result<String, FileError> {
    guard.read_text(path, 1024).map(|text| text.text)
}

#[test]
fn links_within_the_roots_are_followed() {
    let (_dir, base, guard) = set_up();
    let enabled = base.join("nginx/sites-enabled");
    symlink(base.join("nginx/sites-available/shop"), enabled.join("absolute")).unwrap();
    symlink("../sites-available/shop", enabled.join("relative")).unwrap();
    symlink("../sites-available", enabled.join("folder")).unwrap();
    symlink("relative", enabled.join("twice")).unwrap();
    symlink(base.join("log/error.log"), enabled.join("other-root")).unwrap();
    for name in ["absolute", "relative", "folder/shop", "twice", "folder/../sites-available/shop"] {
        assert_eq!(text(&guard, &enabled.join(name)).as_deref(), Ok("shop"), "{name}");
    }
    assert_eq!(text(&guard, &enabled.join("other-root")).as_deref(), Ok("one\ntwo\n"));
    assert_eq!(text(&guard, &base.join("nginx/../nginx/nginx.conf")).as_deref(), Ok("main"));
}

#[test]
fn nothing_outside_the_roots_is_opened() {
    let (_dir, base, guard) = set_up();
    let nginx = base.join("nginx");
    symlink(base.join("elsewhere/secret"), nginx.join("absolute")).unwrap();
    symlink("../elsewhere/secret", nginx.join("relative")).unwrap();
    symlink("../elsewhere", nginx.join("folder")).unwrap();
    symlink("/", nginx.join("top")).unwrap();
    symlink("/proc/self/root", nginx.join("magic")).unwrap();
    symlink("loop", nginx.join("loop")).unwrap();
    for name in ["absolute", "relative", "folder/secret", "../elsewhere/secret", "top/etc/hostname"] {
        let refused = text(&guard, &nginx.join(name));
        assert!(matches!(refused, Err(FileError::NotListed { .. })), "{name}: {refused:?}");
    }
    let through_magic = text(&guard, &nginx.join("magic/etc/hostname"));
    assert!(matches!(through_magic, Err(FileError::NotListed { .. })), "{through_magic:?}");
    assert!(matches!(text(&guard, &nginx.join("loop")), Err(FileError::BadPath { .. })));
    assert!(matches!(text(&guard, Path::new("nginx.conf")), Err(FileError::BadPath { .. })));
    assert!(matches!(text(&guard, &nginx.join("absent")), Err(FileError::NotFound { .. })));
    let refusal = text(&guard, &base.join("elsewhere/secret")).unwrap_err();
    assert_eq!(refusal.line_to_add(), Some(format!("config = [\"{}\"]", base.join("elsewhere/secret").display())));
    assert!(refusal.to_string().contains("[[gateways]]"), "{refusal}");
}

#[test]
fn a_listed_file_gives_no_leave_for_its_neighbours() {
    let (_dir, base, _) = set_up();
    let guard = Fileguard::for_server([], [base.join("elsewhere/secret")]);
    assert_eq!(text(&guard, &base.join("elsewhere/secret")).as_deref(), Ok("secret"));
    fs::write(base.join("elsewhere/other"), "other").unwrap();
    assert!(matches!(text(&guard, &base.join("elsewhere/other")), Err(FileError::NotListed { .. })));
    assert!(matches!(text(&guard, &base.join("elsewhere/secret/x")), Err(FileError::NotListed { .. })));
}

#[test]
fn only_regular_files_are_read_and_nothing_blocks() {
    let (_dir, base, guard) = set_up();
    let terminal = Fileguard::for_terminal();
    let pipe = base.join("log/pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
    let socket = std::os::unix::net::UnixListener::bind(base.join("log/socket")).unwrap();
    symlink("/dev/zero", base.join("log/device")).unwrap();
    let begun = Instant::now();
    for name in ["pipe", "socket", "", "../log"] {
        let path = base.join("log").join(name);
        assert!(matches!(text(&guard, &path), Err(FileError::NotRegular { .. })), "{name}");
        assert!(matches!(text(&terminal, &path), Err(FileError::NotRegular { .. })), "{name}");
    }
    assert!(matches!(text(&terminal, &base.join("log/device")), Err(FileError::NotRegular { .. })));
    assert!(matches!(text(&terminal, Path::new("/proc/version")), Err(FileError::NotRegular { .. })));
    assert!(begun.elapsed() < Duration::from_secs(1));
    drop(socket);
}

#[test]
fn its_own_database_is_never_read() {
    let (_dir, base, guard) = set_up();
    let database = base.join("log/gatewatch.db");
    fs::write(&database, "rows").unwrap();
    fs::hard_link(&database, base.join("log/innocent.log")).unwrap();
    let guard = guard.without(std::slice::from_ref(&database));
    assert!(matches!(text(&guard, &database), Err(FileError::Own { .. })));
    assert!(matches!(text(&guard, &base.join("log/innocent.log")), Err(FileError::Own { .. })));
    assert!(text(&guard, &base.join("log/error.log")).is_ok());
}

/// While one thread exchanges a folder for a link that leads out, no read ever sees the secret.
#[test]
fn an_exchange_between_looking_and_opening_opens_nothing_else() {
    let (_dir, base, guard) = set_up();
    let (inside, outside) = (base.join("nginx/live"), base.join("nginx/aside"));
    fs::create_dir(&inside).unwrap();
    fs::write(inside.join("secret"), "harmless").unwrap();
    symlink(base.join("elsewhere"), &outside).unwrap();
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                let flags = rustix::fs::RenameFlags::EXCHANGE;
                rustix::fs::renameat_with(rustix::fs::CWD, &inside, rustix::fs::CWD, &outside, flags).unwrap();
            }
        });
        let (mut harmless, mut refused) = (0, 0);
        for _ in 0..20_000 {
            match text(&guard, &inside.join("secret")) {
                Ok(content) => {
                    assert_eq!(content, "harmless");
                    harmless += 1;
                }
                Err(_) => refused += 1,
            }
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(harmless > 0 && refused > 0, "the race was never run: {harmless} {refused}");
    });
}

#[test]
fn globs_answer_sorted_paths_within_the_roots() {
    let (_dir, base, guard) = set_up();
    for name in ["b.conf", "a.conf", ".hidden.conf", "c.txt"] {
        fs::write(base.join("nginx").join(name), "").unwrap();
    }
    let found = guard.glob(&base.join("nginx/*.conf")).unwrap();
    let names: Vec<_> = found.iter().filter_map(|path| path.file_name()?.to_str()).collect();
    assert_eq!(names, ["a.conf", "b.conf", "nginx.conf"]);
    assert_eq!(guard.glob(&base.join("nginx/absent*/x")).unwrap(), Vec::<PathBuf>::new());
    assert_eq!(guard.glob(&base.join("nginx/a.conf")).unwrap(), [base.join("nginx/a.conf")]);
    assert!(matches!(guard.glob(&base.join("elsewhere/*")), Err(FileError::NotListed { .. })));
}

fn tail_of(content: &[u8], limits: &TailLimits) -> Tail {
    let (_dir, base, guard) = set_up();
    fs::write(base.join("log/error.log"), content).unwrap();
    guard.tail(&base.join("log/error.log"), limits, |_| Keep::Yes).unwrap()
}

fn texts(tail: &Tail) -> Vec<&str> {
    tail.lines.iter().map(|line| line.text.as_str()).collect()
}

#[test]
fn a_tail_has_the_newest_lines_oldest_first() {
    let limits = TailLimits::default();
    let tail = tail_of(b"one\r\n\ntwo\nthree", &limits);
    assert_eq!(texts(&tail), ["one", "two", "three"]);
    assert_eq!(tail.lines[2].offset, 10);
    assert!(!tail.incomplete && !tail.rotated);
    assert_eq!(texts(&tail_of(b"", &limits)), Vec::<&str>::new());
    assert_eq!(texts(&tail_of(b"bad \xff\x1b\n", &limits)), ["bad \\xFF\u{241b}"]);
}

#[test]
fn a_tail_stays_within_its_limits() {
    let limits = TailLimits { search: 1 << 20, keep: 1000, line: 100, ..TailLimits::default() };
    let many = (0..200_000).map(|number| format!("line {number}")).collect::<Vec<_>>().join("\n");
    let tail = tail_of(many.as_bytes(), &limits);
    assert_eq!(tail.lines.last().unwrap().text, "line 199999");
    assert!(tail.incomplete);
    assert!(tail.lines.iter().map(|line| line.text.len()).sum::<usize>() <= 1000);

    let long = [b"head ".as_slice(), &vec![b'x'; 700_000], b"\nlast\n"].concat();
    let tail = tail_of(&long, &limits);
    assert_eq!(tail.lines.len(), 2);
    assert!(tail.lines[0].text.starts_with("head xxx") && tail.lines[0].text.len() == 100 && tail.lines[0].cut);

    let endless = vec![b'y'; 3 << 20];
    let tail = tail_of(&endless, &limits);
    assert!(tail.lines.is_empty() && tail.incomplete && tail.searched == 1 << 20);
}

#[test]
fn a_tail_stops_where_it_is_told_to() {
    let (_dir, base, guard) = set_up();
    fs::write(base.join("log/error.log"), "old\nborder\nnew\nother\nnewest\n").unwrap();
    let tail = guard
        .tail(&base.join("log/error.log"), &TailLimits::default(), |line| match line {
            b"border" => Keep::Stop,
            b"other" => Keep::No,
            _ => Keep::Yes,
        })
        .unwrap();
    assert_eq!(texts(&tail), ["new", "newest"]);
    assert!(!tail.incomplete);
}

#[test]
fn a_rotation_while_reading_is_noticed() {
    let (_dir, base, guard) = set_up();
    let log = base.join("log/error.log");
    let tail = guard
        .tail(&log, &TailLimits::default(), |line| {
            if line == b"two" {
                fs::rename(&log, base.join("log/error.log.1")).unwrap();
                fs::write(&log, "three\n").unwrap();
            }
            Keep::Yes
        })
        .unwrap();
    assert_eq!(texts(&tail), ["one", "two"]);
    assert!(tail.rotated);
}
