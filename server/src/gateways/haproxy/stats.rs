//! What a running HAProxy says of itself over its stats socket: `show info`, `show stat`, `show servers state`.

use std::collections::BTreeMap;

/// Rows of one answer that are kept.
const MAX_ROWS: usize = 4096;

/// One row of `show stat`: a frontend, a backend, a server or a listener.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct StatRow {
    /// The proxy.
    pub(crate) proxy: String,
    /// The server; `FRONTEND` or `BACKEND` for a proxy as a whole.
    pub(crate) name: String,
    fields: BTreeMap<String, String>,
}

impl StatRow {
    /// A field; empty where there is none.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// A number; `None` where there is none.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.field(name).parse().ok()
    }
}

/// What `show servers state` says of one server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ServerState {
    /// The backend.
    pub(crate) backend: String,
    /// The server.
    pub(crate) name: String,
    /// The address that it is asked at now.
    pub(crate) address: String,
    /// The port.
    pub(crate) port: u16,
    /// Why it is out, as bits.
    pub(crate) admin: u8,
}

impl ServerState {
    /// Taken out over the socket or by an agent (forced maintenance or drain), not by the configuration.
    pub(crate) const fn by_hand(&self) -> bool {
        self.admin & (0x01 | 0x08) != 0
    }

    /// Taken out because its name leads nowhere.
    pub(crate) const fn unresolved(&self) -> bool {
        self.admin & 0x20 != 0
    }
}

/// Everything that was answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Stats {
    /// `show info`: `Version`, `Maxconn`, `CurrConns` …
    pub(crate) info: BTreeMap<String, String>,
    /// `show stat`.
    pub(crate) rows: Vec<StatRow>,
    /// `show servers state`.
    pub(crate) servers: Vec<ServerState>,
}

impl Stats {
    /// Reads the answers to all three, in whatever order they come.
    pub(crate) fn read(text: &str) -> Self {
        let mut stats = Self::default();
        let mut header: Option<Vec<String>> = None;
        let mut states: Option<Vec<String>> = None;
        for line in text.lines() {
            if line.is_empty() {
                (header, states) = (None, None);
            } else if let Some(names) = line.strip_prefix("# pxname,") {
                header = Some(std::iter::once("pxname").chain(names.split(',')).map(str::to_owned).collect());
            } else if let Some(names) = line.strip_prefix("# be_id ") {
                states = Some(std::iter::once("be_id").chain(names.split(' ')).map(str::to_owned).collect());
            } else if let Some(names) = &header {
                stats.row(names, line);
            } else if let Some(names) = &states {
                stats.state(names, line);
            } else if let Some((name, value)) = line.split_once(": ")
                && stats.info.len() < 256
            {
                stats.info.insert(name.to_owned(), value.to_owned());
            }
        }
        stats
    }

    /// The row of a proxy's part.
    pub(crate) fn row_of(&self, proxy: &str, name: &str) -> Option<&StatRow> {
        self.rows.iter().find(|row| row.proxy == proxy && row.name == name)
    }

    fn row(&mut self, names: &[String], line: &str) {
        let values = comma_separated(line);
        let fields: BTreeMap<String, String> =
            names.iter().cloned().zip(values).filter(|(n, _)| !n.is_empty()).collect();
        let text = |name: &str| fields.get(name).cloned().unwrap_or_default();
        if self.rows.len() < MAX_ROWS {
            self.rows.push(StatRow { proxy: text("pxname"), name: text("svname"), fields });
        }
    }

    fn state(&mut self, names: &[String], line: &str) {
        let fields: BTreeMap<&str, &str> = names.iter().map(String::as_str).zip(line.split(' ')).collect();
        let text = |name: &str| fields.get(name).map_or_else(String::new, |value| (*value).to_owned());
        if self.servers.len() < MAX_ROWS {
            self.servers.push(ServerState {
                backend: text("be_name"),
                name: text("srv_name"),
                address: text("srv_addr"),
                port: text("srv_port").parse().unwrap_or(0),
                admin: text("srv_admin_state").parse().unwrap_or(0),
            });
        }
    }
}

/// Values between commas; one in quotes may hold commas, and quotes twice.
fn comma_separated(line: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut value = String::new();
    let mut quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                value.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => values.push(std::mem::take(&mut value)),
            other => value.push(other),
        }
    }
    values.push(value);
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As HAProxy 2.6.12 answers `show info;show stat;show servers state`, shortened.
    const ANSWER: &str = "Name: HAProxy\nVersion: 2.6.12-1+deb12u4\nMaxconn: 200\nCurrConns: 3\n\n\
        # pxname,svname,qcur,qmax,scur,smax,slim,stot,status,check_status,check_code,last_chk,\n\
        web,FRONTEND,,,3,3,200,7,OPEN,,,,\n\
        app,app1,2,2,1,1,1,5,DOWN 1/2,L7STS,404,\"Layer7 wrong status, \"\"x\"\"\",\n\
        app,BACKEND,2,2,1,3,20,7,UP,,,,\n\n\
        1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_port\n\
        3 app 1 app1 127.0.0.1 0 33 1 8080\n\n";

    #[test]
    fn reads_all_three_answers() {
        let stats = Stats::read(ANSWER);
        assert_eq!(stats.info.get("Maxconn").map(String::as_str), Some("200"));
        let row = stats.row_of("app", "app1").unwrap();
        assert_eq!((row.number("qcur"), row.number("slim"), row.field("status")), (Some(2), Some(1), "DOWN 1/2"));
        assert_eq!(row.field("last_chk"), "Layer7 wrong status, \"x\"");
        let state = &stats.servers[0];
        assert_eq!(
            (state.backend.as_str(), state.port, state.by_hand(), state.unresolved()),
            ("app", 8080, true, true)
        );
    }

    #[test]
    fn half_an_answer_is_still_read() {
        for cut in 0..ANSWER.len() {
            let _ = Stats::read(&ANSWER[..cut]);
        }
        assert_eq!(Stats::read("Permission denied\n"), Stats::default());
    }
}
