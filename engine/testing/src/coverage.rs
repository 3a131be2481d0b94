//! What of the mappings their tests reach.

use std::collections::BTreeMap;
use std::sync::Arc;

use mapwright_analyze::never;
use mapwright_check::Plans;
use mapwright_findings::{Place, Texts};
use mapwright_plan::mapper::Plan;
use mapwright_plan::points::points;
use mapwright_plan::tally::{Point, Tally, What};

/// What the tests of some versions reach, in the order of the versions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Coverage {
    /// Everything that can be reached, of one version after the other, by position.
    pub points: Vec<CoveredPoint>,
}

/// Something that an event can reach or not, in one version: what a version inherits counts for it too.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CoveredPoint {
    /// The destination and the version, as in `acme/2.10`.
    pub version: String,
    /// Where it stands, perhaps in a file of a version that this one extends.
    pub place: Place,
    /// What it is.
    pub kind: PointKind,
    /// What happens when it is reached, as in `` `email` has a value ``.
    pub text: String,
    /// How often the tests of the version have reached it.
    pub times: u64,
}

impl CoveredPoint {
    /// Returns the name of the file without the extension: that of a mapping, `version` or `destination`.
    ///
    /// ```
    /// # let files: mapwright_findings::Sources = [
    /// #     ("mappings/acme/destination.yaml", "{ title: Acme, names: [Acme], versions: { default: '1' }, hosts: [api.example.com] }"),
    /// #     ("mappings/acme/1/version.yaml", "{ version: '1', server: { value: https://api.example.com }, operations: { save: { method: POST, path: /people } } }"),
    /// #     ("mappings/acme/1/identify.yaml", "{ message: identify, steps: { save: { operation: save, body: { id: userId } } } }"),
    /// # ].into_iter().collect();
    /// use mapwright_check::Spec;
    /// use mapwright_testing::{Schemas, TestRun};
    ///
    /// let plans = Spec::load(&files).check()?.compile();
    /// let coverage = TestRun::counted(&plans, &Schemas::new(&plans), &files).coverage.expect("counted");
    /// assert!(coverage.points.iter().any(|point| point.file() == "identify" && point.times == 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn file(&self) -> &str {
        let name = self.place.path.rsplit('/').next().unwrap_or_default();
        name.strip_suffix(".yaml").unwrap_or(name)
    }
}

/// What can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum PointKind {
    /// Rows that have a value.
    Rows,
    /// Alternatives that give the value of a row, and that none does.
    Fallbacks,
    /// Conversions that are applied to a value.
    Conversions,
    /// Conditions that hold, and that do not; cases of a `switch`.
    Conditions,
    /// Variants that take an event.
    Variants,
    /// Steps that are made.
    Steps,
    /// Response rules that count.
    Rules,
    /// Response rules that continue at another step.
    Recoveries,
    /// Reasons to reject an event.
    Rejections,
    /// Warnings.
    Warnings,
    /// Values that settings can have.
    Choices,
}

impl PointKind {
    /// All kinds, in the order of reports.
    pub const ALL: [Self; 11] = [
        Self::Rows,
        Self::Fallbacks,
        Self::Conversions,
        Self::Conditions,
        Self::Variants,
        Self::Steps,
        Self::Rules,
        Self::Recoveries,
        Self::Rejections,
        Self::Warnings,
        Self::Choices,
    ];

    /// Returns the name in reports and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::Fallbacks => "fallbacks",
            Self::Conversions => "conversions",
            Self::Conditions => "conditions",
            Self::Variants => "variants",
            Self::Steps => "steps",
            Self::Rules => "rules",
            Self::Recoveries => "recoveries",
            Self::Rejections => "rejections",
            Self::Warnings => "warnings",
            Self::Choices => "choices",
        }
    }

    fn of(what: What) -> Self {
        match what {
            What::Row => Self::Rows,
            What::Gives | What::NoneGives => Self::Fallbacks,
            What::Converts => Self::Conversions,
            What::Holds | What::HoldsNot | What::Case => Self::Conditions,
            What::Variant => Self::Variants,
            What::Step => Self::Steps,
            What::Rule => Self::Rules,
            What::Recovery => Self::Recoveries,
            What::Missing | What::Refused | What::Required => Self::Rejections,
            What::Warning | What::Dropped => Self::Warnings,
            What::Choice(_) => Self::Choices,
        }
    }
}

/// Counts what tests reach of versions.
#[derive(Default)]
pub(crate) struct Counter {
    versions: Vec<Counted>,
}

struct Counted {
    destination: String,
    version: String,
    points: BTreeMap<Point, String>,
    tally: Arc<Tally>,
}

impl Counter {
    /// Counts what is reached of all versions.
    pub(crate) fn new(plans: &Plans) -> Self {
        let mut versions = Vec::new();
        for destination in &plans.catalog().destinations {
            for plan in plans.versions(&destination.name) {
                let spec = destination.versions.iter().find(|known| known.number.0 == plan.version());
                let never = spec.map(|version| never(destination, version)).unwrap_or_default();
                let mut points = points(plan.as_ref());
                points.retain(|point, _| match point.what {
                    What::Refused | What::Dropped => !never.refused.contains(&point.span),
                    What::NoneGives => !never.missing.contains(&point.span),
                    _ => true,
                });
                let tally = Arc::new(Tally::new(points.keys().copied()));
                let (destination, version) = (plan.destination().to_owned(), plan.version().to_owned());
                versions.push(Counted { destination, version, points, tally });
            }
        }
        Counter { versions }
    }

    /// Who counts for a version, if it is one of those.
    pub(crate) fn tally(&self, plan: &Plan) -> Option<&Arc<Tally>> {
        let is = |of: &&Counted| of.destination == plan.destination() && of.version == plan.version();
        self.versions.iter().find(is).map(|of| &of.tally)
    }

    /// What was reached so far.
    pub(crate) fn coverage(self, texts: &Texts) -> Coverage {
        let points = self.versions.into_iter().flat_map(|Counted { destination, version, points, tally }| {
            points.into_iter().map(move |(point, text)| CoveredPoint {
                version: format!("{destination}/{version}"),
                place: texts.place(point.span),
                kind: PointKind::of(point.what),
                text,
                times: tally.times(&point),
            })
        });
        Coverage { points: points.collect() }
    }
}
