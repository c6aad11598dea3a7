//! The configured look reaches every page, and its files are there under their hash.

use crate::support::Site;

#[tokio::test]
async fn links_footer_and_colours_are_on_every_public_page() {
    let site = Site::start_with(
        "[page]\ntitle = \"Example status\"\nfooter = \"Example Ltd & <Sons>\"\n\
         links = [{ name = \"Shop <b>\", url = \"https://shop.example.com/?a=1&b=2\" }]\n\
         accent = { light = \"#8a1c5b\", dark = \"#f7a8d4\" }\n[storage]",
    )
    .await;
    let mut theme = String::new();
    for path in ["/", "/components/web", "/history", "/help/502", "/none"] {
        let page = site.get(path).await.body;
        assert!(page.contains("Example Ltd &amp; &lt;Sons&gt;"), "{path}: {page}");
        assert!(page.contains("href=\"https://shop.example.com/?a=1&amp;b=2\">Shop &lt;b&gt;</a>"), "{path}: {page}");
        let link = page.split("href=\"").find(|rest| rest.contains("/theme.css\"")).expect("a style sheet of its own");
        link.split('"').next().unwrap().clone_into(&mut theme);
    }
    let sheet = site.get(&theme).await;
    assert_eq!((sheet.status, sheet.header("content-type")), (200, "text/css; charset=utf-8"));
    assert!(sheet.header("cache-control").contains("immutable"), "{sheet:?}");
    assert!(sheet.body.contains("--accent:#8a1c5b") && sheet.body.contains("--accent:#f7a8d4"), "{}", sheet.body);
    assert_eq!(site.get("/assets/0000000000000000/theme.css").await.status, 404);
    site.stop().await;
}
