//! What the audit subsystem says of SELinux and `AppArmor`, with a line of each.

use super::super::signatures::{Begins, Catch, PLAIN, Signature};
use app::model::fact::logs::Meaning;

/// Its rows. Only denials of processes that are gateways; the port or the profile is kept.
pub(in crate::logs) static ROWS: &[Signature] = &[
    Signature {
        means: Meaning::SelinuxDenied,
        says: "SELinux forbade the gateway to connect to a port.",
        begins: Begins::Like(
            r#"avc:\s+denied\s+\{ name_connect \} for\s+pid=\d+ comm="(?:nginx|httpd|apache2|haproxy|caddy|traefik|envoy|varnishd|cache-\w+)" dest=(?P<caught>\d+) "#,
        ),
        catches: Catch::After("dest="),
        sample: r#"type=AVC msg=audit(1795359601.123:456): avc:  denied  { name_connect } for  pid=211 comm="nginx" dest=9000 scontext=system_u:system_r:httpd_t:s0 tcontext=system_u:object_r:unreserved_port_t:s0 tclass=tcp_socket permissive=0"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::SelinuxDenied,
        says: "SELinux forbade the gateway to use a unix socket.",
        begins: Begins::Like(
            r#"avc:\s+denied\s+\{ (?:connectto|write) \} for\s+pid=\d+ comm="(?:nginx|httpd|apache2|haproxy|caddy|traefik|envoy)" (?:path|name)="(?P<caught>[^"]*)" "#,
        ),
        catches: Catch::Quoted,
        sample: r#"type=AVC msg=audit(1795359601.123:457): avc:  denied  { connectto } for  pid=211 comm="nginx" path="/run/app.sock" scontext=system_u:system_r:httpd_t:s0 tcontext=system_u:system_r:unconfined_service_t:s0 tclass=unix_stream_socket permissive=0"#,
        ..PLAIN
    },
    Signature {
        means: Meaning::ApparmorDenied,
        says: "AppArmor forbade a confined process a connection or a file.",
        begins: Begins::Like(
            r#"apparmor="DENIED" operation="(?:connect|create|sendmsg|open|mknod)" (?:class="[a-z_]+" )?(?:info="[^"]*" )?(?:error=-?\d+ )?profile="(?P<caught>[^"]+)" "#,
        ),
        catches: Catch::Quoted,
        sample: r#"type=AVC msg=audit(1795359601.123:458): apparmor="DENIED" operation="connect" class="net" profile="/usr/sbin/nginx" pid=211 comm="nginx" family="inet" sock_type="stream" protocol=6 requested_mask="connect" denied_mask="connect""#,
        ..PLAIN
    },
];
