//! Name servers that misbehave.

use super::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A name server, in UDP and TCP at one port, whose answers depend on the name's first label.
#[expect(clippy::disallowed_methods, reason = "the test's own name server listens here")]
async fn server(lookups: Arc<AtomicUsize>) -> (SocketAddr, JoinSet<()>) {
    let (udp, tcp) = loop {
        let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        // The same port may be taken in TCP.
        if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()).await {
            break (udp, tcp);
        }
    };
    let address = udp.local_addr().unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut buffer = [0; 4096];
        while let Ok((length, peer)) = udp.recv_from(&mut buffer).await {
            if let Some(answer) = reply(&buffer[..length], &lookups, true) {
                udp.send_to(&answer, peer).await.unwrap();
            }
        }
    });
    tasks.spawn(async move {
        while let Ok((mut stream, _)) = tcp.accept().await {
            let Ok(length) = stream.read_u16().await else { continue };
            let mut asked = vec![0; usize::from(length)];
            if stream.read_exact(&mut asked).await.is_err() {
                continue;
            }
            if let Some(answer) = reply(&asked, &AtomicUsize::new(0), false) {
                drop(stream.write_u16(u16::try_from(answer.len()).unwrap()).await);
                drop(stream.write_all(&answer).await);
            }
        }
    });
    (address, tasks)
}

fn reply(asked: &[u8], lookups: &AtomicUsize, by_udp: bool) -> Option<Vec<u8>> {
    use hickory_resolver::proto::rr::rdata::{AAAA, CNAME};
    let asked = Message::from_vec(asked).unwrap();
    let query = asked.queries[0].clone();
    let (name, kind) = (query.name().clone(), query.query_type());
    let mut answer = Message::response(asked.metadata.id, asked.metadata.op_code);
    answer.add_query(query);
    let text = name.to_utf8();
    let label = text.split('.').next()?;
    let a = |last: [u8; 4]| Resource::from_rdata(name.clone(), 60, RData::A(A::from(std::net::Ipv4Addr::from(last))));
    match (label, kind) {
        ("absent", _) => answer.metadata.response_code = ResponseCode::NXDomain,
        ("failing", _) => answer.metadata.response_code = ResponseCode::ServFail,
        ("silent", _) => return None,
        ("noise", _) => return Some(vec![0xc0; 40]),
        ("circle" | "round", _) => {
            let other = if label == "circle" { "round.test." } else { "circle.test." };
            let to = RData::CNAME(CNAME(Name::from_ascii(other).unwrap()));
            answer.add_answer(Resource::from_rdata(name, 60, to));
        }
        ("many", RecordType::A) if by_udp => answer.metadata.truncation = true,
        ("many", RecordType::A) => {
            for number in 0..500_u16 {
                let [high, low] = number.to_be_bytes();
                answer.add_answer(a([127, 0, high, low + u8::from(number == 0)]));
            }
        }
        ("both", RecordType::A) => {
            answer.add_answer(a([192, 88, 100, 1]));
            answer.add_answer(a([127, 0, 0, 1]));
        }
        ("turning", RecordType::A) => {
            // A second look would lead where nobody listens.
            let second = lookups.fetch_add(1, Ordering::Relaxed) > 0;
            answer.add_answer(a([127, 0, 0, if second { 77 } else { 1 }]));
        }
        ("halves", RecordType::A) => {
            answer.add_answer(a([127, 0, 0, 1]));
        }
        ("halves", RecordType::AAAA) => {
            answer.add_answer(Resource::from_rdata(name, 60, RData::AAAA(AAAA(std::net::Ipv6Addr::LOCALHOST))));
        }
        _ => {}
    }
    answer.to_vec().ok()
}

/// The variants of a row of names.
pub(super) async fn scenes(id: &str) -> Vec<Scene> {
    let label = match id {
        "D01" => "absent",
        "D02" => "failing",
        "D03" => "silent",
        "D04" => "empty",
        "D05" => "circle",
        "D06" => "many",
        "D07" => "both",
        "D08" => "turning",
        "D09" => "noise",
        "D10" => "halves",
        _ => return Vec::new(),
    };
    let (address, tasks) = server(Arc::default()).await;
    let peer = Mischief::start(status(200)).await;
    let url = format!("http://{label}.test:{}/", peer.address().port()).parse().unwrap();
    let ask = HttpAsk { resolver: Some(address), ..HttpAsk::get(url) };
    let check = Check { timeout: PATIENCE, ..check(Target::Http(Box::new(ask)), Expect::http()) };
    let mut scene = Scene::of(check, tasks);
    scene.peer = Some(peer);
    if id == "D07" {
        // Nothing gives leave for the name, only for its server.
        let place = crate::netguard::Place { host: address.ip().to_string(), port: address.port() };
        scene.guard = Some(Netguard::for_server(&NetRules::default()).unwrap().with_leave([place]));
    }
    vec![scene]
}
