//! Configurations through the same door as the commands: right ones, and a table of wrong ones.

use super::*;
use crate::config::{Environment, Gateway};
use app::model::{Confirm, Millis};
use std::time::Duration;

struct Env;

impl Environment for Env {
    fn var(&self, name: &str) -> Option<String> {
        match name {
            "TOKEN" => Some("s3cret".to_owned()),
            "PRIVATE_URL" => Some("ftp://s3cret.example/".to_owned()),
            _ => None,
        }
    }
}

/// An environment that names a configuration file.
struct Named(PathBuf);

impl Environment for Named {
    fn var(&self, name: &str) -> Option<String> {
        (name == "GATEWATCH_CONFIG").then(|| self.0.to_string_lossy().into_owned())
    }
}

pub(super) fn parsed(source: &str, watch: &[&str]) -> Result<Config, Vec<Problem>> {
    let watch: Vec<String> = watch.iter().map(|url| (*url).to_owned()).collect();
    parse(source, Path::new("/etc/gatewatch"), &Env, &watch)
}

/// `line:column: text` of every problem.
pub(super) fn problems(source: &str) -> Vec<String> {
    let text = |problem: Problem| {
        let (line, column) = problem.at.expect("a problem in a file has a place");
        format!("{line}:{column}: {}", problem.text)
    };
    parsed(source, &[]).expect_err(source).into_iter().map(text).collect()
}

const FULL: &str = r#"
[server]
listen = "127.0.0.1:5021"
public_url = "https://status.example.com"
hosts = ["Status.Internal.Example"]
trusted_proxies = ["10.0.0.0/8", "::1"]

[storage]
path = "data/gatewatch.db"

[page]
title = "Example status"

[net]
allow_private = ["10.20.0.0/16:80,443,8080"]
allow_hosts = ["*.corp.example"]

[[monitors]]
id = "shop"
name = "Shop"
url = "https://shop.example.com/?key=${TOKEN}"
direct = "http://10.20.0.5:8080/"
interval = "1m"
timeout = "500ms"
expect = { status = ["200-299", "404"] }
confirm = { down = "3 of 5", up = "1 of 1" }
public = false

[[monitors]]
id = "blog"
url = "https://blog.example.com/"

[[components]]
id = "web"
name = "Web shop"
group = "Public sites"
monitors = ["shop"]

[[gateways]]
name = "edge"
config = ["/etc/nginx/nginx.conf"]
logs = ["/var/log/nginx"]
units = ["nginx.service"]
"#;

#[test]
fn reads_every_key() {
    let config = parsed(FULL, &[]).unwrap();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:5021");
    assert!(config.server.is_https());
    assert_eq!(config.server.hosts, ["status.internal.example"]);
    let proxies = &config.server.trusted_proxies;
    assert!(
        proxies[0].contains("10.1.2.3".parse().unwrap()) && proxies[0].contains("::ffff:10.1.2.3".parse().unwrap())
    );
    assert!(!proxies[0].contains("11.0.0.1".parse().unwrap()) && proxies[1].contains("::1".parse().unwrap()));
    assert_eq!(config.storage.path, Path::new("/etc/gatewatch/data/gatewatch.db"));
    assert_eq!(config.page.title, "Example status");
    let shop = &config.monitors[0];
    assert_eq!(shop.site().unwrap().as_str(), "https://shop.example.com/?key=s3cret");
    assert_eq!(shop.monitor.url, "https://shop.example.com/***", "secrets are not shown");
    assert!(!format!("{config:?}").contains("s3cret"));
    assert_eq!((shop.interval(), shop.timeout), (Duration::from_mins(1), Duration::from_millis(500)));
    assert_eq!(shop.expect.status, [200..=299, 404..=404]);
    assert_eq!((shop.confirm_down, shop.confirm_up), (Confirm { needed: 3, of: 5 }, Confirm { needed: 1, of: 1 }));
    assert!(shop.direct.is_some() && !shop.monitor.public);
    let slugs: Vec<_> = config.components.iter().map(|component| component.slug.as_str()).collect();
    assert_eq!(slugs, ["web", "blog"], "a monitor in no component is one of its own");
    assert!(!config.components[0].public && config.components[1].public);
    let edge = Gateway {
        name: "edge".to_owned(),
        config: vec!["/etc/nginx/nginx.conf".into()],
        logs: vec!["/var/log/nginx".into()],
        units: vec!["nginx.service".to_owned()],
    };
    assert_eq!(config.gateways, [edge]);
}

#[test]
fn defaults_are_those_of_the_manual() {
    let config = parsed("[[monitors]]\nid = \"a\"\nurl = \"http://a.example/\"", &[]).unwrap();
    let monitor = &config.monitors[0];
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:5020");
    assert_eq!(monitor.monitor.name, "a");
    assert_eq!(monitor.monitor.interval, Millis(30_000));
    assert_eq!(monitor.timeout, Duration::from_secs(10));
    assert_eq!(monitor.expect.status, [200..=399]);
    assert_eq!(monitor.confirm_down, Confirm { needed: 2, of: 3 });
    assert_eq!(monitor.confirm_up, Confirm { needed: 2, of: 2 });
    assert!(monitor.monitor.public && !config.only_self);
}

#[test]
fn watches_itself_when_nothing_is_named() {
    let config = parsed("", &[]).unwrap();
    assert!(config.only_self);
    assert_eq!(config.monitors[0].site().unwrap().as_str(), "http://127.0.0.1:5020/healthz");
    assert_eq!(config.components.len(), 1);
    let wide = parsed("[server]\nlisten = \"[::]:5020\"", &[]).unwrap();
    assert_eq!(wide.monitors[0].site().unwrap().as_str(), "http://[::1]:5020/healthz");
}

#[test]
fn watch_adds_each_url_once_under_a_stable_id() {
    let urls = ["https://a.example/x", "http://127.0.0.1:8080/", "https://a.example/x"];
    let config = parsed(FULL, &urls).unwrap();
    let again = parsed("", &urls).unwrap();
    let ids = |config: &Config| -> Vec<String> {
        config
            .monitors
            .iter()
            .filter(|it| it.monitor.id.as_str().len() > 4)
            .map(|it| it.monitor.id.to_string())
            .collect()
    };
    assert_eq!(ids(&config), ids(&again), "the same URL has the same id at every start");
    assert_eq!(config.monitors.len(), 4);
    assert!(ids(&again)[0].starts_with("a-example-"), "{:?}", ids(&again));
    assert_eq!(again.monitors[0].monitor.name, "a.example/x");
    assert!(!again.only_self);
    let known = parsed("[[monitors]]\nid = \"a\"\nurl = \"https://a.example/x\"", &urls[..1]).unwrap();
    assert_eq!(known.monitors.len(), 1, "what the file watches is not added again");
}

#[test]
fn a_bad_watch_is_told_without_a_place() {
    let problems = parsed("", &["shop.example.com", "heartbeat:"]).unwrap_err();
    assert!(
        problems.iter().all(|problem| problem.at.is_none() && problem.text.starts_with("--watch: ")),
        "{problems:?}"
    );
    assert_eq!(problems.len(), 2);
}

#[test]
fn everything_wrong_is_reported_at_once_in_order() {
    let source = r#"[server]
lisen = "127.0.0.1:1"
listen = 5020

[[monitors]]
id = "shop"
url = "https://shop.example.com/"
interval = "10ms"

[[monitors]]
id = "shop"
url = "gopher://x:1"

[[components]]
id = "web"
monitors = ["shop", "nope"]
"#;
    let found = problems(source);
    let places: Vec<_> = found.iter().map(|problem| problem.split(' ').next().unwrap()).collect();
    assert_eq!(places, ["2:1:", "3:10:", "8:12:", "11:6:", "12:7:", "16:21:"], "{found:#?}");
}

/// One wrong thing each: the text, where it is, and words that the message must hold.
const WRONG: &[(&str, &str, &str)] = &[
    ("a =", "1:4", "value"),
    ("[server", "1:8", ""),
    ("x = 1\nx = 2", "2:1", "duplicate key"),
    ("nonsense = 1", "1:1", "unknown key `nonsense`"),
    ("[servre]\nlisten = \"127.0.0.1:1\"", "1:2", "did you mean `server`"),
    ("server = 1", "1:10", "must be a table"),
    ("[server]\nlisten = \"localhost\"", "2:10", "127.0.0.1:5020"),
    ("[server]\npublic_url = \"https://x.example/status\"", "2:14", "scheme and host alone"),
    ("[server]\nhosts = [\"ok.example\", \"https://x.example\"]", "2:24", "name alone"),
    ("[server]\nhosts = \"x\"", "2:9", "list of strings"),
    ("[server]\ntrusted_proxies = [\"10.0.0.0/33\"]", "2:20", "prefix over 32"),
    ("[storage]\npath = \"\"", "2:8", "empty"),
    ("[page]\ntitle = \"a\\nb\"", "2:9", "one line"),
    ("[net]\nallow_private = [\"10.0.0.0/8:80\", \"169.254.0.0/16:80\"]", "2:35", "never asked"),
    ("[net]\nallow_private = [\"10.0.0.0/8\"]", "2:18", "ports"),
    ("[net]\nallow_hosts = [\"a b\"]", "2:16", "allow_hosts"),
    ("[net]\nresolvers = \"mine\"", "2:13", "system"),
    ("[net]\nresolvers = []", "2:13", "resolvers"),
    ("[net]\npublic_ports = \"80-\"", "2:16", "80-"),
    ("[net]\nmax_redirects = 500", "2:17", "from 0 to 20"),
    ("[net]\npublic = \"yes\"", "2:10", "true or false"),
    ("[monitors]\nid = \"a\"", "1:1", "[[monitors]]"),
    ("monitors = [1]", "1:13", "must be a table"),
    ("[[monitors]]\nurl = \"http://a.example/\"", "1:1", "no `id`"),
    ("[[monitors]]\nid = \"a\"", "1:1", "no `url`"),
    ("[[monitors]]\nid = \"A b\"\nurl = \"http://a.example/\"", "2:6", "a-z"),
    ("[[monitors]]\nid = \"a\"\nurl = \"shop.example.com\"", "3:7", "https://"),
    ("[[monitors]]\nid = \"a\"\nurl = \"http://\"", "3:7", "not a URL"),
    ("[[monitors]]\nid = \"a\"\nurl = \"http://u:p@a.example/\"", "3:7", "user name"),
    ("[[monitors]]\nid = \"a\"\nurl = \"http://2130706433/\"", "3:7", "unusual"),
    ("[[monitors]]\nid = \"a\"\nurl = \"http://169.254.169.254/\"", "3:7", "169.254.169.254"),
    ("[[monitors]]\nid = \"a\"\nurl = \"https://a.example/${NOT_SET}\"", "3:7", "NOT_SET is not set"),
    ("[[monitors]]\nid = \"a\"\nurl = \"file:/nonexistent/secret\"", "3:7", "no such file"),
    ("[[monitors]]\nid = \"a\"\nurl = \"http://a.example/\"\ntimeout = \"0s\"", "4:11", "some time"),
    ("[[monitors]]\nid = \"a\"\nurl = \"http://a.example/\"\ninterval = \"5\"", "4:12", "unit"),
    ("[[monitors]]\nid = \"a\"\nurl = \"http://a.example/\"\nexpect = { status = [\"2xx\"] }", "4:22", "200-399"),
    ("[[monitors]]\nid = \"a\"\nurl = \"http://a.example/\"\nconfirm = { down = \"4 of 3\" }", "4:20", "2 of 3"),
    ("[[components]]\nid = \"w\"\nmonitors = []", "1:1", "no monitors"),
    ("[[gateways]]\nname = \"e\"\nconfig = [\"nginx.conf\"]", "3:11", "absolute"),
    ("[[gateways]]\nname = \"e\"\nlogs = [\"/var/log/../../etc\"]", "3:9", "without `..`"),
    ("[[gateways]]\nname = \"e\"\nunits = [\"nginx\"]", "3:10", "suffix"),
    ("[[gateways]]\nname = \"e\"\nunits = [\"a b.service\"]", "3:10", "exact name"),
    ("[[gateways]]\nname = \"e\"\n[[gateways]]\nname = \"e\"", "4:8", "unique"),
];

#[test]
fn each_wrong_thing_is_told_with_its_place() {
    for (source, place, words) in WRONG {
        let found = problems(source);
        assert_eq!(found.len(), 1, "{source}\n{found:#?}");
        let expected = format!("{place}: ");
        assert!(
            found[0].starts_with(&expected) && found[0].contains(words),
            "{source}\nwant {place} {words}\n{found:#?}"
        );
    }
}

#[test]
fn a_secret_is_not_quoted_in_an_error() {
    let found = problems("[[monitors]]\nid = \"a\"\nurl = \"${PRIVATE_URL}\"");
    assert!(!found[0].contains("s3cret") && found[0].contains("***"), "{found:?}");
}

#[test]
fn a_component_may_not_take_the_id_of_a_monitor_that_stands_alone() {
    let monitor = |id: &str| format!("[[monitors]]\nid = \"{id}\"\nurl = \"http://{id}.example/\"\n");
    let component = "[[components]]\nid = \"a\"\nmonitors = [\"b\"]\n";
    let found = problems(&(monitor("a") + &monitor("b") + component));
    assert!(found.len() == 1 && found[0].starts_with("2:6: "), "{found:?}");
}

#[test]
fn the_file_is_looked_for_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, title: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("[page]\ntitle = \"{title}\"")).unwrap();
        path
    };
    let (explicit, named) = (file("a.toml", "explicit"), Named(file("b.toml", "environment")));
    let title = |explicit: Option<&Path>| load(explicit, &named, &[]).unwrap().config.page.title;
    assert_eq!(title(Some(&explicit)), "explicit");
    assert_eq!(title(None), "environment");
}

#[test]
fn files_that_cannot_be_configurations_are_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let refusal = |content: &[u8], mode: u32| {
        let path = folder.path().join("g.toml");
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let text = load(Some(&path), &Env, &[]).unwrap_err().to_string();
        text.strip_prefix(&path.display().to_string()).expect("the file is named first").to_owned()
    };
    assert!(refusal(b"", 0o646).contains("chmod o-w"));
    assert!(refusal(&vec![b'#'; 1024 * 1024 + 1], 0o644).contains("at most 1048576"));
    assert!(refusal(b"a = 1\nb = \xff\xfe", 0o644).starts_with(":2:5: "));
    assert!(refusal(b"# \0", 0o644).starts_with(":1:3: "));
    assert!(refusal("\u{feff}[page]".as_bytes(), 0o644).starts_with(":1:1: "));
    let error = load(Some(folder.path()), &Env, &[]).unwrap_err().to_string();
    assert!(error.contains("is not a file"), "{error}");
    let error = load(Some(&folder.path().join("none.toml")), &Env, &[]).unwrap_err().to_string();
    assert!(error.ends_with("none.toml: cannot be read: there is no such file"), "{error}");
}
