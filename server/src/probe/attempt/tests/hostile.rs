//! The corpus of hostile peers: each behaviour over real sockets on loopback, with its one result.
//!
//! `tests/corpora/hostile-http.txt` lists and explains them. A row may have several variants, which all have its result.

mod frames;
mod names;
mod secure;

use super::*;
use std::any::Any;
use std::collections::BTreeMap;
use std::time::Instant;

const CORPUS: &str = include_str!("../../../../tests/corpora/hostile-http.txt");
/// The corpus must not shrink unnoticed.
const ROWS: usize = 80;
/// The monitor's own time-out, and what a busy machine may add to it.
const PATIENCE: Duration = Duration::from_millis(1_500);
const SLACK: Duration = Duration::from_secs(6);

/// One variant: what is asked, of whom, and with what leave.
struct Scene {
    check: Check,
    guard: Option<Netguard>,
    /// Requests that the peer may see.
    most_requests: usize,
    peer: Option<Mischief>,
    held: Vec<Box<dyn Any + Send>>,
}

impl Scene {
    fn of(check: Check, held: impl Any + Send) -> Self {
        Self { check, guard: None, most_requests: usize::MAX, peer: None, held: vec![Box::new(held)] }
    }

    async fn play(moves: Vec<Move>, change: impl FnOnce(&mut HttpAsk, &mut Expect)) -> Self {
        let peer = Mischief::start(moves).await;
        let (mut ask, mut expect) = (HttpAsk::get(peer.url("/in").parse().unwrap()), Expect::http());
        change(&mut ask, &mut expect);
        let check = Check { timeout: PATIENCE, ..check(Target::Http(Box::new(ask)), expect) };
        Self { peer: Some(peer), ..Self::of(check, ()) }
    }

    async fn plain(moves: Vec<Move>) -> Self {
        Self::play(moves, |_, _| {}).await
    }

    async fn all(list: Vec<Vec<Move>>) -> Vec<Self> {
        futures_util::future::join_all(list.into_iter().map(Self::plain)).await
    }

    /// Follows redirects that lead there.
    async fn follows(moves: Vec<Move>) -> Self {
        Self::play(moves, |ask, _| ask.redirects = 5).await
    }

    fn once(self) -> Self {
        Self { most_requests: 1, ..self }
    }
}

fn head(lines: &str, body: impl AsRef<[u8]>) -> Vec<Move> {
    answer([b"HTTP/1.1 200 OK\r\n", lines.as_bytes(), b"\r\n", body.as_ref()].concat())
}

fn then(mut moves: Vec<Move>, more: Move) -> Vec<Move> {
    moves.push(more);
    moves
}

/// The variants of a row of HTTP over TCP.
async fn plainly(id: &str) -> Vec<Scene> {
    let raw = |text: &str| answer(text.as_bytes());
    let many = |texts: &[&str]| texts.iter().map(|text| raw(text)).collect::<Vec<_>>();
    let with = |lines: &[&str], body: &'static str| lines.iter().map(|lines| head(lines, body)).collect::<Vec<_>>();
    let chunked = "Transfer-Encoding: chunked\r\n";
    let moves = match id {
        "T03" => vec![vec![Move::Reset]],
        "T04" => vec![vec![]],
        "T05" => vec![vec![Move::Hang]],
        "H01" => many(&["HTTP/1.1 200\r\n\r\n", "HTTP/1.1 200 \r\n\r\n"]),
        "H02" => {
            many(&["SSH-2.0-OpenSSH_9.2\r\n", "220 mail ESMTP\r\n", "\x01\x02\x03\x04\x05\x06\x07\x08\x09\r\n\r\n"])
        }
        "H03" => many(&["<html><body>hello</body></html>\r\n"]),
        "H04" => ["99", "600", "0", "-1", "20O"].map(|code| raw(&format!("HTTP/1.1 {code} X\r\n\r\n"))).to_vec(),
        "H05" => vec![head(&"A: b\r\n".repeat(10_000), "")],
        "H06" => vec![head(&format!("A: {}\r\n", "b".repeat(10 << 20)), "")],
        "H07" => {
            vec![vec![Move::ReadHead, Move::Send(b"HTTP/1.1 200 OK\r\nA: ".to_vec()), Move::Forever(vec![b'b'; 4096])]]
        }
        "H08" => {
            vec![vec![Move::ReadHead, Move::Drip(b"HTTP/1.1 200 OK\r\nA: b\r\n".repeat(9), Duration::from_millis(90))]]
        }
        "H09" => [
            vec![raw("HTTP/1.1 200 OK\nA: b\n\n")],
            with(&["A: b\r\n c\r\n", "A: b\0c\r\n", "A: b\x1b[31m\r\n", "A b: c\r\n"], ""),
        ]
        .concat(),
        "H10" => with(
            &[
                "Content-Length: 1\r\nContent-Length: 2\r\n",
                "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                "Transfer-Encoding: chunked, chunked\r\n",
                "Content-Length: +5\r\n",
                "Content-Length: 0x5\r\n",
                "Content-Length: -5\r\n",
            ],
            "0\r\n\r\n",
        ),
        "H11" => vec![vec![Move::ReadHead, Move::Forever(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec())]],
        "H12" => {
            let hint = "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n".repeat(3);
            vec![raw(&format!("{hint}HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))]
        }
        "H13" => many(&["HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"]),
        "H15" => {
            let odd = "A: <script>alert(1)</script>\r\nB: \u{202e}desrever\r\nContent-Length: 2\r\nC: ";
            vec![answer([b"HTTP/1.1 200 OK\r\n", odd.as_bytes(), b"\xff\xfe\r\n\r\nok"].concat())]
        }
        "H16" => many(&[
            "HTTP/1.1 204 No Content\r\n\r\nsurplus",
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\nsurplus",
        ]),
        "H17" => [401, 403, 404, 429, 500, 503]
            .map(|code| raw(&format!("HTTP/1.1 {code} X\r\nRetry-After: 99999999999\r\nContent-Length: 0\r\n\r\n")))
            .to_vec(),
        "H18" => vec![head("Content-Length: 2\r\n", "okHTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n")],
        "B01" => vec![then(head("Content-Length: 1073741824\r\n", ""), Move::Forever(vec![b'x'; 64 * 1024]))],
        "B02" => {
            vec![then(head(chunked, ""), Move::Forever([&b"4000\r\n"[..], &vec![b'x'; 0x4000], b"\r\n"].concat()))]
        }
        "B03" => vec![then(head("Content-Length: 99\r\n", ""), Move::Drip(vec![b'x'; 99], Duration::from_millis(150)))],
        "B04" => vec![head("Content-Length: 9\r\n", "abc"), head(chunked, "5\r\nhel")],
        "B05" => vec![head("Content-Length: 2\r\n", "abc")],
        "B06" => with(&[chunked], "FFFFFFFFFFFFFFFFF\r\n")
            .into_iter()
            .chain(with(&[chunked], "-1\r\nx\r\n"))
            .chain(with(&[chunked], "zz\r\n"))
            .collect(),
        "B10" => with(&["Content-Encoding: gzip\r\nContent-Length: 5\r\n"], "plain"),
        "B14" => ["text/event-stream", "multipart/x-mixed-replace; boundary=x"]
            .map(|kind| {
                let begun = head(&format!("Content-Type: {kind}\r\n"), "data: 1\n\n");
                then(begun, Move::Drip(vec![b'x'; 999], Duration::from_millis(100)))
            })
            .to_vec(),
        _ => return of_its_own(id).await,
    };
    Scene::all(moves).await
}

/// Rows that need more than moves.
async fn of_its_own(id: &str) -> Vec<Scene> {
    let encoded = |coding: &str, bytes: &[u8]| {
        head(&format!("Content-Encoding: {coding}\r\nContent-Length: {}\r\n", bytes.len()), bytes)
    };
    let judging = |moves, rule: TextRule| Scene::play(moves, |_, expect| expect.body = vec![rule]);
    match id {
        "T01" => {
            let target = Target::get(url(closed_port().await));
            vec![Scene::of(Check { timeout: PATIENCE, ..check(target, Expect::http()) }, ())]
        }
        "T02" | "T06" => vec![full_queue().await],
        "T07" => {
            let large = bytes::Bytes::from(vec![b'x'; 64 << 20]);
            let post = |ask: &mut HttpAsk, _: &mut Expect| (ask.method, ask.body) = ("POST".to_owned(), large);
            vec![Scene::play(vec![Move::Hang], post).await]
        }
        "H14" => {
            let lines = "Set-Cookie: a=b\r\nAlt-Svc: h3=\":443\"\r\nStrict-Transport-Security: max-age=9\r\nRefresh: 0; \
                         url=/next\r\nLink: </a.css>; rel=preload\r\nContent-Length: 0\r\n";
            vec![Scene::plain(head(lines, "")).await.once()]
        }
        "B07" => vec![Scene::plain(encoded("gzip", &gzip(&vec![0; 8 << 20]))).await],
        "B08" => vec![Scene::plain(encoded("br", &[0x5b; 16 * 1024])).await],
        "B09" => vec![Scene::plain(encoded("gzip", &(0..10).fold(vec![0; 4096], |inner, _| gzip(&inner)))).await],
        "B11" => {
            let wide = [&b"\xff\xfeo\x00k\x00\xc3\x28 ok "[..], &vec![b'x'; 1 << 20]].concat();
            vec![judging(head("", &wide), contains("ok")).await]
        }
        "B12" => vec![Scene::plain(head("", "<title>Index of /</title>")).await],
        "B13" => {
            let rule = TextRule::Matches(Pattern::new("(a+)+$", false).unwrap());
            vec![judging(head("", format!("{}!", "a".repeat(200 * 1024))), rule).await]
        }
        "R01" | "R02" => {
            let peer = Scene::follows(Vec::new()).await;
            let own = peer.peer.as_ref().unwrap();
            if id == "R01" {
                own.change(redirect(&own.url("/in")));
                return vec![peer];
            }
            vec![chain().await]
        }
        "R03" => {
            many_redirects(&[
                "http://127.0.0.1:1/",
                "http://169.254.169.254/latest",
                "http://[::ffff:7f00:1]/",
                "http://2130706433/",
            ])
            .await
        }
        "R04" => {
            let two = "HTTP/1.1 302 Found\r\nLocation: /a\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n";
            let none = "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n";
            vec![
                Scene::follows(answer(none)).await,
                Scene::follows(answer(two)).await,
                Scene::follows(redirect(&"x".repeat(1 << 20))).await,
            ]
        }
        "R06" => {
            many_redirects(&[
                "file:///etc/passwd",
                "gopher://a.test/",
                "javascript:alert(1)",
                "http://u:p@a.test/",
                "http://192.0.2.1:22/",
            ])
            .await
        }
        "R08" => vec![to_another_origin().await],
        "R09" => {
            let page = "<meta http-equiv=refresh content='0; url=/next'><script>location='/next'</script>";
            vec![Scene::follows(head("", page)).await.once()]
        }
        _ => Vec::new(),
    }
}

async fn many_redirects(places: &[&str]) -> Vec<Scene> {
    futures_util::future::join_all(places.iter().map(|place| Scene::follows(redirect(place)))).await
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A listener that accepts nobody, with its queue full: the kernel drops every further SYN.
#[expect(clippy::disallowed_methods, reason = "the test fills its own listener's queue")]
async fn full_queue() -> Scene {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut held = Vec::new();
    while let Ok(Ok(stream)) =
        tokio::time::timeout(Duration::from_millis(300), tokio::net::TcpStream::connect(address)).await
    {
        held.push(stream);
        assert!(held.len() < 10, "the queue never fills");
    }
    let check = Check { timeout: PATIENCE, ..check(Target::get(url(address)), Expect::http()) };
    Scene::of(check, (listener, held))
}

/// Redirects to ever new places of itself.
async fn chain() -> Scene {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        for hop in 0..20 {
            let Ok((mut stream, _)) = listener.accept().await else { return };
            let mut head = [0; 2048];
            drop(stream.read(&mut head).await);
            let reply = format!("HTTP/1.1 302 Found\r\nLocation: /{hop}\r\nContent-Length: 0\r\n\r\n");
            drop(stream.write_all(reply.as_bytes()).await);
        }
    });
    let ask = HttpAsk { redirects: 5, ..HttpAsk::get(url(address)) };
    Scene::of(Check { timeout: PATIENCE, ..check(Target::Http(Box::new(ask)), Expect::http()) }, tasks)
}

/// A POST with a body and credentials that is sent on to another port.
async fn to_another_origin() -> Scene {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let other = listener.local_addr().unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut seen = vec![0; 4096];
        let count = stream.read(&mut seen).await.unwrap();
        let seen = String::from_utf8_lossy(&seen[..count]).into_owned();
        let clean = seen.starts_with("GET /end ") && !seen.contains("s3cret") && !seen.contains("Content-Length");
        let code = if clean { 200 } else { 500 };
        drop(stream.write_all(format!("HTTP/1.1 {code} X\r\nContent-Length: 0\r\n\r\n").as_bytes()).await);
    });
    let redirect = format!("HTTP/1.1 307 X\r\nLocation: http://{other}/end\r\nContent-Length: 0\r\n\r\n");
    let mut scene = Scene::follows(answer(redirect)).await;
    let Target::Http(ask) = &mut scene.check.target else { unreachable!("it is HTTP") };
    ask.method = "POST".to_owned();
    ask.body = bytes::Bytes::from_static(b"s3cret");
    ask.authorization = Some("Bearer s3cret".to_owned());
    let guard = Netguard::for_server(&NetRules::default()).unwrap().with_leave(scene.check.places());
    scene.guard = Some(guard.with_leave(crate::netguard::Place::of(&url(other))));
    scene.held.push(Box::new(tasks));
    scene
}

/// What a scene came to, as a row of the corpus says it, and what else is wrong with it.
async fn result(id: &str, scene: Scene) -> Result<(String, String, String), String> {
    let guard = scene
        .guard
        .clone()
        .unwrap_or_else(|| Netguard::for_server(&NetRules::default()).unwrap().with_leave(scene.check.places()));
    let began = Instant::now();
    let sample = attempt(&guard, &scene.check).await.sample;
    let took = began.elapsed();
    if took > scene.check.timeout + SLACK {
        return Err(format!("{id} took {took:?}"));
    }
    let seen = scene.peer.as_ref().map_or(0, |peer| peer.requests().len());
    if seen > scene.most_requests {
        return Err(format!("{id} asked {seen} times"));
    }
    let (kind, origin, detail) = sample.fault.map_or_else(
        || ("-".to_owned(), "-".to_owned(), String::new()),
        |fault| (fault.kind.to_string(), fault.origin.to_string(), fault.detail),
    );
    for theirs in ["OpenSSH", "ESMTP", "<script>", "script", "\u{1b}", "Index of"] {
        if detail.contains(theirs) {
            return Err(format!("{id} repeats the peer: {detail}"));
        }
    }
    Ok((sample.class.to_string(), kind, origin))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_hostile_peer_gets_its_one_result() {
    let rows: BTreeMap<&str, Vec<&str>> = CORPUS
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split_once('\t').unwrap())
        .map(|(id, rest)| (id, rest.split('\t').collect()))
        .collect();
    assert_eq!(rows.len(), ROWS);
    let asked = rows.iter().filter(|(_, row)| row[0] != "elsewhere").map(|(id, row)| async move {
        let scenes = match id.as_bytes()[0] {
            b'D' => names::scenes(id).await,
            b'L' => secure::scenes(id).await,
            b'P' => frames::scenes(id).await,
            _ if *id == "R05" => secure::scenes(id).await,
            _ => plainly(id).await,
        };
        if scenes.is_empty() {
            return vec![format!("{id} is played by nobody")];
        }
        let results = futures_util::future::join_all(scenes.into_iter().map(|scene| result(id, scene))).await;
        let wrong = results.into_iter().filter_map(|result| match result {
            Ok((class, kind, origin))
                if class == row[0] && row[1].split('/').any(|one| one == kind) && origin == row[2] =>
            {
                None
            }
            other => Some(format!("{id} ({}): {other:?}, not {:?}", row[3], &row[..3])),
        });
        wrong.collect()
    });
    let wrong: Vec<String> = futures_util::future::join_all(asked).await.concat();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
