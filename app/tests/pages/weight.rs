//! What the public page weighs on the wire.

use crate::fixture::{Dice, component, page, snapshot};
use app::model::{Snapshot, State};
use app::render::status_page;

/// HTML and stylesheet together, brotli.
const BUDGET: usize = 30 * 1024;
/// The script, as it is.
const SCRIPT: usize = 3 * 1024;

fn brotli(text: &str) -> usize {
    let mut packed = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { quality: 9, lgwin: 22, ..Default::default() };
    brotli::BrotliCompress(&mut text.as_bytes(), &mut packed, &params).expect("compressing into memory");
    packed.len()
}

#[test]
fn fifty_components_by_ninety_days_stay_within_the_budget() {
    let mut dice = Dice(11);
    let components = (0..50)
        .map(|index| {
            let state = if index % 17 == 3 { State::Outage } else { State::Operational };
            component(&format!("Component {index}"), Some(["Sites", "APIs", "Internal"][index % 3]), state, &mut dice)
        })
        .collect();
    let html = status_page(&page("/"), &Snapshot { components, ..snapshot() });
    assert!(
        html.contains("<style>") && !html.contains("rel=\"stylesheet\""),
        "nothing but the page is loaded for its looks"
    );
    let packed = brotli(&html);
    let text = format!("html with its style {} -> {packed}, brotli 9", html.len());
    #[expect(clippy::print_stdout, reason = "the figure is wanted beside the result")]
    {
        println!("{text}");
    }
    assert!(packed <= BUDGET, "{text}");
}

#[test]
fn the_script_stays_small() {
    let script = include_str!("../../../style/live.js");
    assert!(script.len() <= SCRIPT, "{} bytes", script.len());
}
