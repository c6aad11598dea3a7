//! Gateway pairs: a gateway and an upstream on loopback, each well or ill.

use super::*;
use crate::probe::Direct;
use std::time::Instant;

fn pair(gateway: SocketAddr, upstream: SocketAddr) -> Check {
    let target = Target::get(format!("http://{gateway}/in?a=b").parse().unwrap());
    Check { direct: Some(Direct::new(url(upstream))), ..check(target, Expect::http()) }
}

async fn fault(check: &Check) -> (Class, Origin, String) {
    let sample = probe(check).await.sample;
    let fault = sample.fault.unwrap();
    (sample.class, fault.origin, fault.detail)
}

#[tokio::test]
async fn a_failure_says_on_which_side_it_is() {
    let gateway = Mischief::start(status(502)).await;
    let upstream = Mischief::start(status(200)).await;
    let one = pair(gateway.address(), upstream.address());
    let words = "the upstream answers when asked directly, the gateway does not pass it on";
    assert_eq!(fault(&one).await, (Class::Down, Origin::Edge, words.to_owned()));
    let seen = String::from_utf8(upstream.requests()[0].clone()).unwrap();
    let same = format!("GET /in?a=b HTTP/1.1\r\nHost: {}\r\n", gateway.address());
    assert!(seen.starts_with(&same), "the same request, with the gateway's Host: {seen}");
    upstream.change(status(500));
    let words = "the upstream itself is down (status 500)";
    assert_eq!(fault(&one).await, (Class::Down, Origin::Upstream, words.to_owned()));
    let nobody = pair(gateway.address(), closed_port().await);
    let words = "the upstream itself is down (connection refused)";
    assert_eq!(fault(&nobody).await, (Class::Down, Origin::Upstream, words.to_owned()));
    let (_, origin, detail) = fault(&pair(closed_port().await, closed_port().await)).await;
    assert_eq!(origin, Origin::Edge);
    assert!(detail.ends_with("; the upstream is down too (connection refused)"), "{detail}");
    upstream.change(status(200));
    let (_, origin, detail) = fault(&pair(closed_port().await, upstream.address())).await;
    assert_eq!(origin, Origin::Edge);
    assert!(detail.contains("errno 111") && detail.ends_with("at the gateway or on the way to it"), "{detail}");
}

#[tokio::test]
async fn both_ways_together_stay_within_the_monitors_time() {
    let gateway = Mischief::start(vec![Move::Hang]).await;
    let upstream = Mischief::start(status(200)).await;
    let one = pair(gateway.address(), upstream.address());
    let in_time = |began: Instant| began.elapsed() < one.timeout + Duration::from_millis(700);
    let began = Instant::now();
    let (class, origin, detail) = fault(&one).await;
    assert!(in_time(began), "{:?}", began.elapsed());
    assert_eq!((class, origin), (Class::Down, Origin::Edge));
    assert!(detail.contains("the gateway does not pass it on"), "{detail}");
    upstream.change(vec![Move::Hang]);
    let began = Instant::now();
    let (_, origin, detail) = fault(&one).await;
    assert!(in_time(began), "{:?}", began.elapsed());
    assert!(origin == Origin::Upstream && detail.contains("itself is down (no answer in time)"), "{detail}");
}

#[tokio::test]
async fn a_well_gateway_alone_makes_the_sample_and_its_upstream_is_asked_seldom() {
    let gateway = Mischief::start(status(200)).await;
    let upstream = Mischief::start(status(500)).await;
    let one = pair(gateway.address(), upstream.address());
    for _ in 0..3 {
        let attempted = probe(&one).await;
        assert_eq!((attempted.sample.class, attempted.sample.fault), (Class::Up, None));
        let seen = attempted.seen.unwrap();
        assert!(
            seen.starts_with("asked past the gateway at ") && seen.contains("status 500; is `direct` right?"),
            "{seen}"
        );
    }
    assert_eq!((gateway.requests().len(), upstream.requests().len()), (3, 1));
}

#[tokio::test]
async fn an_upstream_may_redirect_to_its_public_name_and_show_any_certificate() {
    let gateway = Mischief::start(status(502)).await;
    let upstream = Mischief::start_tls(Certificate::SelfSigned, redirect("https://shop.test/in")).await;
    let mut ask = HttpAsk::get(gateway.url("/").parse().unwrap());
    ask.redirects = 2;
    let target = Target::Http(Box::new(ask));
    let direct = Some(Direct::new(upstream.url("/").parse().unwrap()));
    let (_, origin, detail) = fault(&Check { direct, ..check(target, Expect::http()) }).await;
    assert!(origin == Origin::Edge && detail.starts_with("the upstream answers"), "{detail}");
}

#[tokio::test]
async fn what_may_not_be_asked_says_nothing_of_the_upstream() {
    let gateway = Mischief::start(status(502)).await;
    let one = pair(gateway.address(), closed_port().await);
    let guard = Netguard::for_server(&NetRules::default()).unwrap().with_leave(one.target.places());
    let fault = attempt(&guard, &one).await.sample.fault.unwrap();
    assert_eq!((fault.origin, fault.status), (Origin::Upstream, Some(502)), "as the gateway said");
    assert!(fault.detail.starts_with("the upstream could not be asked directly ("), "{fault:?}");
}
