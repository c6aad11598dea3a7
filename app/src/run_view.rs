//! A run with every text ready to show: what the components of a run's page are given.
//!
//! All formatting of a [`Run`](crate::model::Run) and every look into the catalogue is done here;
//! markup comes after, in [`run_parts`](crate::run_parts).

mod from_run;

/// A point in time, for `<time datetime>`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TimeView {
    /// RFC 3339.
    pub iso: String,
    /// As shown.
    pub text: String,
}

/// One element of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HopView {
    /// Product with version.
    pub name: String,
    /// `edge`, `gateway` or `upstream`.
    pub role: String,
    /// What shows that it is this product.
    pub evidence: String,
}

/// One observation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FactView {
    /// Unique within the run; the anchor on the page.
    pub id: String,
    /// The observation as a sentence.
    pub text: String,
    /// Where it was seen.
    pub seen: String,
    /// `measured`, `log`, `config` or `pasted`.
    pub source: String,
    /// When.
    pub at: TimeView,
}

/// A check that could not run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SkippedView {
    /// Which check.
    pub check: String,
    /// Why.
    pub reason: String,
    /// What to run by hand, or the line to add; may be empty.
    pub command: String,
}

/// One of the six steps.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StepView {
    /// 1 to 6.
    pub number: u8,
    /// The step's code, the anchor on the page.
    pub id: String,
    /// Short title.
    pub title: String,
    /// The question that it answers.
    pub question: String,
    /// The state's code, also its class.
    pub state: String,
    /// The state's word.
    pub state_label: String,
    /// What was found, in one sentence.
    pub summary: String,
    /// How long it took; empty before it began.
    pub took: String,
    /// What was asked.
    pub asked: Vec<String>,
    /// What was found.
    pub facts: Vec<FactView>,
    /// What could not be checked.
    pub skipped: Vec<SkippedView>,
    /// What to do by hand, one command a line.
    pub by_hand: Vec<String>,
}

/// A fact named as evidence.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EvidenceView {
    /// The fact's id.
    pub id: String,
    /// The observation as a sentence.
    pub text: String,
    /// The step that made it.
    pub step: String,
}

/// A cause with its place in the manual.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CauseView {
    /// Catalogue id.
    pub id: String,
    /// What is wrong, in one line.
    pub title: String,
    /// The family's words.
    pub family: String,
    /// The strength's code; empty where none is claimed.
    pub strength: String,
    /// The facts' ids that show it.
    pub because: Vec<String>,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FixView {
    /// In words.
    pub title: String,
    /// Command or directive.
    pub command: String,
    /// How to see that it worked.
    pub verify: String,
}

/// What the run concludes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VerdictView {
    /// The outcome's code, also its class.
    pub outcome: String,
    /// The outcome's words.
    pub outcome_label: String,
    /// One sentence for somebody at three in the morning.
    pub title: String,
    /// The cause, where one is named.
    pub cause: Option<CauseView>,
    /// The strength's words; empty where none is claimed.
    pub strength_label: String,
    /// What speaks for it.
    pub because: Vec<EvidenceView>,
    /// What speaks against it.
    pub against: Vec<EvidenceView>,
    /// What could not be established.
    pub still_unknown: Vec<String>,
    /// From the symptom to the root, root last.
    pub chain: Vec<CauseView>,
    /// What to do, best first.
    pub fixes: Vec<FixView>,
}

/// One thing that an earlier run rested on, then and now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChangeView {
    /// What it is.
    pub what: String,
    /// True when it is otherwise now.
    pub changed: bool,
    /// As it was.
    pub before: String,
    /// As it is; empty where it was not seen again.
    pub after: String,
}

/// One preventive practice, checked against this set-up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PracticeView {
    /// What it is, in words.
    pub title: String,
    /// The state's code, also its class.
    pub state: String,
    /// The state's word.
    pub state_label: String,
    /// What shows it.
    pub because: Vec<EvidenceView>,
    /// What to add; empty where nothing is missing.
    pub directive: String,
}

/// One walk through the wizard, ready to show.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunView {
    /// Its id.
    pub id: String,
    /// What was asked.
    pub url: String,
    /// The state's code.
    pub state: String,
    /// The state's word.
    pub state_label: String,
    /// False while more can come.
    pub ended: bool,
    /// When it began.
    pub started: TimeView,
    /// How long it took so far.
    pub took: String,
    /// The kind of gateway in front; empty until known.
    pub scenario: String,
    /// What an unfinished run waits for; may be empty.
    pub waiting_for: String,
    /// The earlier run that this one checks again; empty for others.
    pub again: String,
    /// What is otherwise than in that run, and what is not.
    pub changes: Vec<ChangeView>,
    /// The chain, outermost first.
    pub hops: Vec<HopView>,
    /// Always six, in order.
    pub steps: Vec<StepView>,
    /// `None` until there is a first one.
    pub verdict: Option<VerdictView>,
    /// Further causes that fit, without the verdict's own.
    pub others: Vec<CauseView>,
    /// The preventive practices, checked against this set-up.
    pub practices: Vec<PracticeView>,
}
