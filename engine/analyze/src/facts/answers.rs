//! Paths into responses, and their types by the schemas.

use mapwright_convert::{PathStep, Root, Source};
use mapwright_language::decode::by_name;
use mapwright_language::spec::{Class, Form, OperationSpec, ResponseRuleSpec, Role, RowSpec};

use crate::facts::meet::stated;
use crate::facts::types::{Kinds, Type};
use crate::schema::{PointerStep, Schema, Spot};
use crate::view::{FlowView, Place, RowId, RowScope, Rows, StepId, VersionView, written};

/// Whether a rule is for nothing but responses that say that the operation has succeeded.
pub(crate) fn is_of_success(rule: &ResponseRuleSpec) -> bool {
    let is_2xx = !rule.status.is_empty() && rule.status.iter().all(|of| of.first >= 200 && of.last < 300);
    is_2xx || rule.status.is_empty() && rule.class == Some(Class::Done)
}

/// The step whose successful responses the rows of a place read.
pub(crate) fn answered_step(flow: &FlowView<'_>, place: &Place<'_>) -> Option<StepId> {
    match place {
        Place::Capture(step, _) => Some(*step),
        Place::RuleCapture(step, at, _) => {
            let rule = flow.step(*step)?.rules.get(*at)?;
            is_of_success(rule.spec).then_some(*step)
        }
        _ => None,
    }
}

/// The kinds of what a row reads of a response, by its schema. Nothing, if it reads something else, or if the schema does not say it.
pub(crate) fn answered(
    version: &VersionView<'_>,
    around: RowScope<'_, '_>,
    id: RowId,
    source: &Source,
) -> Option<Type> {
    let Source::Path(read) = source else { return None };
    if read.rest.is_some() || !matches!(read.root, Root::Response | Root::Item) {
        return None;
    }
    let operation: &OperationSpec = match around.rows.place_of(id)? {
        Place::Failed(name, ..) => by_name(&version.version.spec.operations, name)?,
        place => {
            let flow = around.flow()?;
            flow.step(answered_step(flow, &place)?)?.operation?.1
        }
    };
    let path = AnswerPath::of_row(around.rows, id, (read.root, &read.steps), false)?;
    of_answer(version, operation, &path)
}

/// What is at a path of a response, by its schema. Nothing, if that does not say it.
pub(crate) fn of_answer(
    version: &VersionView<'_>,
    operation: &OperationSpec,
    path: &AnswerPath,
) -> Option<Type> {
    Some(Type::of(kinds_at(version, operation, path)?.and(Kinds::VALUE)).or_absent())
        .filter(|known| !known.kinds.is_empty())
}

/// The kinds of what is at a path of a response, by its schema. Nothing, if that does not say it.
pub(crate) fn kinds_at(
    version: &VersionView<'_>,
    operation: &OperationSpec,
    path: &AnswerPath,
) -> Option<Kinds> {
    let schema = version.schemas.get(version.version, &operation.answer_schema.as_ref()?.value)?;
    path.follow(schema)?.ok().map(|spot| kinds(&spot))
}

/// The kinds of values that may be at a place.
fn kinds(spot: &Spot<'_>) -> Kinds {
    let all = spot
        .alternatives
        .iter()
        .map(|schemas| schemas.iter().map(|schema| stated(schema)).fold(Kinds::ALL, Kinds::and));
    all.fold(Kinds::NONE, Kinds::or)
}

/// A path into a response.
pub(crate) struct AnswerPath {
    steps: Vec<PathStep>,
    /// How many of the steps lead to the item of a loop, if it is written as a path into that.
    pub item: usize,
    /// The steps that lead to the item of a loop.
    loops: Vec<usize>,
}

/// A step to what no response has.
pub(crate) struct AnswerLack<'s> {
    /// Its position.
    pub at: usize,
    /// The value there, which has no member of the name.
    pub spot: Spot<'s>,
}

impl AnswerPath {
    pub(crate) fn whole(steps: &[PathStep]) -> Self {
        Self { steps: steps.to_vec(), item: 0, loops: Vec::new() }
    }

    /// One that is written as it is.
    pub(crate) fn read(root: Root, steps: &[PathStep]) -> Option<Self> {
        matches!((root, steps.first()), (Root::Response, Some(PathStep::Key(part))) if part == "body")
            .then(|| Self::whole(steps))
    }

    /// What of a response a row reads: by its path, or as an item of one of its lists. `own`: by the condition of its own loop.
    pub(crate) fn of_row(
        rows: &Rows<'_>,
        id: RowId,
        (root, steps): (Root, &[PathStep]),
        own: bool,
    ) -> Option<Self> {
        match root {
            Root::Item => Some(list_of(rows, id, own)?.item(steps)),
            root => Self::read(root, steps),
        }
    }

    /// The path into an item of the list to which this one leads.
    pub(crate) fn item(mut self, steps: &[PathStep]) -> Self {
        self.loops.push(self.steps.len());
        self.steps.push(PathStep::Index(0));
        self.item = self.steps.len();
        self.steps.extend_from_slice(steps);
        self
    }

    /// The step at a position.
    pub(crate) fn step(&self, at: usize) -> Option<&PathStep> {
        self.steps.get(at)
    }

    /// As it is written, up to a step.
    pub(crate) fn written(&self, count: usize) -> String {
        let own = self.steps.get(self.item..count).unwrap_or_default();
        let path = written(own, own.len());
        match self.item {
            0 => format!("response.{path}"),
            _ if path.is_empty() || path.starts_with('[') => format!("item{path}"),
            _ => format!("item.{path}"),
        }
    }

    /// Returns what the schema says of the end of the path, or the step that leads nowhere; `None` if the schema does not say it.
    pub(crate) fn follow<'s>(&self, schema: &'s Schema) -> Option<Result<Spot<'s>, AnswerLack<'s>>> {
        let mut spot = schema.whole()?;
        for (at, step) in self.steps.iter().enumerate().skip(1) {
            if spot.is_closed() {
                return None;
            }
            let (here, is_loop) = (kinds(&spot), self.loops.contains(&at));
            let pointer = match step {
                PathStep::Key(name) => {
                    let listed = !spot.properties().is_empty();
                    if here.and(Kinds::OBJECT).is_empty() || listed && !spot.lists(name) {
                        return Some(Err(AnswerLack { at, spot }));
                    }
                    PointerStep::Field(name)
                }
                // a single value is a list of one
                PathStep::Index(_) if is_loop && here.and(Kinds::LIST).is_empty() => continue,
                PathStep::Index(_) if here.and(Kinds::LIST).is_empty() => {
                    return Some(Err(AnswerLack { at, spot }));
                }
                PathStep::Index(_) if is_loop && here.without(Kinds::LIST.or(Kinds::NULL)) != Kinds::NONE => {
                    // where nothing is said of kinds, what is said of items counts
                    if here != Kinds::ALL {
                        return None;
                    }
                    PointerStep::EachItem
                }
                PathStep::Index(_) => PointerStep::EachItem,
            };
            spot = schema.child(&spot, pointer)?;
        }
        (!spot.is_closed()).then_some(Ok(spot))
    }
}

/// The list of a response whose items a row reads. `own`: by the condition of its own loop.
fn list_of(rows: &Rows<'_>, id: RowId, own: bool) -> Option<AnswerPath> {
    let is_named = |form: &Form| matches!(form, Form::Each { name: Some(_), .. });
    let mut at = rows.row(id)?;
    // with names of their own, several loops have items
    if is_named(&at.spec.form) || own && !matches!(at.spec.form, Form::Each { .. }) {
        return None;
    }
    let mut looping = own.then_some(at);
    while let Some((parent, role)) = at.parent {
        at = rows.row(parent)?;
        if is_named(&at.spec.form) {
            return None;
        }
        if matches!(at.spec.form, Form::Each { .. }) && matches!(role, Role::EachTo | Role::Key) {
            looping = looping.or(Some(at));
        }
    }
    let Some(looping) = looping else {
        let Place::Failed(_, each, _) = rows.place_of(id)? else { return None };
        return stated_list(each).map(AnswerPath::whole);
    };
    let Form::Each { list, .. } = &looping.spec.form else { return None };
    let (root, steps) = plain_path(list)?;
    match root {
        Root::Item => {
            let is_list = |id: &&RowId| {
                rows.row(**id).is_some_and(|row| matches!(row.parent, Some((_, Role::EachList))))
            };
            Some(list_of(rows, *looping.inside.iter().find(is_list)?, false)?.item(steps))
        }
        root => AnswerPath::read(root, steps),
    }
}

/// The list of a response that a row is.
pub(crate) fn stated_list(each: &RowSpec) -> Option<&[PathStep]> {
    plain_path(each).filter(|(root, _)| *root == Root::Response).map(|(_, steps)| steps)
}

/// The path that a row reads and gives as it is.
fn plain_path(row: &RowSpec) -> Option<(Root, &[PathStep])> {
    let Form::Source(source) = &row.form else { return None };
    let Source::Path(path) = &source.value else { return None };
    let is_plain = row.conversions.is_empty() && row.default.is_none() && path.rest.is_none();
    is_plain.then_some((path.root, path.steps.as_slice()))
}
