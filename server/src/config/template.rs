//! The commented file that `gatewatch init` writes. A test reads it back.

/// Its text: what is set is what a first installation needs, the rest shows the defaults.
pub const TEXT: &str = r##"# Gatewatch configuration. `gatewatch check` validates it; SIGHUP makes a running server read it anew.
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
# keep_samples = "3653d"                  # every measurement, at some two bytes each
# keep_hours = "3653d"                    # counts and response times by the hour; days are kept for good
# keep_evidence = "90d"                   # what was seen when a state changed, for admins

[page]
title = "Status"
# language = "de"                         # what visitors read: en (the default), de, es, fr, ja or ar
# footer = "Example Ltd, +1 555 0100"     # a line at the end of each page
# links = [{ name = "Shop", url = "https://shop.example.com/" }]
# accent = { light = "#1f55b5", dark = "#8db4f7" }   # links; the contrast is checked
# A picture beside the title (SVG, PNG or WebP, at most 64 KiB), relative to this file: logo, for example "logo.svg"

# Optional: `/metrics` for Prometheus; without this only admins may read it.
# [metrics]
# public = false                         # true: everybody, public components only
# token = "${METRICS_TOKEN}"             # whoever sends it as a bearer token

[net]
# Public addresses may be asked by default. Private ones are asked only where a monitor names them,
# or where the wizard may by these lists (addresses with ports, and names that lead to them):
# allow_private = ["10.20.0.0/16:80,443,8080"]
# allow_hosts = ["*.corp.example"]

[[monitors]]
id = "example"                           # stable: history hangs on it
name = "Example"                         # shown to visitors; renaming keeps history
url = "https://example.com/"
# direct = "http://10.20.0.5:8080/"      # its upstream: asked where the site fails, to say on which side the fault is
# interval = "30s"
# timeout = "10s"
# expect = { status = ["200-399"] }
# confirm = { down = "2 of 3", up = "2 of 2" }
# unstable = { changes = 5, within = "1h", quiet = "30m" }   # after so many, told once until it has been quiet
# depends_on = ["router"]                # while one of these is down, nobody is told of this one
# public = true                          # false keeps it off every public page
# For http and https also:
#   method = "POST"
#   headers = { "X-Api-Key" = "file:/run/secrets/key" }
#   auth = { bearer = "file:/run/secrets/token" }   # or { user = "…", password = "…" }
#   body = "{}"
#   evidence = "headers"                 # or "body": 2 KB of it too, when the state changes; so for [[gateways]]' hosts
#   redirects = 3                        # followed, each judged by [net]; 0 takes the first answer as it is
#   ip = "ipv4"                          # or "ipv6"; both by default
#   resolver = "10.0.0.53"               # asked for the host instead of the usual name servers
#   ca = "file:/etc/ssl/corp.pem"        # authorities instead of the system's
#   client_cert = "file:probe.pem"       # shown to a server that asks who we are, with client_key = "file:probe.key"
#   proxy = "http://10.20.0.8:3128"      # asked by way of it; proxy_auth = { user = "…", password = "${PROXY_PASSWORD}" }
#   http = "2"                           # or "auto", what a browser would get; "1.1" by default
# Further rules of `expect`; one that does not hold fails the probe, but latency and certificate_days only degrade it:
#   status = ["200"], headers = [{ name = "content-type", contains = "json" }],
#   body = { contains = ["ok"], lacks = ["error"], matches = ["v[0-9]+"] },
#   json = [{ path = "$.queue.depth", at_most = 100 }], latency = "800ms", certificate_days = 14, tls = "1.3"
# Other kinds of monitor, by their URL:
#   wss://example.com/live               a WebSocket is opened
#   tcp://10.20.0.5:22                   with expect = { banner = "SSH-2.0-" }
#   tls://mail.example.com:993           with expect = { certificate_days = 21 }
#   icmp://10.20.0.1                     an echo request, as ping sends them
#   grpcs://example.com/shop.v1.Orders   the health service of a gRPC server; also grpc://10.20.0.5:50051 in plain
#   dns:example.com?type=MX              or dns://10.0.0.53/example.com; expect = { answer = ["10 mail.example.com"] }
#   heartbeat:                           with token, interval and grace; the job runs curl -X POST …/push/TOKEN

# A further one, on which the first depends.
# [[monitors]]
# id = "router"
# name = "Router"
# url = "tcp://router.example.com:22"

# Optional: one public name for several monitors. A monitor in none is shown under its own name.
# [[components]]
# id = "web"
# name = "Web shop"
# group = "Public sites"
# monitors = ["example"]

# Optional: announced work. Probing goes on, and the time stays apart in the numbers.
# [[maintenance]]
# id = "patches"
# title = "Weekly patches"
# components = ["web"]                   # everything where neither components nor monitors are named
# start = "2026-12-06T02:00"
# zone = "Europe/Berlin"
# lasts = "2h"
# repeat = "FREQ=WEEKLY;BYDAY=SU"        # once without it

# Optional: by what Gatewatch knows that it can see itself, besides its clock, its host's routes and its name servers.
# [self_check]
# canaries = ["tcp://10.20.0.1:22", "https://example.org/"]   # while none of them answers, nothing counts as down

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

# Optional: visitors may subscribe to incidents and maintenance; off without this. Needs [server] public_url.
# [subscriptions]
# email = { server = "smtp.example.com:587", from = "Status <status@example.com>" }   # further keys as in [[alerts]]
# webhooks = true                        # false: e-mail alone
"##;

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
            // A test sets no variables.
            let is_secret = bare.contains("${METRICS");
            if is_toml && !is_secret { bare.to_owned() } else { line.to_owned() }
        };
        let text: Vec<String> = TEXT.lines().map(uncomment).collect();
        let config = parse(&text.join("\n"), Path::new(""), &ProcessEnvironment, &[]).unwrap();
        // The router is in no component, so that it is one by itself.
        assert_eq!((config.gateways.len(), config.monitors.len(), config.components.len()), (1, 2, 2));
        assert_eq!(config.alerts.len(), 2);
        assert!(config.subscriptions.is_some_and(|subscriptions| subscriptions.webhooks));
        assert!(config.server.public_url.is_some() && config.monitors[0].direct.is_some());
    }
}
