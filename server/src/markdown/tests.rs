//! The corpus of hostile and benign texts, judged by parsing what comes out.

use super::*;

const CORPUS: &str = include_str!("../../tests/corpora/xss-markdown.txt");
const TAGS: &[&str] = &[
    "p",
    "br",
    "hr",
    "strong",
    "em",
    "del",
    "code",
    "pre",
    "blockquote",
    "ul",
    "ol",
    "li",
    "h3",
    "h4",
    "h5",
    "h6",
    "a",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
];

/// The output as its visible text, or why it breaks an invariant. Strict: what a serialiser would not
/// write (a stray `<`, an unquoted attribute, a comment) is a breach too.
fn judge(html: &str) -> Result<String, String> {
    let mut text = String::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        text.push_str(&rest[..start]);
        let end = rest[start..].find('>').ok_or("a tag without an end")? + start;
        judge_tag(&rest[start + 1..end])?;
        rest = &rest[end + 1..];
    }
    if rest.contains('>') {
        return Err("a stray >".to_owned());
    }
    text.push_str(rest);
    Ok(decode(&text))
}

fn judge_tag(tag: &str) -> Result<(), String> {
    if let Some(closing) = tag.strip_prefix('/') {
        return if TAGS.contains(&closing) { Ok(()) } else { Err(format!("closing tag {closing}")) };
    }
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    if !TAGS.contains(&name) {
        return Err(format!("tag {name}"));
    }
    let (mut href, mut rel) = (None, None);
    while !rest.is_empty() {
        let (attribute, after) = rest.split_once("=\"").ok_or(format!("attribute {rest}"))?;
        let (value, after) = after.split_once('"').ok_or("an unclosed attribute")?;
        rest = after.strip_prefix(' ').unwrap_or(after);
        match (name, attribute) {
            ("a", "href") => href = Some(decode(value)),
            ("a", "rel") => rel = Some(value),
            ("ol", "start") if value.parse::<u32>().is_ok() => {}
            ("code", "class") if value.starts_with("language-") => {}
            _ => return Err(format!("attribute {attribute} of {name}")),
        }
    }
    if let Some(href) = href {
        let plain: String = href.chars().filter(|character| !character.is_control()).collect();
        let plain = plain.trim().to_ascii_lowercase();
        if !["http://", "https://", "mailto:"].iter().any(|scheme| plain.starts_with(scheme)) {
            return Err(format!("href {href}"));
        }
        let rel = rel.unwrap_or_default();
        if !["nofollow", "noopener", "noreferrer"].iter().all(|word| rel.contains(word)) {
            return Err(format!("rel {rel}"));
        }
    }
    Ok(())
}

fn decode(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&nbsp;", "\u{a0}");
    text.replace("&amp;", "&")
}

fn rows() -> impl Iterator<Item = (&'static str, &'static str, String)> {
    CORPUS.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(|line| {
        let mut columns = line.splitn(4, '\t');
        let (id, _class, expected) = (columns.next().unwrap(), columns.next().unwrap(), columns.next().unwrap());
        (id, expected, serde_json::from_str(columns.next().unwrap()).unwrap())
    })
}

#[test]
fn no_text_of_the_corpus_breaks_an_invariant() {
    let mut seen = 0;
    for (id, expected, text) in rows().filter(|(_, expected, _)| *expected != "bounded") {
        let html = render(&text);
        let visible = judge(&html).unwrap_or_else(|breach| panic!("{id}: {breach} in {html}"));
        assert_eq!(sanitiser().clean(&html).to_string(), html, "{id} changes when cleaned again");
        if let Some(kept) = expected.strip_prefix("keep:") {
            assert!(visible.contains(kept), "{id}: {kept:?} is missing in {visible:?}");
            assert_eq!(check(&text), Ok(()), "{id}");
        }
        seen += 1;
    }
    assert_eq!(seen, 186);
}

#[test]
fn endless_texts_are_refused_before_they_cost_anything() {
    let mut seen = 0;
    for (id, _, row) in rows().filter(|(_, expected, _)| *expected == "bounded") {
        let (count, unit) = row.strip_prefix("@repeat ").unwrap().split_once(' ').unwrap();
        let unit = unit.replace("\\n", "\n");
        let text = unit.repeat(count.parse().unwrap());
        if text.len() > MAX_BODY_BYTES {
            assert_eq!(check(&text), Err(Problem::TooLong), "{id}");
        }
        // As much of it as may be posted at all is refused or small: never more than the limits allow.
        let postable = &text[..text.floor_char_boundary(MAX_BODY_BYTES)];
        for text in [&*text, postable] {
            let html = render(text);
            judge(&html).unwrap_or_else(|breach| panic!("{id}: {breach}"));
            assert!(html.len() <= 12 * MAX_BODY_BYTES, "{id}: {} bytes", html.len());
        }
        seen += 1;
    }
    assert_eq!(seen, 16);
}

#[test]
fn each_limit_says_which_it_is() {
    assert_eq!(check(&"x".repeat(MAX_BODY_BYTES)), Ok(()));
    assert_eq!(check(&"x".repeat(MAX_BODY_BYTES + 1)), Err(Problem::TooLong));
    assert_eq!(check(&format!("{}x", "> ".repeat(15))), Ok(()));
    assert_eq!(check(&format!("{}x", "> ".repeat(16))), Err(Problem::TooDeep));
    assert_eq!(check(&"[x](https://ok.test/) ".repeat(200)), Ok(()));
    assert_eq!(check(&"[x](https://ok.test/) ".repeat(201)), Err(Problem::TooManyLinks));
}

#[test]
fn what_is_refused_is_still_shown_as_plain_text() {
    let html = render(&format!("{}<b>deep</b> & more", "> ".repeat(40)));
    assert!(html.starts_with("<p>&gt; &gt;"), "{html}");
    assert!(html.ends_with("&lt;b&gt;deep&lt;/b&gt; &amp; more</p>"), "{html}");
}

#[test]
fn notes_look_as_their_authors_meant() {
    assert_eq!(render("# Title"), "<h3>Title</h3>\n");
    assert_eq!(render("a <b>bold</b> claim"), "<p>a &lt;b&gt;bold&lt;/b&gt; claim</p>\n");
    assert_eq!(render("![the graph](https://ok.test/i.png) rose"), "<p>the graph rose</p>\n");
    assert_eq!(
        render("[docs](https://ok.test/)"),
        "<p><a href=\"https://ok.test/\" rel=\"nofollow noopener noreferrer\">docs</a></p>\n"
    );
    assert_eq!(render("```rust\nx\n```"), "<pre><code class=\"language-rust\">x\n</code></pre>\n");
    assert_eq!(render("3. x"), "<ol start=\"3\">\n<li>x</li>\n</ol>\n");
}

#[test]
fn the_judge_sees_what_it_must() {
    for bad in ["<script>", "<p onclick=\"x\">", "<a href=\"javascript:x\">", "<img src=\"x\">", "<!--x-->", "<p"] {
        assert!(judge(bad).is_err(), "{bad}");
    }
}
