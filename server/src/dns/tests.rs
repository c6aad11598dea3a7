//! Real questions to a small name server of the test's own on loopback.

use super::*;
use crate::netguard::Netguard;
use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, CNAME};
use hickory_resolver::proto::rr::{Name, RData, Record as Row, RecordType};
use std::net::Ipv4Addr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// What the test's server does with a name.
fn answer(question: &[u8], by_tcp: bool) -> Option<Vec<u8>> {
    let asked = Message::from_vec(question).unwrap();
    let query = asked.queries[0].clone();
    let mut reply = Message::response(asked.metadata.id, asked.metadata.op_code);
    reply.add_query(query.clone());
    let a = |name: &Name, last| Row::from_rdata(name.clone(), 30, RData::A(A(Ipv4Addr::new(192, 0, 2, last))));
    let name = query.name().to_ascii();
    match name.trim_end_matches('.') {
        "app.test" if query.query_type() == RecordType::A => {
            let target = Name::from_ascii("real.test.").unwrap();
            reply.add_answer(Row::from_rdata(query.name().clone(), 60, RData::CNAME(CNAME(target.clone()))));
            reply.add_answer(a(&target, 7));
            reply.add_answer(a(&Name::from_ascii("unasked.test.").unwrap(), 9));
        }
        "app.test" => {}
        "gone.test" => reply.metadata.response_code = ResponseCode::NXDomain,
        "broken.test" => reply.metadata.response_code = ResponseCode::ServFail,
        "closed.test" => reply.metadata.response_code = ResponseCode::Refused,
        "large.test" if by_tcp => {
            reply.add_answer(a(query.name(), 8));
        }
        "large.test" => reply.metadata.truncation = true,
        "garbage.test" => return Some([&question[..2], b"not a message"].concat()),
        _ => return None,
    }
    Some(reply.to_vec().unwrap())
}

#[expect(clippy::disallowed_methods, reason = "the test's own server on loopback")]
async fn serve() -> (SocketAddr, tokio::task::JoinSet<()>) {
    let (tcp, udp) = loop {
        let tcp = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        if let Ok(udp) = tokio::net::UdpSocket::bind(tcp.local_addr().unwrap()).await {
            break (tcp, udp);
        }
    };
    let address = tcp.local_addr().unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(async move {
        let mut buffer = [0; 512];
        while let Ok((length, from)) = udp.recv_from(&mut buffer).await {
            // A forged answer with another number comes first and must be passed over.
            let mut forged = buffer[..length].to_vec();
            forged[0] ^= 0xff;
            udp.send_to(&forged, from).await.unwrap();
            if let Some(reply) = answer(&buffer[..length], false) {
                udp.send_to(&reply, from).await.unwrap();
            }
        }
    });
    tasks.spawn(async move {
        while let Ok((mut stream, _)) = tcp.accept().await {
            let length = stream.read_u16().await.unwrap();
            let mut question = vec![0; usize::from(length)];
            stream.read_exact(&mut question).await.unwrap();
            if let Some(reply) = answer(&question, true) {
                stream.write_u16(u16::try_from(reply.len()).unwrap()).await.unwrap();
                stream.write_all(&reply).await.unwrap();
            }
        }
    });
    (address, tasks)
}

async fn ask(server: SocketAddr, name: &str, record: Record) -> Lookup {
    let name = name.parse().unwrap();
    lookup(&Netguard::for_terminal(), server, &name, record, Duration::from_millis(400)).await
}

#[tokio::test]
async fn each_answer_has_its_outcome() {
    let (server, _tasks) = serve().await;
    let found = ask(server, "App.test.", Record::A).await;
    assert_eq!((found.outcome, found.rcode.as_deref()), (LookupOutcome::Answered, Some("NOERROR")));
    assert_eq!(found.addresses(), [IpAddr::from([192, 0, 2, 7])]);
    assert_eq!(found.answers[0].value, AnswerValue::Alias("real.test".to_owned()));
    assert_eq!((found.answers[0].ttl, found.name.as_str()), (60, "app.test"));
    for (name, record, outcome) in [
        ("app.test", Record::Aaaa, LookupOutcome::Nodata),
        ("gone.test", Record::A, LookupOutcome::Nxdomain),
        ("broken.test", Record::A, LookupOutcome::Servfail),
        ("closed.test", Record::A, LookupOutcome::Refused),
        ("garbage.test", Record::A, LookupOutcome::BadAnswer),
    ] {
        assert_eq!(ask(server, name, record).await.outcome, outcome, "{name}");
    }
}

#[tokio::test]
async fn a_cut_answer_is_asked_for_by_tcp() {
    let (server, _tasks) = serve().await;
    let found = ask(server, "large.test", Record::A).await;
    assert!(found.tcp);
    assert_eq!(found.addresses(), [IpAddr::from([192, 0, 2, 8])]);
}

#[tokio::test]
async fn silence_and_a_closed_port_are_told_apart() {
    let (server, _tasks) = serve().await;
    let silent = ask(server, "silent.test", Record::A).await;
    assert_eq!(silent.outcome, LookupOutcome::Timeout);
    assert!((400..1500).contains(&silent.took_ms), "{}", silent.took_ms);
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let closed = ask(free, "app.test", Record::A).await;
    assert_eq!(closed.outcome, LookupOutcome::Unreachable, "{}", closed.detail);
}

#[test]
fn names_are_data() {
    for (typed, name) in
        [("Shop.Example.", "shop.example"), ("_dmarc.x", "_dmarc.x"), ("bücher.example", "xn--bcher-kva.example")]
    {
        assert_eq!(typed.parse::<QueryName>().map(|name| name.as_str().to_owned()), Ok(name.to_owned()));
    }
    let long = "a.".repeat(127) + "ab";
    for (typed, error) in [
        ("", NameError::Length),
        (long.as_str(), NameError::Length),
        ("a..b", NameError::Label),
        ("a b", NameError::Character),
        ("a\n.b", NameError::Character),
        ("$(id)", NameError::Character),
    ] {
        assert_eq!(typed.parse::<QueryName>(), Err(error), "{typed}");
    }
}

#[test]
fn reads_resolv_conf_and_hosts() {
    let text = "# written by hand\nnameserver 10.0.0.53\nnameserver fe80::1%eth0\nnameserver x\nsearch a.test b.test\noptions ndots:5 edns0\n";
    let found = parse_resolv_conf(text);
    assert_eq!(found.servers, ["10.0.0.53:53".parse().unwrap(), "[fe80::1]:53".parse().unwrap()]);
    assert_eq!((found.search.len(), found.ndots), (2, 5));
    assert_eq!(parse_resolv_conf("").servers, ["127.0.0.1:53".parse().unwrap()]);
    let hosts = "127.0.0.1 localhost\n10.0.0.5 app App2 # app3\n::1 localhost\nnonsense localhost\n";
    assert_eq!(parse_hosts(hosts, "localhost").len(), 2);
    assert_eq!(parse_hosts(hosts, "APP2"), [IpAddr::from([10, 0, 0, 5])]);
    assert!(parse_hosts(hosts, "app3").is_empty());
}
