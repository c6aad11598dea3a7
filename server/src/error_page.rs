//! The page for visitors in front of a 502: small, static, and served by the gateway itself, so that it stands when
//! everything else is down. Pure.
//!
//! With scripts it says since when the fault is known (it asks the status API), tries again by itself with growing
//! pauses and jitter, and goes back to the page that was wanted. Without scripts it reloads every half minute.

use std::fmt::Write as _;
use std::path::Path;
use url::Url;

/// Statuses that a gateway gives when its upstream fails.
const STATUSES: [(u16, &str); 3] = [(502, "Bad Gateway"), (503, "Service Unavailable"), (504, "Gateway Timeout")];
/// Where the page is found inside the site, for gateways that serve it by a path.
const PATH: &str = "/gatewatch-502.html";
const TEMPLATE: &str = include_str!("error_page/page.html");

/// A gateway for which directives are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Gateway {
    /// nginx
    Nginx,
    /// Apache httpd
    Apache,
    /// `HAProxy`
    Haproxy,
    /// Caddy
    Caddy,
}

/// A file to write, and its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name in the folder.
    pub name: String,
    /// What it holds.
    pub content: String,
}

/// The page. `title` is its heading, `status_page` the public address of the status page without a trailing slash.
pub fn page(title: &str, status_page: Option<&Url>) -> String {
    let address = status_page.map(|url| url.as_str().trim_end_matches('/').to_owned());
    let link = address.as_ref().map_or_else(String::new, |address| {
        format!(r#"<p class="soft"><a href="{0}/" rel="noopener">State of our systems</a></p>"#, escape(address))
    });
    // `<` cannot end the script, and a JSON string is a script's string.
    let quoted = serde_json::to_string(&address).unwrap_or_else(|_| "null".to_owned()).replace('<', "\\u003c");
    TEMPLATE.replace("{title}", &escape(title)).replace("{status}", &link).replace("{status_json}", &quoted)
}

/// The files that this gateway needs in its folder.
pub fn files(gateway: Gateway, page: &str) -> Vec<File> {
    match gateway {
        Gateway::Haproxy => STATUSES
            .iter()
            .map(|(status, reason)| File {
                name: format!("{status}.http"),
                content: format!(
                    "HTTP/1.0 {status} {reason}\r\nCache-Control: no-store\r\nConnection: close\r\n\
                     Content-Type: text/html; charset=utf-8\r\n\r\n{page}"
                ),
            })
            .collect(),
        Gateway::Nginx | Gateway::Apache | Gateway::Caddy => {
            vec![File { name: PATH.trim_start_matches('/').to_owned(), content: page.to_owned() }]
        }
    }
}

/// The directives that install the page from `folder`, with a comment that says where they go.
pub fn directives(gateway: Gateway, folder: &Path) -> String {
    let folder = folder.display();
    match gateway {
        Gateway::Nginx => format!(
            "# In the server block:\n\
             error_page 502 503 504 {PATH};\n\
             location = {PATH} {{\n    root \"{folder}\";\n    internal;\n    add_header Cache-Control no-store always;\n}}\n"
        ),
        Gateway::Apache => {
            let mut text = format!(
                "# In the virtual host, before its other ProxyPass lines:\n\
                 ProxyPass \"{PATH}\" \"!\"\n\
                 Alias \"{PATH}\" \"{folder}{PATH}\"\n\
                 <Directory \"{folder}\">\n    Require all granted\n</Directory>\n"
            );
            for (status, _) in STATUSES {
                // Writing to a String cannot fail.
                let _ = writeln!(text, "ErrorDocument {status} {PATH}");
            }
            text
        }
        Gateway::Haproxy => {
            let lines = STATUSES.iter().map(|(status, _)| format!("errorfile {status} {folder}/{status}.http\n"));
            format!("# In the frontend, or in defaults:\n{}", lines.collect::<String>())
        }
        Gateway::Caddy => format!(
            "# In the site's block:\n\
             handle_errors {{\n    @gateway expression `{{err.status_code}} in [502, 503, 504]`\n    handle @gateway {{\n        \
             root * \"{folder}\"\n        rewrite * {PATH}\n        header Cache-Control no-store\n        file_server\n    }}\n}}\n"
        ),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address() -> Url {
        Url::parse("https://status.example.com/").unwrap()
    }

    #[test]
    fn the_page_is_small_and_whole() {
        for gateway in [Gateway::Nginx, Gateway::Apache, Gateway::Haproxy, Gateway::Caddy] {
            for file in files(gateway, &page("The shop is not reachable", Some(&address()))) {
                assert!(file.content.len() <= 6 * 1024, "{} bytes", file.content.len());
                for placeholder in ["{title}", "{status}", "{status_json}"] {
                    assert!(!file.content.contains(placeholder), "{placeholder}");
                }
            }
        }
    }

    #[test]
    fn without_a_status_page_it_asks_nobody() {
        let text = page("Not reachable", None);
        assert!(text.contains("var status = null,") && !text.contains("State of our systems"), "{text}");
        assert!(page("x", Some(&address())).contains(r#"var status = "https://status.example.com","#));
    }

    #[test]
    fn a_title_stays_text() {
        let text = page("</title><script>alert(1)</script>", None);
        assert!(!text.contains("<script>alert"), "{text}");
    }

    #[test]
    fn directives_name_the_folder_and_every_status() {
        for gateway in [Gateway::Nginx, Gateway::Apache, Gateway::Haproxy, Gateway::Caddy] {
            let text = directives(gateway, Path::new("/srv/errors"));
            assert!(text.contains("/srv/errors"), "{text}");
            for (status, _) in STATUSES {
                assert!(text.contains(&status.to_string()), "{text}");
            }
        }
    }
}
