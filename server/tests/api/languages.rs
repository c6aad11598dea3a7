//! The configured language is that of every public page, and of nothing that programs and admins read.

use crate::support::Site;

/// Pages of the manual, and for admins.
const STAYS_ENGLISH: &[&str] = &["/causes", "/sign-in"];

#[tokio::test]
async fn every_public_page_is_in_the_configured_language() {
    let month = app::format::month_of(server::clock::now());
    for (language, direction, skip, state, missing) in [
        ("de", "ltr", "Zum Inhalt springen", "Betriebsbereit", "Diese Seite gibt es nicht"),
        ("ar", "rtl", "انتقل إلى المحتوى", "يعمل", "لا توجد صفحة كهذه"),
    ] {
        let site = Site::start_with(&format!("[page]\nlanguage = \"{language}\"\n[storage]")).await;
        // The component is measured before anything is looked at.
        site.until("/components/web", state).await;
        let paths = [
            "/".to_owned(),
            "/components/web".to_owned(),
            "/components/web/24h".to_owned(),
            "/components/web/1y".to_owned(),
            "/history".to_owned(),
            format!("/history/{month}"),
            format!("/history/{month}/report"),
            "/help/502".to_owned(),
            "/subscribe".to_owned(),
            "/incidents/nowhere".to_owned(),
            "/subscriptions/nothing".to_owned(),
            "/none".to_owned(),
        ];
        let tag = format!("<!DOCTYPE html><html lang=\"{language}\" dir=\"{direction}\">");
        for path in paths {
            let page = site.get(&path).await;
            assert!(page.body.starts_with(&tag), "{path}: {}", page.body);
            assert!(page.body.contains(skip) && !page.body.contains("Skip to content"), "{path}: {}", page.body);
            assert_eq!(page.body.contains(missing), page.status == 404, "{path}: {}", page.status);
        }
        // A machine that stood still for seconds knows nothing for a moment; so each state is waited for.
        let widget = site.until("/embed/web", state).await;
        assert!(widget.body.starts_with(&tag), "{}", widget.body);
        site.until("/badge/web.svg", &format!(": {state}</title>")).await;
        let refused = site.ask("POST", "/subscribe", &[("Sec-Fetch-Site", "same-origin")], "email=x").await;
        assert!(refused.status == 403 && refused.body.starts_with(&tag), "{}", refused.body);
        assert!(!refused.body.contains("Subscriptions are off"), "{}", refused.body);

        site.until("/api/v2/summary.json", "All Systems Operational").await;
        for path in STAYS_ENGLISH {
            let page = site.get(path).await;
            assert!(page.body.contains("<html lang=\"en\"") && !page.body.contains(skip), "{path}: {}", page.body);
        }
        site.stop().await;
    }
}
