//! Whose listener a target is, and what the texts beside it say.

use super::*;
use crate::fileguard::FileError;
use crate::host::Listener;
use app::model::At;
use std::collections::BTreeMap;

struct Texts(BTreeMap<PathBuf, String>);

impl Texts {
    fn of(pairs: &[(&str, &str)]) -> Self {
        Self(pairs.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect())
    }
}

impl Sources for Texts {
    fn text(&self, path: &Path, _max: u64) -> Result<String, FileError> {
        self.0.get(path).cloned().ok_or_else(|| FileError::NotFound { path: path.to_path_buf() })
    }

    fn matching(&self, pattern: &Path) -> Result<Vec<PathBuf>, FileError> {
        let begin = pattern.to_string_lossy().split('*').next().unwrap_or_default().to_owned();
        Ok(self.0.keys().filter(|path| path.to_string_lossy().starts_with(&begin)).cloned().collect())
    }
}

fn process(pid: u32, parent: u32, words: &[&str]) -> Process {
    Process {
        pid,
        parent,
        name: "p".to_owned(),
        state: 'S',
        uid: 0,
        gid: 0,
        groups: Vec::new(),
        command_line: words.iter().map(|word| (*word).to_owned()).collect(),
        threads: 1,
        resident: 0,
        cpu_ms: 0,
        started: At(0),
    }
}

fn listening(address: &str, pids: &[u32]) -> Listeners {
    let listener = Listener {
        address: address.parse().unwrap(),
        waiting: 0,
        backlog: Some(128),
        dual: false,
        uid: 0,
        inode: 1,
        pids: pids.to_vec(),
    };
    Listeners { tcp: vec![listener], unix: Vec::new(), owners_complete: true }
}

const FPM: &str =
    "[global]\nerror_log = /var/log/php8.2-fpm.log\nprocess.max = 40\ninclude=/etc/php/8.2/fpm/pool.d/*.conf\n";
const POOL: &str = "[www]\n; a comment\nuser = www-data\nlisten = 127.0.0.1:9000\nlisten.backlog = 511\n\
    listen.allowed_clients = 127.0.0.1, 10.0.0.4\npm = dynamic\npm.max_children = 5\nrequest_terminate_timeout = 2m\n\
    pm.status_path = /status\nslowlog = /var/log/$pool.slow.log\nphp_admin_value[error_log] = \"/var/log/php.log\" \n";

fn fpm_processes() -> Vec<Process> {
    vec![
        process(10, 1, &["php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)"]),
        process(11, 10, &["php-fpm: pool www"]),
        process(12, 10, &["php-fpm: pool www"]),
        process(13, 10, &["php-fpm: pool other"]),
    ]
}

#[test]
fn a_pool_is_found_by_its_listener_with_and_without_owners() {
    let texts = Texts::of(&[("/etc/php/8.2/fpm/php-fpm.conf", FPM), ("/etc/php/8.2/fpm/pool.d/www.conf", POOL)]);
    let place = Place::Tcp("127.0.0.1:9000".parse().unwrap());
    for owners in [&[10, 11, 12][..], &[]] {
        let found = find(&place, &listening("127.0.0.1:9000", owners), &fpm_processes(), &texts).unwrap();
        assert_eq!((found.product.as_str(), found.name.as_deref(), found.pid), ("php-fpm", Some("www"), Some(10)));
        assert_eq!(found.workers, BTreeSet::from([11, 12]));
        assert_eq!(found.all_workers, Some(3));
        let settings = found.settings;
        assert_eq!((settings.workers, settings.threads, settings.backlog), (Some(5), Some(1), Some(511)));
        assert_eq!(settings.timeout, Some(Duration::from_mins(2)));
        assert_eq!(settings.allowed_clients, ["127.0.0.1", "10.0.0.4"]);
        assert_eq!((settings.process_max, settings.status_path.as_deref()), (Some(40), Some("/status")));
        assert_eq!(settings.place, "/etc/php/8.2/fpm/pool.d/www.conf:8");
        assert!(settings.logs.contains(&PathBuf::from("/var/log/www.slow.log")));
    }
    let elsewhere = Place::Tcp("127.0.0.1:9001".parse().unwrap());
    assert!(find(&elsewhere, &Listeners::default(), &fpm_processes(), &texts).is_none());
}

#[test]
fn a_pool_whose_configuration_is_hidden_is_php_fpm_all_the_same() {
    let place = Place::Tcp("127.0.0.1:9000".parse().unwrap());
    let found = find(&place, &listening("127.0.0.1:9000", &[10, 11]), &fpm_processes(), &Texts::of(&[])).unwrap();
    assert_eq!((found.product.as_str(), found.settings.workers), ("php-fpm", None));
    assert!(found.unread.is_some());
}

#[test]
fn gunicorns_command_line_and_file_are_read() {
    let texts = Texts::of(&[(
        "/srv/g.py",
        "import os\nworkers = 3\ntimeout=90 # long\nbind = 'unix:/run/g.sock'\nworkers_x = 9\n",
    )]);
    let read = |words: &[&str]| gunicorn::settings(&process(5, 1, words), &texts).unwrap();
    let plain =
        read(&["/usr/bin/python3", "/usr/bin/gunicorn", "-b", "127.0.0.1:8000", "--timeout=5", "-w4", "app:app"]);
    assert_eq!((plain.settings.workers, plain.settings.threads), (Some(4), Some(1)));
    assert_eq!(plain.settings.timeout, Some(Duration::from_secs(5)));
    assert!(plain.binds(&Place::Tcp("127.0.0.1:8000".parse().unwrap())));
    assert!(!plain.binds(&Place::Tcp("127.0.0.1:8001".parse().unwrap())));
    let file = read(&["/usr/bin/python3", "/usr/bin/gunicorn", "-c", "/srv/g.py", "app:app"]);
    assert_eq!((file.settings.workers, file.settings.timeout), (Some(3), Some(Duration::from_secs(90))));
    assert!(file.binds(&Place::Unix(Path::new("/run/g.sock"))));
    let bare = read(&["/usr/bin/python3", "/usr/bin/gunicorn", "--threads", "8", "app:app"]);
    assert_eq!((bare.settings.workers, bare.settings.threads), (Some(1), Some(8)));
    assert_eq!((bare.settings.timeout, bare.settings.backlog), (Some(Duration::from_secs(30)), Some(2048)));
    let gevent = read(&["gunicorn", "-k", "gevent", "app:app"]);
    assert_eq!(gevent.settings.threads, None);
    let titled = read(&["gunicorn: master [app:app]"]);
    assert_eq!((titled.settings.workers, titled.settings.timeout), (None, None));
    assert!(gunicorn::settings(&process(5, 1, &["/usr/bin/vim", "gunicorn.py"]), &texts).is_none());
}

#[test]
fn uwsgis_command_line_and_ini_are_read() {
    let ini =
        "[uwsgi]\nprocesses = 2\nharakiri = 20\nbuffer-size = 8192\nsocket = /run/u.sock\n[other]\nprocesses = 9\n";
    let texts = Texts::of(&[("/etc/u.ini", ini)]);
    let read = |words: &[&str]| uwsgi::settings(&process(5, 1, words), &texts).unwrap();
    let file = read(&["/usr/bin/uwsgi", "--ini", "/etc/u.ini"]);
    assert_eq!((file.settings.workers, file.settings.request_bytes), (Some(2), Some(8192)));
    assert_eq!(file.settings.timeout, Some(Duration::from_secs(20)));
    assert!(file.binds(&Place::Unix(Path::new("/run/u.sock"))));
    let line = read(&[
        "uwsgi",
        "--socket",
        "127.0.0.1:3031",
        "-p",
        "4",
        "--threads=2",
        "--listen",
        "64",
        "--logto",
        "/var/log/u.log",
    ]);
    assert_eq!((line.settings.workers, line.settings.threads, line.settings.backlog), (Some(4), Some(2), Some(64)));
    assert_eq!((line.settings.timeout, line.settings.request_bytes), (None, Some(4096)));
    assert_eq!(line.settings.logs, [PathBuf::from("/var/log/u.log")]);
}

#[test]
fn any_other_program_is_named() {
    let place = Place::Tcp("127.0.0.1:3000".parse().unwrap());
    let processes = [process(20, 1, &["/usr/bin/node", "--inspect", "/srv/app/server.js"]), process(21, 20, &["sh"])];
    let found = find(&place, &listening("0.0.0.0:3000", &[20]), &processes, &Texts::of(&[])).unwrap();
    assert_eq!((found.product.as_str(), found.settings.workers), ("node server.js", None));
    assert_eq!((found.workers, found.pids), (BTreeSet::from([21]), BTreeSet::from([20, 21])));
}
