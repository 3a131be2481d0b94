//! Which members the values of rows can have, as far as the rows say: those of bodies, and those of what other rows read.

use std::collections::{BTreeMap, BTreeSet};

use mapwright_convert::{PathStep, Root, Source};
use mapwright_findings::{At, Span};
use mapwright_language::catalog::Mapping;
use mapwright_language::spec::{DefaultSpec, FIELD_ITEMS, FIELD_SPREAD, Form, Role, RowSpec};
use serde_json::Value;

use crate::facts::types::Kinds;
use crate::facts::typing::Typing;
use crate::view::{
    Becomes, FlowView, Place, ReadView, Reading, RootId, RowId, RowView, Rows, Site, StepId, written,
};

/// The maximum number of rows that are analyzed for a path; beyond it, any value is possible.
const MOST_ROWS: usize = 10_000;

/// Values that read values are followed so far.
const DEEPEST: usize = 30;

/// A member that no body has.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UnknownMember<'v> {
    /// Its position among the steps of the path.
    pub at: usize,
    /// Its name.
    pub name: &'v str,
    /// The members that there are in its place.
    pub known: Vec<&'v str>,
}

/// The values that some rows make and others read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MadeBy {
    /// A capture of a step or of a rule.
    Capture,
    /// A named value.
    Value,
    /// A field of the payload.
    Payload,
}

/// A path into what rows make, to a member that none of them makes.
#[derive(Debug)]
pub struct NoMember {
    /// Where it is read.
    pub span: Span,
    /// The root of the path.
    pub of: MadeBy,
    /// The path to what lacks the member.
    pub owner: String,
    /// The name of the member.
    pub name: String,
    /// The members that there are in its place.
    pub known: Vec<String>,
}

/// A mapping or a variant, and what its rows give.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TypedFlow<'f, 'v, 'c> {
    pub view: &'f FlowView<'c>,
    pub types: &'f Typing<'v, 'c>,
}

/// All paths of mappings into what rows make, to members that none of them makes.
pub(crate) fn no_members(flows: &[TypedFlow<'_, '_, '_>]) -> Vec<NoMember> {
    // what several mappings share has to be right for one of them
    let mut found: BTreeMap<Span, Option<NoMember>> = BTreeMap::new();
    for flow in flows {
        for read in &flow.view.rows.reads {
            let lack = no_member(*flow, read);
            match found.get_mut(&read.span) {
                None => drop(found.insert(read.span, lack)),
                Some(known) if lack.is_none() => *known = None,
                Some(_) => {}
            }
        }
    }
    found.into_values().flatten().collect()
}

fn no_member(flow: TypedFlow<'_, '_, '_>, read: &ReadView) -> Option<NoMember> {
    let row = match read.site {
        Site::Row(row) => Some(row),
        _ => None,
    };
    let mut search = MemberSearch { left: MOST_ROWS };
    let (begin, steps, head) = match &read.reading {
        Reading::Path(Root::Item, steps) => {
            (search.item(flow, row?, read.in_each, 0)?, steps.as_slice(), "item".to_owned())
        }
        Reading::Path(root, steps) => {
            let (begin, rest) = made(flow, *root, steps)?;
            let own = steps.len() - rest.len();
            let head = if *root == Root::Payload { "payload" } else { "captures" };
            (begin, rest, format!("{head}.{}", written(steps, own)))
        }
        Reading::Value(name, steps) => (named(flow, name)?, steps.as_slice(), format!("${name}")),
    };
    let Led::Lack(UnknownMember { at, name, known }) = search.walk(begin.rows, steps, 0) else { return None };
    let inner = written(steps, at);
    let owner = match inner.as_str() {
        "" => head,
        inner if inner.starts_with('[') => format!("{head}{inner}"),
        inner => format!("{head}.{inner}"),
    };
    let known = known.into_iter().map(str::to_owned).collect();
    Some(NoMember { span: read.span, of: begin.of, owner, name: name.to_owned(), known })
}

/// The bodies that the steps of one operation send.
pub(crate) struct Bodies<'f, 'v, 'c> {
    of: Vec<(TypedFlow<'f, 'v, 'c>, StepId)>,
}

/// A row, and the mapping that it is of.
type MemberRow<'f, 'v, 'c> = (TypedFlow<'f, 'v, 'c>, RowId);

/// Rows that make what a path begins with.
struct Begin<'f, 'v, 'c> {
    of: MadeBy,
    rows: Vec<MemberRow<'f, 'v, 'c>>,
}

/// Where a path leads.
enum Led<'f, 'v, 'c, 'p> {
    Rows(Vec<MemberRow<'f, 'v, 'c>>),
    Lack(UnknownMember<'p>),
    /// Unknown.
    Anywhere,
}

impl<'f, 'v, 'c> Bodies<'f, 'v, 'c> {
    /// Those of an operation; nothing, if no step sends one.
    pub(crate) fn of(flows: &[TypedFlow<'f, 'v, 'c>], operation: &str) -> Option<Self> {
        let calls = |flow: &TypedFlow<'f, 'v, 'c>| {
            let steps = flow.view.steps.iter().enumerate();
            let calling =
                steps.filter(|(_, step)| step.operation.is_some_and(|(name, _)| name.value == operation));
            calling.map(|(at, _)| (*flow, StepId(at))).collect::<Vec<_>>()
        };
        let of: Vec<_> = flows.iter().flat_map(calls).collect();
        (!of.is_empty()).then_some(Self { of })
    }

    /// Those of all requests of a mapping and its variants, as tests see them; nothing, if they are not all made by rows of steps.
    pub(crate) fn of_mapping(flows: &[TypedFlow<'f, 'v, 'c>], mapping: &Mapping) -> Option<Self> {
        let flows = flows.iter().filter(|flow| std::ptr::eq(flow.view.mapping, mapping));
        let mut of = Vec::new();
        for flow in flows {
            for (at, step) in flow.view.steps.iter().enumerate() {
                let Some((_, operation)) = step.operation else { continue };
                if operation.batch.is_some() || operation.call.is_some() {
                    return None;
                }
                if step.spec.body.is_some() {
                    of.push((*flow, StepId(at)));
                }
            }
        }
        (!of.is_empty()).then_some(Self { of })
    }

    /// The first member on a path that none of the bodies can have.
    pub(crate) fn lack<'p>(&self, steps: &'p [PathStep]) -> Option<UnknownMember<'p>>
    where
        'f: 'p,
    {
        let (first, rest) = steps.split_first()?;
        let PathStep::Key(name) = first else { return None };
        let mut search = MemberSearch { left: MOST_ROWS };
        let mut level = Level { search: &mut search, name, known: BTreeSet::new(), found: Vec::new() };
        if !self.of.iter().all(|(flow, step)| level.body(*flow, *step)) {
            return None;
        }
        let Level { known, found, .. } = level;
        if found.is_empty() {
            return Some(UnknownMember { at: 0, name, known: known.into_iter().collect() });
        }
        match search.walk(found, rest, 0) {
            Led::Lack(lack) => Some(UnknownMember { at: lack.at + 1, ..lack }),
            Led::Rows(_) | Led::Anywhere => None,
        }
    }
}

/// The rows of a capture or of a field of the payload, and the rest of a path that begins with it.
fn made<'f, 'v, 'c, 'p>(
    flow: TypedFlow<'f, 'v, 'c>,
    root: Root,
    steps: &'p [PathStep],
) -> Option<(Begin<'f, 'v, 'c>, &'p [PathStep])> {
    let rows = &flow.view.rows;
    let begin = |of, root: &RootId| {
        let row = RowId(rows.root(*root)?.rows.start);
        Some(Begin { of, rows: vec![(flow, row)] })
    };
    match (root, steps) {
        (Root::Captures, [PathStep::Key(name), rest @ ..]) => {
            let is_it = |place: &Place<'_>| matches!(place, Place::Capture(_, set) | Place::RuleCapture(_, _, set) if set.value == *name);
            let set = rows.roots.iter().filter(|root| is_it(&root.place));
            let rows: Vec<_> = set.map(|root| (flow, RowId(root.rows.start))).collect();
            (!rows.is_empty()).then_some((Begin { of: MadeBy::Capture, rows }, rest))
        }
        (Root::Payload, [PathStep::Key(part), PathStep::Key(field), rest @ ..])
            if !flow.view.has_spread(part) =>
        {
            Some((begin(MadeBy::Payload, &flow.view.field_root(part, field)?)?, rest))
        }
        _ => None,
    }
}

/// The row of a named value.
fn named<'f, 'v, 'c>(flow: TypedFlow<'f, 'v, 'c>, name: &str) -> Option<Begin<'f, 'v, 'c>> {
    let row = RowId(flow.view.rows.root(flow.view.value_root(name)?)?.rows.start);
    Some(Begin { of: MadeBy::Value, rows: vec![(flow, row)] })
}

/// What is looked for in what rows make: the items of lists, or the members of objects, whatever they are called.
#[derive(Clone, Copy)]
enum PartsOf {
    Lists,
    Objects,
}

/// The number of rows that may still be analyzed.
struct MemberSearch {
    left: usize,
}

impl MemberSearch {
    /// Follows a path from what rows make.
    fn walk<'f, 'v, 'c, 'p>(
        &mut self,
        from: Vec<MemberRow<'f, 'v, 'c>>,
        steps: &'p [PathStep],
        depth: usize,
    ) -> Led<'f, 'v, 'c, 'p>
    where
        'f: 'p,
    {
        let mut all = from;
        for (at, step) in steps.iter().enumerate() {
            all = match step {
                PathStep::Key(name) => {
                    let mut level = Level { search: self, name, known: BTreeSet::new(), found: Vec::new() };
                    if !all.iter().all(|row| level.members(*row, depth)) {
                        return Led::Anywhere;
                    }
                    if level.found.is_empty() {
                        let known = level.known.into_iter().collect();
                        return Led::Lack(UnknownMember { at, name, known });
                    }
                    level.found
                }
                PathStep::Index(_) => match self.parts(&all, PartsOf::Lists, depth) {
                    Some(items) if !items.is_empty() => items,
                    _ => return Led::Anywhere,
                },
            };
        }
        Led::Rows(all)
    }

    /// What a row reads, if other rows make it.
    fn read<'f, 'v, 'c>(
        &mut self,
        (flow, id): MemberRow<'f, 'v, 'c>,
        source: &Source,
        depth: usize,
    ) -> Option<Vec<MemberRow<'f, 'v, 'c>>> {
        let (begin, steps) = match source {
            Source::Named(value) => (named(flow, &value.name)?, value.steps.as_slice()),
            Source::Path(path) if path.rest.is_some() => return None,
            Source::Path(path) if path.root == Root::Item => {
                (self.item(flow, id, false, depth)?, path.steps.as_slice())
            }
            Source::Path(path) => made(flow, path.root, &path.steps)?,
        };
        match self.walk(begin.rows, steps, depth + 1) {
            Led::Rows(rows) => Some(rows),
            Led::Lack(_) | Led::Anywhere => None,
        }
    }

    /// What the item of the loop around a row is, if other rows make the list. `own`: of the loop of the row itself.
    fn item<'f, 'v, 'c>(
        &mut self,
        flow: TypedFlow<'f, 'v, 'c>,
        id: RowId,
        own: bool,
        depth: usize,
    ) -> Option<Begin<'f, 'v, 'c>> {
        let rows = &flow.view.rows;
        let looping = looping(rows, id, own)?;
        let list = looping
            .inside
            .iter()
            .find(|id| rows.row(**id).is_some_and(|row| matches!(row.parent, Some((_, Role::EachList)))))?;
        let Form::Source(source) = &rows.row(*list)?.spec.form else { return None };
        let of = match &source.value {
            Source::Named(_) => MadeBy::Value,
            Source::Path(path) => match path.root {
                Root::Captures => MadeBy::Capture,
                Root::Payload => MadeBy::Payload,
                Root::Item => self.item(flow, *list, false, depth + 1)?.of,
                _ => return None,
            },
        };
        let rows = self.parts(&[(flow, *list)], PartsOf::Lists, depth + 1)?;
        Some(Begin { of, rows }).filter(|begin| !begin.rows.is_empty())
    }

    /// The items or the members of what rows make. Nothing, if one may be something else, or if they are not known.
    fn parts<'f, 'v, 'c>(
        &mut self,
        all: &[MemberRow<'f, 'v, 'c>],
        of: PartsOf,
        depth: usize,
    ) -> Option<Vec<MemberRow<'f, 'v, 'c>>> {
        let mut found = Vec::new();
        for (flow, id) in all {
            self.left = self.left.checked_sub(1).filter(|_| depth < DEEPEST)?;
            let row = flow.view.rows.row(*id)?;
            if !row.calls.is_empty() || row.spec.default.is_some() {
                return None;
            }
            if let Form::Source(source) = &row.spec.form {
                let read = self.read((*flow, *id), &source.value, depth)?;
                found.extend(self.parts(&read, of, depth + 1)?);
            }
            // what is in them is not looked at
            if matches!(row.spec.form, Form::Value(_) | Form::Template(_) | Form::RestOf { .. }) {
                return None;
            }
            for (becomes, id) in flow.view.rows.made_of(row) {
                match (becomes, of) {
                    (Becomes::Item(_), PartsOf::Lists)
                    | (Becomes::Member(_) | Becomes::Named, PartsOf::Objects) => found.push((*flow, id)),
                    (Becomes::Whole, _) => found.extend(self.parts(&[(*flow, id)], of, depth + 1)?),
                    (Becomes::Source, _) if matches!(row.spec.form, Form::Each { .. }) => {}
                    (Becomes::Nothing, _) => {}
                    _ => return None,
                }
            }
        }
        Some(found)
    }
}

/// The loop whose item a row reads; nothing, if items around it have names.
fn looping<'r, 'c>(rows: &'r Rows<'c>, id: RowId, own: bool) -> Option<&'r RowView<'c>> {
    let is_named = |row: &RowView<'_>| matches!(row.spec.form, Form::Each { name: Some(_), .. });
    let mut at = rows.row(id)?;
    let mut found = (own && matches!(at.spec.form, Form::Each { .. })).then_some(at);
    if is_named(at) {
        return None;
    }
    while let Some((parent, role)) = at.parent {
        at = rows.row(parent)?;
        if is_named(at) {
            return None;
        }
        if matches!(at.spec.form, Form::Each { .. }) && matches!(role, Role::EachTo | Role::Key) {
            found = found.or(Some(at));
        }
    }
    found
}

/// The members of objects: their names, and those of the name that is looked for.
struct Level<'s, 'f, 'v, 'c, 'n> {
    search: &'s mut MemberSearch,
    name: &'n str,
    known: BTreeSet<&'f str>,
    found: Vec<MemberRow<'f, 'v, 'c>>,
}

/// Each returns whether the members are known.
impl<'f, 'v, 'c> Level<'_, 'f, 'v, 'c, '_> {
    fn body(&mut self, flow: TypedFlow<'f, 'v, 'c>, step: StepId) -> bool {
        let roots = flow.view.body_roots(step);
        !roots.is_empty()
            && roots.into_iter().all(|root| {
                let Some(root) = flow.view.rows.root(root) else { return false };
                let row = RowId(root.rows.start);
                match root.place {
                    // of a list, only items have members
                    Place::Part(_, name) | Place::Body(_, name) if name.value == FIELD_ITEMS => true,
                    Place::Part(_, name) | Place::Body(_, name) => self.field(name, (flow, row), 0),
                    _ => false,
                }
            })
    }

    fn field(&mut self, name: &'f At<String>, row: MemberRow<'f, 'v, 'c>, depth: usize) -> bool {
        match name.value.as_str() {
            FIELD_SPREAD => self.members(row, depth + 1),
            name if name.contains("{{") || name.contains("{%") => false,
            name => {
                self.known.insert(name);
                if name == self.name {
                    self.found.push(row);
                }
                true
            }
        }
    }

    /// Adds the members of what a row makes.
    fn members(&mut self, (flow, id): MemberRow<'f, 'v, 'c>, depth: usize) -> bool {
        self.search.left = self.search.left.saturating_sub(1);
        let is_near = depth < DEEPEST && self.search.left > 0;
        let Some(row) = flow.view.rows.row(id).filter(|_| is_near) else { return false };
        let kinds = flow.types.of(id).kinds;
        if !kinds.is_empty() && kinds.and(Kinds::OBJECT).is_empty() {
            return true;
        }
        let is_plain = |value: &Value| !matches!(value, Value::Object(members) if !members.is_empty());
        let is_known = match &row.spec.default {
            Some(DefaultSpec::Value(value)) => is_plain(value),
            _ => true,
        };
        let of_form = if let Some(value) = row.spec.form.value() {
            is_plain(value)
        } else if let Form::Source(source) = &row.spec.form {
            let read = self.search.read((flow, id), &source.value, depth);
            read.is_some_and(|read| read.into_iter().all(|row| self.members(row, depth + 1)))
        } else if let Form::First { key: Some(key), .. } = &row.spec.form {
            !reads_settings(key) && self.member(flow, row, depth)
        } else {
            !matches!(row.spec.form, Form::Template(_) | Form::RestOf { .. })
        };
        is_known
            && of_form
            && row.calls.is_empty()
            && flow.view.rows.made_of(row).all(|(becomes, id)| match becomes {
                Becomes::Whole | Becomes::Members => self.members((flow, id), depth + 1),
                Becomes::Member(name) => self.field(name, (flow, id), depth),
                // whatever a member is called
                Becomes::Named => {
                    self.found.push((flow, id));
                    true
                }
                Becomes::Source | Becomes::Nothing => true,
                Becomes::Item(_) | Becomes::Items | Becomes::Text => false,
            })
    }

    /// Adds the members of what is found by `key` in what a row reads.
    fn member(&mut self, flow: TypedFlow<'f, 'v, 'c>, row: &RowView<'c>, depth: usize) -> bool {
        let of = flow.view.rows.made_of(row).filter(|(becomes, _)| matches!(becomes, Becomes::Source));
        let of: Vec<_> = of.map(|(_, id)| (flow, id)).collect();
        match self.search.parts(&of, PartsOf::Objects, depth + 1) {
            Some(found) => found.into_iter().all(|row| self.members(row, depth + 1)),
            None => false,
        }
    }
}

/// Whether a name may be a path that operators write, with steps of its own.
fn reads_settings(key: &RowSpec) -> bool {
    let Form::Source(source) = &key.form else { return true };
    match &source.value {
        Source::Named(_) => true,
        Source::Path(path) => path.root == Root::Settings,
    }
}
