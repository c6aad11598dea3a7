//! The commented file that `gatewatch init` writes. A test reads it back.

/// Its text: what is set is what a first installation needs, the rest shows the defaults.
pub const TEXT: &str = r#"# Gatewatch configuration. `gatewatch check` validates it; SIGHUP makes a running server read it anew.
# A value may take a secret from the environment ("https://x.example/?key=${KEY}") or from a file
# ("file:/run/secrets/url"). Durations are written 500ms, 30s, 5m or 1h.

[server]
listen = "127.0.0.1:5020"
# The address under which visitors reach the page through your TLS proxy:
# public_url = "https://status.example.com"
# hosts = ["status.internal.example"]    # further names that the Host header may have
# trusted_proxies = ["127.0.0.1"]        # peers whose X-Forwarded-For counts

[storage]
path = "data/gatewatch.db"               # relative to the folder of this file

[page]
title = "Status"

[net]
# Public addresses may be asked by default. Private ones are asked only where a monitor names them,
# or where the wizard may by these lists (addresses with ports, and names that lead to them):
# allow_private = ["10.20.0.0/16:80,443,8080"]
# allow_hosts = ["*.corp.example"]

[[monitors]]
id = "example"                           # stable: history hangs on it
name = "Example"                         # shown to visitors; renaming keeps history
url = "https://example.com/"
# direct = "http://10.20.0.5:8080/"      # the same site past its gateway
# interval = "30s"
# timeout = "10s"
# expect = { status = ["200-399"] }
# confirm = { down = "2 of 3", up = "2 of 2" }
# public = true                          # false keeps it off every public page

# Optional: one public name for several monitors. A monitor in none is shown under its own name.
# [[components]]
# id = "web"
# name = "Web shop"
# group = "Public sites"
# monitors = ["example"]

# Optional: what the wizard may read and restart on this host.
# [[gateways]]
# name = "edge"
# config = ["/etc/nginx/nginx.conf"]
# logs = ["/var/log/nginx"]
# units = ["nginx.service"]

# Optional: who is told of an outage and of its end. A message that cannot be delivered is tried again for three days.
# Passwords, tokens and keys come from the environment or a file.
# [[alerts]]
# id = "on-call"
# components = ["web"]                   # default: all
# degraded = false                       # true: also when a component is only degraded
# email = { server = "smtp.example.com:587", from = "Status <status@example.com>", to = ["ops@example.com"] }
#   further keys of email: tls = "starttls" | "implicit" | "off", user, password, ca = "authority.pem"
# [[alerts]]
# id = "chat"
# webhook = { url = "https://hooks.example.com/gatewatch" }
#   further keys of webhook: token (sent as a bearer token), secret (signs the message), ca
"#;

#[cfg(test)]
mod tests {
    use super::TEXT;
    use crate::config::{ProcessEnvironment, load::parse};
    use std::path::Path;

    #[test]
    fn is_a_valid_configuration() {
        let config = parse(TEXT, Path::new(""), &ProcessEnvironment, &[]).unwrap();
        assert_eq!(config.monitors.len(), 1);
        assert!(!config.only_self);
    }

    #[test]
    fn is_still_valid_with_every_example_uncommented() {
        let uncomment = |line: &str| -> String {
            let bare = line.strip_prefix("# ").unwrap_or(line);
            let is_toml = bare.starts_with('[') || bare.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '));
            if is_toml { bare.to_owned() } else { line.to_owned() }
        };
        let text: Vec<String> = TEXT.lines().map(uncomment).collect();
        let config = parse(&text.join("\n"), Path::new(""), &ProcessEnvironment, &[]).unwrap();
        assert_eq!((config.gateways.len(), config.components.len()), (1, 1));
        assert_eq!(config.alerts.len(), 2);
        assert!(config.server.public_url.is_some() && config.monitors[0].direct.is_some());
    }
}
