//! Peers that break the rules of HTTP/2, frame by frame.

use super::*;
use crate::probe::Version;

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PUSH_PROMISE: u8 = 5;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_HEADERS: u8 = 4;
/// `:status: 200`, from the static table.
const OK: u8 = 0x88;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A header that enters the dynamic table, with a value of 4,000 bytes.
fn large_header() -> Vec<u8> {
    [&[0x40, 1, b'a', 0x7f, 0xa1, 0x1e][..], &[b'v'; 4000]].concat()
}

/// The variants of a row of HTTP/2.
pub(super) async fn scenes(id: &str) -> Vec<Scene> {
    let settings = frame(SETTINGS, 0, 0, &[]);
    let begun =
        |first: &[u8]| vec![Move::ReadHead, Move::Send(first.to_vec()), Move::Pause(Duration::from_millis(200))];
    let ends = |last: Vec<u8>| then(then(begun(&settings), Move::Send(last)), Move::Hang);
    let moves = match id {
        "P01" => {
            let more = [&[0x00, 1, b'b', 0x7f, 0xa1, 0x1e][..], &[b'v'; 4000]].concat();
            let opened = then(begun(&settings), Move::Send(frame(HEADERS, 0, 1, &[OK])));
            vec![then(opened, Move::Forever(frame(CONTINUATION, 0, 1, &more)))]
        }
        "P02" => vec![then(begun(&settings), Move::Forever(frame(PING, 0, 0, &[0; 8]).repeat(200)))],
        "P03" => {
            let unfolds = [&[OK][..], &large_header(), &[0xbe; 12_000]].concat();
            vec![ends(frame(HEADERS, END_HEADERS, 1, &unfolds))]
        }
        "P04" => vec![
            ends(frame(RST_STREAM, 0, 1, &2_u32.to_be_bytes())),
            ends(frame(GOAWAY, 0, 0, &[0, 0, 0, 0, 0, 0, 0, 2])),
        ],
        "P05" => {
            let shut = frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0]);
            vec![vec![Move::ReadHead, Move::Send(shut), Move::Hang]]
        }
        "P06" => {
            let promise = [&2_u32.to_be_bytes()[..], &[0x82, 0x86, 0x84, 0x41, 1, b'a']].concat();
            let answer = frame(HEADERS, END_HEADERS | 1, 1, &[OK]);
            vec![ends([frame(PUSH_PROMISE, END_HEADERS, 1, &promise), answer].concat())]
        }
        _ => Vec::new(),
    };
    let played = moves.into_iter().map(|moves| {
        Scene::play(moves, |ask, _| {
            ask.version = Version::Two;
            if id == "P05" {
                ask.method = "POST".to_owned();
                ask.body = bytes::Bytes::from_static(&[b'x'; 1000]);
            }
        })
    });
    futures_util::future::join_all(played).await
}
