//! Rules against answers: what holds, what does not, and what the sentence says.

use super::*;
use crate::net::BodyEnd;
use std::net::IpAddr;

fn answer(headers: &[(&str, &str)], body: &str) -> Answer {
    Answer {
        status: 200,
        reason: String::new(),
        version: "HTTP/1.1".to_owned(),
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        head_bytes: 40,
        body: bytes::Bytes::copy_from_slice(body.as_bytes()),
        body_bytes: body.len() as u64,
        end: BodyEnd::Complete,
    }
}

fn contains(text: &str) -> TextRule {
    TextRule::Contains(Wanted::new(text, false))
}

fn lacks(text: &str) -> TextRule {
    TextRule::Lacks(Wanted::new(text, false))
}

fn matches(text: &str) -> TextRule {
    TextRule::Matches(Pattern::new(text, false).unwrap())
}

fn of_body(rule: TextRule, body: &str) -> Option<String> {
    Expect { body: vec![rule], ..Expect::default() }.content(&answer(&[], body))
}

#[test]
fn a_body_is_never_quoted() {
    assert_eq!(of_body(contains("ok"), "all ok"), None);
    assert_eq!(of_body(contains("ok"), "hidden").unwrap(), "wanted a body with “ok”, found 6 bytes without it");
    assert_eq!(of_body(lacks("error"), "an error").unwrap(), "wanted a body without “error”, found 8 bytes with it");
    assert_eq!(of_body(matches("^v[0-9]+$"), "v12"), None);
    let told = of_body(matches("^v[0-9]+$"), "version").unwrap();
    assert_eq!(told, "wanted a body that matches “^v[0-9]+$”, found 7 bytes that do not");
    let secret = TextRule::Contains(Wanted::new("s3cret", true));
    assert_eq!(of_body(secret, "x").unwrap(), "wanted a body with “***”, found 1 bytes without it");
}

#[test]
fn headers_are_judged_by_name_and_value() {
    let told = |name: &str, rule: Option<TextRule>, headers: &[(&str, &str)]| {
        let expect = Expect { headers: vec![HeaderRule { name: name.to_owned(), rule }], ..Expect::default() };
        expect.content(&answer(headers, ""))
    };
    let html = [("Content-Type", "text/html"), ("X-Cache", "MISS"), ("X-Cache", "HIT")];
    assert_eq!(told("content-type", Some(contains("text/html")), &html), None);
    assert_eq!(told("x-cache", Some(contains("HIT")), &html), None, "one of several is enough");
    assert_eq!(
        told("x-cache", Some(lacks("HIT")), &html).unwrap(),
        "wanted a header x-cache without “HIT”, found “MISS” with it"
    );
    let json = told("content-type", Some(contains("json")), &html).unwrap();
    assert_eq!(json, "wanted a header content-type with “json”, found “text/html” without it");
    assert_eq!(
        told("server", Some(contains("x")), &html).unwrap(),
        "wanted a header server with “x”, found none without it"
    );
    assert_eq!(told("x-cache", None, &html).unwrap(), "wanted no header x-cache, found one");
    assert_eq!(told("x-powered-by", None, &html), None);
    let cookie = told("set-cookie", Some(contains("a=")), &[("Set-Cookie", "session=s3cret")]).unwrap();
    assert!(!cookie.contains("s3cret"), "{cookie}");
}

#[test]
fn what_is_found_is_capped_and_harmless() {
    let long = format!("a\u{1b}[31m\r\n{}", "x".repeat(500));
    let told = Expect { banner: vec![contains("SSH")], ..Expect::default() }.words(long.as_bytes()).unwrap();
    assert!(told.len() < 200 && !told.chars().any(char::is_control), "{told}");
    assert!(told.contains("wanted a greeting with “SSH”, found “a [31m"), "{told}");
}

#[test]
fn json_has_to_be_json_in_whole() {
    let rule = json::JsonRule { path: "$.ok".parse().unwrap(), compare: json::Compare::Exists(true) };
    let expect = Expect { json: vec![rule], ..Expect::default() };
    assert_eq!(expect.content(&answer(&[], "{\"ok\": 1}")), None);
    assert_eq!(expect.content(&answer(&[], "<html>")).unwrap(), "wanted JSON, found 6 bytes that are none");
    let mut long = answer(&[], "{\"ok\": 1}");
    long.body_bytes = 1 << 20;
    assert!(expect.content(&long).unwrap().contains("a longer body"));
    let packed = answer(&[("Content-Encoding", "gzip")], "{\"ok\": 1}");
    assert!(expect.content(&packed).unwrap().contains("coded as “gzip”"));
}

#[test]
fn an_expression_that_would_cost_much_is_refused() {
    assert!(Pattern::new("(a{1000}){1000}", false).unwrap_err().contains("too large"));
    let told = Pattern::new("(", false).unwrap_err();
    assert!(told.contains("unclosed group") && !told.contains('\n'), "{told}");
    assert!(Pattern::new(r"(a)\1", false).is_err(), "back-references would not be linear");
}

fn facts(protocol: &str, not_after: i64) -> TlsFacts {
    TlsFacts {
        protocol: protocol.to_owned(),
        cipher: String::new(),
        alpn: None,
        subject: String::new(),
        issuer: String::new(),
        not_before: At(0),
        not_after: At(not_after),
        names: vec![],
        chain: 1,
    }
}

#[test]
fn certificates_are_judged_by_whole_days_and_version() {
    let day = app::model::time::DAY_MS;
    let expect = Expect { certificate_days: Some(14), tls: Some(TlsVersion::V1_3), ..Expect::default() };
    assert_eq!(expect.days(&facts("TLSv1.3", 14 * day), At(0)), None);
    let told = expect.days(&facts("TLSv1.3", 14 * day - 1), At(0)).unwrap();
    assert_eq!(told, "wanted a certificate with at least 14 days left, found 13");
    assert_eq!(days_left(&facts("TLSv1.3", 0), At(1)), -1);
    assert_eq!(expect.version(&facts("TLSv1.3", 0)), None);
    assert_eq!(expect.version(&facts("TLSv1.2", 0)).unwrap(), "wanted at least TLSv1.3, found TLSv1.2");
}

#[test]
fn records_are_compared_as_sets() {
    let record = |value| AnswerRecord { name: "a.test".to_owned(), value, ttl: 60 };
    let address = |text: &str| record(AnswerValue::Address(text.parse::<IpAddr>().unwrap()));
    let alias = record(AnswerValue::Alias("b.test".to_owned()));
    let expect = |answer: &[&str], within: &[&str]| Expect {
        answer: answer.iter().map(|text| (*text).to_owned()).collect(),
        answer_within: within.iter().map(|text| (*text).to_owned()).collect(),
        ..Expect::default()
    };
    let found = [alias.clone(), address("192.0.2.1"), address("192.0.2.2")];
    assert_eq!(expect(&[], &[]).records(&found), None);
    assert_eq!(expect(&["192.0.2.2", "B.test."], &[]).records(&found), None);
    let missing = expect(&["192.0.2.3"], &[]).records(&found).unwrap();
    assert_eq!(missing, "wanted the record 192.0.2.3, found “b.test, 192.0.2.1, 192.0.2.2”");
    assert_eq!(expect(&[], &["192.0.2.1", "192.0.2.2"]).records(&found), None, "aliases on the way do not count");
    assert!(expect(&[], &["192.0.2.1"]).records(&found).unwrap().ends_with("found “192.0.2.2”"));
    assert!(expect(&[], &["c.test"]).records(&[alias]).unwrap().ends_with("found “b.test”"));
}
