//! What to add, in the words of each gateway.

/// A second member.
pub(super) fn second_member(product: &str, member: &str) -> String {
    match product {
        "nginx" => format!(
            "upstream app {{\n    server {member};\n    server SECOND-HOST:PORT;\n}}\n# in the location: proxy_pass http://app; proxy_next_upstream error timeout http_502 http_503;"
        ),
        "httpd" => format!(
            "<Proxy balancer://app>\n    BalancerMember http://{member}\n    BalancerMember http://SECOND-HOST:PORT\n    ProxySet failonstatus=502,503\n</Proxy>\nProxyPass / balancer://app/"
        ),
        "haproxy" => format!(
            "# in the backend\noption redispatch\nretries 2\nserver app1 {member} check\nserver app2 SECOND-HOST:PORT check"
        ),
        "caddy" => {
            format!("reverse_proxy {member} SECOND-HOST:PORT {{\n    lb_try_duration 2s\n    fail_duration 10s\n}}")
        }
        "traefik" => format!(
            "# services.app.loadBalancer\nservers:\n  - url: http://{member}\n  - url: http://SECOND-HOST:PORT\nhealthCheck:\n  path: /healthz\n  interval: 5s"
        ),
        "envoy" => format!(
            "# a second lb_endpoint in the cluster's load_assignment, beside {member}\nretry_policy: {{ retry_on: \"connect-failure,reset,gateway-error\", num_retries: 2 }}"
        ),
        "varnish" => format!(
            "# {member} is the only backend; with a second one:\nimport directors;\nsub vcl_init {{ new app = directors.round_robin(); app.add_backend(first); app.add_backend(second); }}\nsub vcl_recv {{ set req.backend_hint = app.backend(); }}"
        ),
        _ => format!("a second member beside {member}, on another host"),
    }
}

/// The next member for a failed one.
pub(super) fn retry(product: &str) -> String {
    match product {
        "nginx" => "proxy_next_upstream error timeout http_502 http_503;\nproxy_next_upstream_tries 2;   # beside proxy_pass; fastcgi_next_upstream for FastCGI",
        "httpd" => "ProxySet balancer://app maxattempts=1 failonstatus=502,503",
        "haproxy" => "option redispatch\nretries 2\nretry-on conn-failure empty-response 502 503",
        "caddy" => "lb_try_duration 2s   # in reverse_proxy",
        "traefik" => "# a middleware\nretry:\n  attempts: 2\n  initialInterval: 100ms",
        "envoy" => "retry_policy: { retry_on: \"connect-failure,reset,gateway-error\", num_retries: 2 }",
        "varnish" => "sub vcl_backend_response { if (beresp.status >= 502 && bereq.retries < 1) { return (retry); } }",
        _ => "let a failed member be replaced by the next one",
    }
    .to_owned()
}

/// Members that are asked for their health.
pub(super) fn checks(product: &str) -> String {
    match product {
        "nginx" => "server HOST:PORT max_fails=2 fail_timeout=10s;   # each member; active checks need nginx Plus (health_check)",
        "httpd" => "BalancerMember http://HOST:PORT hcmethod=GET hcuri=/healthz hcinterval=5   # with mod_proxy_hcheck",
        "haproxy" => "option httpchk GET /healthz\ndefault-server check inter 2s fall 2 rise 2",
        "caddy" => "health_uri /healthz\nhealth_interval 5s   # in reverse_proxy",
        "traefik" => "healthCheck:\n  path: /healthz\n  interval: 5s   # in the service's loadBalancer",
        "envoy" => "health_checks: [{ timeout: 1s, interval: 5s, unhealthy_threshold: 2, healthy_threshold: 2, http_health_check: { path: /healthz } }]",
        "varnish" => ".probe = { .url = \"/healthz\"; .interval = 5s; .timeout = 1s; .window = 5; .threshold = 3; }   # in each backend",
        _ => "let the gateway ask its members for their health",
    }
    .to_owned()
}

/// Old answers while the upstream fails.
pub(super) fn stale(product: &str) -> String {
    match product {
        "nginx" => "proxy_cache_path /var/cache/nginx/site levels=1:2 keys_zone=site:10m max_size=1g inactive=1h;   # in http {}\nproxy_cache site;\nproxy_cache_valid 200 1m;\nproxy_cache_use_stale error timeout updating http_500 http_502 http_503 http_504;\nproxy_cache_background_update on;",
        "httpd" => "CacheEnable disk /\nCacheRoot /var/cache/apache2/mod_cache_disk\nCacheStaleOnError on   # with mod_cache and mod_cache_disk",
        "haproxy" => "# HAProxy keeps small answers for a while (cache site / http-request cache-use site), but serves no stale ones:\n# put Varnish or nginx with proxy_cache_use_stale in front of the application",
        "caddy" => "# with the module cache-handler: cache { ttl 1m  stale 1h }",
        "envoy" => "# Envoy's cache filter serves no stale answers: put Varnish or a CDN with stale-if-error in front",
        "traefik" => "# Traefik has no cache of its own in its free edition: put Varnish or a CDN with stale-if-error in front",
        "varnish" => "sub vcl_backend_response { set beresp.ttl = 1m; set beresp.grace = 1h; }",
        _ => "Cache-Control: max-age=60, stale-if-error=3600   # in the application's answers, with a cache in front",
    }
    .to_owned()
}

/// How a product is brought up to date.
pub(super) fn update(product: &str) -> String {
    let package = match product.to_ascii_lowercase().as_str() {
        "httpd" | "apache" => "apache2",
        "php" => "php-fpm",
        "haproxy" => "haproxy",
        "nginx" => "nginx",
        "varnish" => "varnish",
        "caddy" => "caddy",
        "envoy" => "envoy",
        "traefik" => "traefik",
        _ => "PACKAGE",
    };
    format!("apt-cache policy {package}; sudo apt-get update && sudo apt-get install --only-upgrade {package}")
}

/// How slow requests are found.
pub(super) fn slow_log(product: &str) -> String {
    match product {
        "nginx" => "log_format timed '$remote_addr \"$request\" $status $request_time $upstream_response_time';\naccess_log /var/log/nginx/timed.log timed;   # and for PHP: request_slowlog_timeout = 2s, slowlog = /var/log/php-slow.log",
        "httpd" => "LogFormat \"%h \\\"%r\\\" %>s %D\" timed\nCustomLog ${APACHE_LOG_DIR}/timed.log timed   # %D: microseconds",
        "haproxy" => "option httplog   # Tr, the fourth of the five times, is the application's",
        _ => "# log how long the application takes for each request, and look at the slowest first",
    }
    .to_owned()
}
