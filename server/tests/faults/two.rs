//! A network of two hosts: the gateway's, 198.51.100.1, and the application's, 198.51.100.2.

use super::gateway::{Gateway, Site};
use super::namespace::Namespace;

/// Both hosts, and what runs on the application's.
pub(crate) struct Two {
    pub(crate) gateway: Namespace,
    pub(crate) application: Namespace,
    _server: Gateway,
}

impl Two {
    /// An application that answers 200.
    pub(crate) fn new() -> Self {
        Self::serving("return 200 'hello';")
    }

    /// An application with this location.
    pub(crate) fn serving(location: &str) -> Self {
        let gateway = Namespace::new();
        let application = Namespace::within(&gateway);
        link("link0", (&gateway, "198.51.100.1/24"), (&application, "198.51.100.2/24"));
        let server = format!("server {{ listen 198.51.100.2:8080; location / {{ {location} }} }}");
        let server = Gateway::start(&Site { location: "return 200;", http: &server, namespace: Some(&application) });
        Self { gateway, application, _server: server }
    }

    /// The gateway, forwarding to the application.
    pub(crate) fn site(&self) -> Gateway {
        let location = "proxy_pass http://198.51.100.2:8080;";
        Gateway::start(&Site { location, http: "", namespace: Some(&self.gateway) })
    }
}

/// A link of the same name between two namespaces.
pub(crate) fn link(name: &str, (one, address): (&Namespace, &str), (two, other): (&Namespace, &str)) {
    let pid = two.pid();
    one.run(&["ip", "link", "add", name, "type", "veth", "peer", "name", name, "netns", &pid]);
    for (namespace, address) in [(one, address), (two, other)] {
        namespace.run(&["ip", "addr", "add", address, "dev", name]);
        namespace.run(&["ip", "link", "set", name, "up"]);
    }
}

/// A firewall with one chain.
pub(crate) fn chain(namespace: &Namespace, hook: &str, rules: &str) {
    let table = format!("table inet filter {{ chain {hook} {{ type filter hook {hook} priority 0; {rules}; }}; }}");
    namespace.run(&["nft", &table]);
}
