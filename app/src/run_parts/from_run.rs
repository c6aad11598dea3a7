//! From a run to its pieces.

use super::{RunParts, StepPart};
use crate::components::run::RunHead;
use crate::components::step::{ByHand, StepBody, StepHead};
use crate::components::verdict::{Others, Practices, VerdictCard};
use crate::markup::without_marks;
use crate::model::{CauseText, Run};
use crate::run_view::{RunView, StepView};
use leptos::prelude::*;

impl RunParts {
    /// Every piece of `run`, with the titles of causes from the catalogue.
    pub fn from_run(run: &Run, causes: &[&CauseText]) -> Self {
        Self::from(RunView::from_run(run, causes))
    }
}

/// A piece as the page and its events carry it. It is put in whole, so nothing looks for marks in it.
fn html(view: impl IntoView) -> String {
    without_marks(&view.to_html())
}

impl From<RunView> for RunParts {
    fn from(mut run: RunView) -> Self {
        let (id, ended) = (run.id.clone(), run.ended);
        let verdict =
            run.verdict.take().map(|verdict| html(view! { <VerdictCard verdict run=id.clone() settled=ended/> }));
        let practices = std::mem::take(&mut run.practices);
        let practices = (!practices.is_empty()).then(|| html(view! { <Practices practices/> }));
        let others = std::mem::take(&mut run.others);
        let steps = std::mem::take(&mut run.steps);
        Self {
            id,
            ended,
            head: html(view! { <RunHead run/> }),
            // One piece with the verdict, so that the page's script needs no part of its own for it.
            verdict: verdict.map(|card| card + practices.as_deref().unwrap_or_default()).unwrap_or_default(),
            steps: steps.into_iter().map(StepPart::from).collect(),
            others: html(view! { <Others causes=others/> }),
        }
    }
}

impl From<StepView> for StepPart {
    fn from(mut step: StepView) -> Self {
        let (id, state, anchor) = (step.id.clone(), step.state.clone(), step.id.clone());
        let commands = std::mem::take(&mut step.by_hand);
        Self {
            id,
            state,
            head: html(view! { <StepHead step=step.clone()/> }),
            body: html(view! { <StepBody step/> }),
            by_hand: if commands.is_empty() { String::new() } else { html(view! { <ByHand commands step=anchor/> }) },
        }
    }
}
