//! Entity tags, encodings and caches.

use crate::support::Site;
use std::io::Read as _;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_did_not_change_is_not_sent_again() {
    let site = Site::start().await;
    for path in ["/help/502", "/causes", "/favicon.svg", "/feed.atom"] {
        let first = site.get(path).await;
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with('"') && tag.len() > 12, "{path}: {tag:?}");
        assert_eq!(first.header("vary"), "accept-encoding", "{path}");
        assert!(first.header("cache-control").starts_with("public, max-age=5"), "{path}");
        assert_eq!(first.header("set-cookie"), "", "{path}");
        let again = site.ask("GET", path, &[("If-None-Match", &tag)], "").await;
        // The tag is the content's: another answer is right only where the content changed meanwhile.
        if again.status == 304 {
            assert_eq!((again.body.as_str(), again.header("etag")), ("", tag.as_str()), "{path}");
        } else {
            assert_ne!(again.header("etag"), tag, "{path}");
        }
        let other = site.ask("GET", path, &[("If-None-Match", "\"other\"")], "").await;
        assert_eq!(other.status, 200, "{path}");
    }
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn encodings_hold_the_page_that_is_sent_without() {
    let site = Site::start().await;
    let plain = site.get("/feed.atom").await;
    let gzip = site.ask("GET", "/feed.atom", &[("Accept-Encoding", "gzip")], "").await;
    assert_eq!(gzip.header("content-encoding"), "gzip");
    let mut text = String::new();
    flate2::read::GzDecoder::new(&gzip.bytes[..]).read_to_string(&mut text).expect("gzip");
    assert_eq!(text, plain.body);
    let brotli = site.ask("GET", "/feed.atom", &[("Accept-Encoding", "gzip, br")], "").await;
    assert_eq!(brotli.header("content-encoding"), "br");
    let mut text = String::new();
    brotli::Decompressor::new(&brotli.bytes[..], 4096).read_to_string(&mut text).expect("brotli");
    assert_eq!(text, plain.body);
    for accepted in ["identity", "br;q=0, gzip;q=0", "zstd"] {
        let reply = site.ask("GET", "/feed.atom", &[("Accept-Encoding", accepted)], "").await;
        assert_eq!((reply.header("content-encoding"), reply.body.as_str()), ("", plain.body.as_str()), "{accepted}");
    }
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn query_strings_make_no_other_page() {
    let site = Site::start().await;
    let tag = site.get("/help/502").await.header("etag").to_owned();
    for query in ["?", "?a=b", "?utm_source=x&y=%00", "?%ff"] {
        let reply = site.ask("GET", &format!("/help/502{query}"), &[], "").await;
        assert_eq!(reply.status, 200, "{query}");
    }
    assert!(!tag.is_empty());
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_is_rendered_for_those_who_ask_and_once_for_all_of_them() {
    let site = Site::start_watching("[metrics]\npublic = true\n").await;
    let figure = async |name: &str| -> u64 {
        let text = site.get("/metrics").await.body;
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.expect("the metric is told").parse().expect("a whole number")
    };
    site.get("/help/502").await;
    assert_eq!(figure("gatewatch_page_renders").await, 0, "nobody has asked for the page");
    let first = figure("gatewatch_state_version").await;
    let asked = (0..40).map(|_| site.get("/"));
    for page in futures_util::future::join_all(asked).await {
        assert!(page.status == 200 && page.body.contains("Example status"), "{page:?}");
    }
    let renders = figure("gatewatch_page_renders").await;
    let states = figure("gatewatch_state_version").await - first + 1;
    assert!((1..=states).contains(&renders), "{renders} renderings of {states} states");
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn embedded_files_are_kept_for_ever_and_found_by_their_hash_only() {
    let site = Site::start().await;
    let page = site.get("/help/502").await.body;
    let css = page.split("href=\"").filter_map(|rest| rest.split('"').next()).find(|href| href.starts_with("/assets/"));
    let css = css.expect("the page has a style sheet");
    let reply = site.get(css).await;
    assert_eq!(reply.status, 200);
    assert!(reply.header("cache-control").contains("immutable"));
    assert_eq!(reply.header("content-type"), "text/css; charset=utf-8");
    let again = site.ask("GET", css, &[("If-None-Match", reply.header("etag"))], "").await;
    assert_eq!(again.status, 304);
    assert_eq!(site.get("/assets/0000000000000000/main.css").await.status, 404);
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_are_closed_by_their_address_and_the_page_stays_one() {
    let groups = "[[components]]\nid = \"a\"\nname = \"One\"\ngroup = \"Sites\"\nmonitors = [\"web\"]\n\
                  [[components]]\nid = \"b\"\nname = \"Two\"\ngroup = \"APIs\"\nmonitors = [\"api\"]\n\
                  [[monitors]]\nid = \"api\"\nurl = \"http://127.0.0.1:9/\"\ninterval = \"1h\"\n";
    let site = Site::start_watching(groups).await;
    let home = site.get("/").await;
    assert!(home.body.starts_with("<!DOCTYPE html><html lang=\"en\" dir=\"ltr\">"), "{}", home.body);
    let links: Vec<&str> = home.body.split("href=\"fold/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(links.len(), 2, "{}", home.body);
    let first = site.get(&format!("/fold/{}", links[0])).await;
    let place = first.header("location").to_owned();
    assert_eq!((first.status, place.as_str()), (303, format!("/closed/{}/status", links[0]).as_str()));
    let closed = site.get(&place).await;
    assert!(
        closed.body.starts_with("<!DOCTYPE html><html data-closed=\"1\" lang=\"en\" dir=\"ltr\">"),
        "{}",
        closed.body
    );
    let both = site.get(&format!("/closed/{}/fold/{}", links[0], links[1])).await;
    assert_eq!(both.header("location"), format!("/closed/{}.{}/status", links[0], links[1]));
    assert!(site.get(both.header("location")).await.body.starts_with("<!DOCTYPE html><html data-closed=\"1 2\" "));
    let back = site.get(&format!("/closed/{}/fold/{}", links[0], links[0])).await;
    assert_eq!(back.header("location"), "/");
    let gone = site.get("/closed/0123456789.x/status").await;
    assert!(
        gone.status == 200 && gone.body.starts_with("<!DOCTYPE html><html lang="),
        "a group that is gone closes nothing"
    );
    let again = site.ask("GET", &place, &[("If-None-Match", closed.header("etag"))], "").await;
    // A change between the two is a new page.
    assert!(again.status == 304 || again.header("etag") != closed.header("etag"), "{again:?}");
    site.stop().await;
}
