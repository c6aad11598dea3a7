//! Pages without the framework's marks.
//!
//! The views have lost their types (`--cfg erase_components`), and the framework then ends every list
//! of children with an empty comment, `<!>`, by which a browser's script would find its place. Only
//! islands have such a script. Anywhere else a mark is weight, and in a `<title>`, which holds no
//! comments, it would be shown as text.

/// The mark. Text and attributes never hold it: there, `<` is escaped.
const MARK: &str = "<!>";

/// What decides about the marks that follow.
const BORDERS: [(&str, Border); 4] = [
    ("<leptos-island", Border::IslandStarts),
    ("</leptos-island>", Border::Ends),
    ("<leptos-children", Border::ChildrenStart),
    ("</leptos-children>", Border::Ends),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Border {
    IslandStarts,
    ChildrenStart,
    Ends,
}

/// `html` without the marks, but with those of islands. What an island was given as its children is
/// not the island's.
pub fn without_marks(html: &str) -> String {
    let mut kept = String::with_capacity(html.len());
    let mut within: Vec<Border> = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        kept.push_str(before);
        if let Some(after) = tag.strip_prefix(MARK) {
            if within.last() == Some(&Border::IslandStarts) {
                kept.push_str(MARK);
            }
            rest = after;
            continue;
        }
        match BORDERS.iter().find(|(name, _)| tag.starts_with(name)) {
            Some((_, Border::Ends)) => drop(within.pop()),
            Some((_, border)) => within.push(*border),
            None => {}
        }
        kept.push('<');
        rest = &tag[1..];
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::without_marks;
    use leptos::prelude::*;

    #[test]
    fn a_page_loses_every_mark() {
        let html = view! { <title>{"Shop".to_owned()}</title><p>"a < b"{" c".to_owned()}</p> }.to_html();
        assert_eq!(without_marks(&html), "<title>Shop</title><p>a &lt; b c</p>");
    }

    #[test]
    fn an_island_keeps_its_own_and_its_children_lose_theirs() {
        let html = "<p>1<!></p><leptos-island data-x=\"&lt;!&gt;\"><b>2<!></b><leptos-children><i>3<!></i></leptos-children><!></leptos-island><!>";
        let kept = "<p>1</p><leptos-island data-x=\"&lt;!&gt;\"><b>2<!></b><leptos-children><i>3</i></leptos-children><!></leptos-island>";
        assert_eq!(without_marks(html), kept);
    }

    #[test]
    fn nothing_else_is_lost() {
        for html in ["", "<", "a<", "<!DOCTYPE html><p>x</p>", "<!-- > --><!", "</leptos-island></leptos-children><p>"]
        {
            assert_eq!(without_marks(html), html);
        }
    }
}
