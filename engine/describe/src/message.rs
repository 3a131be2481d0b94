//! A mapping, or a variant of one.

use std::collections::BTreeSet;

use mapwright_analyze::schema::{PointerStep, Schema, Spot};
use mapwright_analyze::view::{
    ConditionView, FlowView, Place as RowPlace, Reading, Rows as RowsView, RuleOf, Site, StepView,
    VersionView, is_property,
};
use mapwright_convert::{PathStep, Root, Source as SourceSpec};
use mapwright_findings::Texts;
use mapwright_language::spec::{
    BodySpec, FIELD_ITEMS, FIELD_SPREAD, FailedSpec, ItemClass, Needs, OnFailure, RequireSpec,
    ResponseRuleSpec, StatusSpec, WarnSpec,
};
use serde_json::Value;

use crate::data::{FailedItems, Message, Part, Requirement, Response, Row, Skip, Step, Warning};
use crate::reader::{Reader, condition, negated, one_line, values_printed, values_read};
use crate::rows::{Rows, Segment, named, reserve, single};
use crate::statement::statements;

/// Describes what a mapping, or a variant of it, does.
pub(crate) fn message<'v>(version: &'v VersionView<'v>, flow: &'v FlowView<'v>, texts: &'v Texts) -> Message {
    let spec = &version.version.spec;
    let reader = Reader { texts, values: &flow.values, chains: &spec.conversions, sets: &spec.sets };
    let place = flow.variant.map_or(flow.spec.span, |variant| variant.name.span);
    let skip = |skip: &mapwright_language::spec::SkipSpec| Skip {
        when: condition(&skip.when),
        reason: one_line(&skip.reason.spelled()),
        place: reader.place(skip.span),
    };
    Message {
        name: flow.mapping.message.clone(),
        variant: flow.variant.map(|variant| variant.name.value.clone()),
        when: flow.variant.map(|variant| condition(&variant.when)),
        types: flow.messages(),
        about: flow.spec.description.as_deref().map(one_line),
        destructive: flow.spec.destructive,
        skips: flow.spec.skip.iter().map(skip).collect(),
        requirements: flow.require.iter().map(|require| requirement(reader, require)).collect(),
        warnings: flow.warn.iter().map(|warn| warning(reader, warn)).collect(),
        order: order(reader, flow),
        options: options(flow),
        values: decisive(reader, flow),
        parts: parts(reader, version, flow),
        steps: flow.steps.iter().map(|step| self::step(reader, flow, step)).collect(),
        result: named(reader, &flow.spec.result),
        statements: statements(
            texts,
            flow.variant.map_or(&flow.mapping.content.node, |variant| &variant.node),
        ),
        place: reader.place(place),
    }
}

fn requirement(reader: Reader<'_>, require: &RequireSpec) -> Requirement {
    let needs = |needs: &[Needs], word: &str| {
        let texts: Vec<String> = needs.iter().map(need).collect();
        texts.join(word)
    };
    let each = |needs: &[Needs]| needs.iter().map(need).collect();
    let parts = [needs(&require.any, " or "), needs(&require.all, " and ")];
    let that = require.that.as_ref().map(condition);
    let texts: Vec<String> = parts.into_iter().filter(|text| !text.is_empty()).chain(that.clone()).collect();
    Requirement {
        text: texts.join(", and "),
        needs: require.any.iter().chain(&require.all).flat_map(sources).collect(),
        any: each(&require.any),
        all: each(&require.all),
        that,
        when: require.when.as_ref().map(condition),
        otherwise: one_line(&require.otherwise.spelled()),
        code: require.code.clone().unwrap_or_else(|| "missing_required".to_owned()),
        fault: require.fault.map_or("event", |fault| fault.word()).to_owned(),
        place: reader.place(require.span),
    }
}

/// The sources that a need names.
fn sources(need: &Needs) -> Vec<String> {
    match need {
        Needs::Source(_) => vec![self::need(need)],
        Needs::Any(needs) | Needs::All(needs) => needs.iter().flat_map(sources).collect(),
    }
}

fn need(need: &Needs) -> String {
    let all = |needs: &[Needs], word: &str| {
        let texts: Vec<String> = needs.iter().map(self::need).collect();
        format!("({})", texts.join(word))
    };
    match need {
        Needs::Source(source) => match &source.value {
            SourceSpec::Named(named) => named.written.clone(),
            SourceSpec::Path(path) => path.written.clone(),
        },
        Needs::Any(needs) => all(needs, " or "),
        Needs::All(needs) => all(needs, " and "),
    }
}

fn warning(reader: Reader<'_>, warn: &WarnSpec) -> Warning {
    Warning {
        code: warn.code.clone(),
        when: warn.when.as_ref().map(condition),
        message: one_line(&warn.message.spelled()),
        place: reader.place(warn.span),
    }
}

/// The order keys: those of the version that the mapping does not state, and its own.
fn order(reader: Reader<'_>, flow: &FlowView<'_>) -> Vec<Row> {
    let roots = flow.rows.roots.iter().filter_map(|root| match root.place {
        RowPlace::Order(key) => Some((key, flow.rows.rows.get(root.rows.start)?.spec)),
        _ => None,
    });
    roots.map(|(key, row)| single(reader, &key.value, row)).collect()
}

/// The options of events that something besides a warning reads.
fn options(flow: &FlowView<'_>) -> Vec<String> {
    let rows = &flow.rows;
    let counts = |site: Site| match site {
        Site::Row(id) => rows.is_reached(id),
        Site::Warn(_) | Site::StepWarn(..) => false,
        _ => true,
    };
    let reads = rows.reads.iter().filter(|read| counts(read.site)).filter_map(|read| match &read.reading {
        Reading::Path(Root::Options, steps) => match steps.first() {
            Some(PathStep::Key(name)) => Some(name.clone()),
            _ => None,
        },
        _ => None,
    });
    reads.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The named values that conditions and templates read: what they are decides something, and no row says it.
fn decisive(reader: Reader<'_>, flow: &FlowView<'_>) -> Vec<Row> {
    let rows = &flow.rows;
    let mut names = BTreeSet::new();
    let mut take = |name: &str| {
        names.insert(name.to_owned());
    };
    for ConditionView { expression, .. } in rows.conditions.iter().filter(|view| counts(rows, view.site)) {
        values_read(expression, &mut take);
    }
    for view in rows.templates.iter().filter(|view| counts(rows, view.site)) {
        values_printed(view.template, &mut take);
    }
    let found = names.iter().filter_map(|name| Some((name, reader.values.find(name)?.1)));
    found.map(|(name, row)| single(reader, &format!("${name}"), row)).collect()
}

/// Whether what stands here decides something.
fn counts(rows: &RowsView<'_>, site: Site) -> bool {
    match site {
        Site::Row(id) => rows.is_reached(id),
        _ => true,
    }
}

/// The payload parts of which something is sent or read.
fn parts<'v>(reader: Reader<'v>, version: &'v VersionView<'v>, flow: &'v FlowView<'v>) -> Vec<Part> {
    let mut all = Vec::new();
    for (name, fields) in flow.parts.iter() {
        let is_reached = |id| flow.rows.root(id).is_some_and(|root| root.reached);
        if !flow.part_roots(name).any(is_reached) {
            continue;
        }
        let senders: Vec<&StepView<'_>> =
            flow.steps.iter().filter(|step| part_of(step).is_some_and(|part| part == *name)).collect();
        let mut operations: Vec<String> = Vec::new();
        for (operation, _) in senders.iter().filter_map(|step| step.operation) {
            if !operations.contains(&operation.value) {
                operations.push(operation.value.clone());
            }
        }
        let schema = senders.iter().find_map(|step| {
            let schema = step.operation?.1.step_schema()?;
            version.schemas.get(version.version, &schema.value)
        });
        let types = |segments: &[Segment]| schema.map_or_else(Vec::new, |schema| types(schema, segments));
        let mut rows = Rows { reader, types: &types, rows: Vec::new() };
        for (field, row) in fields.iter() {
            rows.add(vec![Segment::Field(field.value.clone())], row, &[], 0);
        }
        let mut rows = rows.rows;
        reserve(&mut rows);
        all.push(Part { name: (*name).to_owned(), operations, rows });
    }
    all
}

/// The part that a step sends.
fn part_of<'c>(step: &StepView<'c>) -> Option<&'c str> {
    match step.spec.body.as_ref()? {
        BodySpec::Part(part) => Some(part.value.as_str()),
        BodySpec::Fields(_) => None,
    }
}

/// The types that a schema has for a place of a body.
fn types(schema: &Schema, segments: &[Segment]) -> Vec<String> {
    let mut pointer = Vec::with_capacity(segments.len());
    for segment in segments {
        match segment {
            Segment::Field(name) if name == FIELD_SPREAD => return Vec::new(),
            Segment::Field(name) if name == FIELD_ITEMS => pointer.push(PointerStep::EachItem),
            Segment::Field(name) => pointer.push(PointerStep::Field(name)),
            Segment::Item(at) => pointer.push(PointerStep::Item(*at)),
            Segment::Each => pointer.push(PointerStep::EachItem),
        }
    }
    let Some(Spot { alternatives }) = schema.at(&pointer) else { return Vec::new() };
    let mut found: Vec<String> = Vec::new();
    for stated in alternatives.iter().flatten().filter_map(|schema| schema.get("type")) {
        let words = match stated {
            Value::Array(words) => words.as_slice(),
            one => std::slice::from_ref(one),
        };
        for word in words.iter().filter_map(Value::as_str) {
            if !found.iter().any(|known| known == word) {
                found.push(word.to_owned());
            }
        }
    }
    found
}

fn step<'v>(reader: Reader<'v>, flow: &'v FlowView<'v>, step: &'v StepView<'v>) -> Step {
    let spec = step.spec;
    let mut groups = Vec::new();
    let mut group = step.group;
    while let Some(around) = group.and_then(|id| flow.step(id)) {
        groups.insert(0, around.name.value.clone());
        group = around.group;
    }
    let mut conditions: Vec<String> = spec.when.iter().map(condition).collect();
    conditions.extend(spec.unless.iter().map(negated));
    let body = match &spec.body {
        Some(BodySpec::Fields(fields)) => {
            let is_list = fields.iter().any(|(name, _)| !is_property(name));
            let rows = named(reader, fields);
            if is_list { rows } else { reserved(rows) }
        }
        // what a function is given is what is sent
        _ => match step.operation.and_then(|(_, operation)| operation.arguments_for(spec)) {
            Some(arguments) => named(reader, &arguments.fields),
            None => Vec::new(),
        },
    };
    let each = spec.for_each.as_ref().map(|list| {
        let (text, _) = reader.whole(list, 0);
        match &spec.filter {
            Some(filter) => format!("{text} where {}", condition(filter)),
            None => text,
        }
    });
    Step {
        name: step.name.value.clone(),
        groups,
        about: spec.description.as_deref().map(one_line),
        operation: step.operation.map(|(name, _)| name.value.clone()),
        endpoint: step.operation.map(|(_, operation)| match &operation.call {
            Some(call) => format!("call {}", call.value),
            None => {
                let method = operation.method.map_or("", |method| method.word());
                format!("{method} {}", operation.path_text())
            }
        }),
        conditions,
        each,
        goes_on: spec.on_failure.as_ref().is_some_and(|word| word.value == OnFailure::Continue),
        params: match step.operation {
            Some((_, operation)) => named(reader, operation.params_for(spec)),
            None => named(reader, &spec.params),
        },
        query: named(reader, &spec.query),
        headers: named(reader, &spec.headers),
        part: part_of(step).map(str::to_owned),
        body,
        captures: named(reader, &spec.capture),
        kept: spec.cache.as_ref().map(|cache| cache.time.value.0.clone()),
        pages: spec.page.as_ref().map(|page| page.most.value),
        responses: step
            .rules
            .iter()
            .filter(|rule| rule.of == RuleOf::Step)
            .map(|rule| response(reader, rule.spec))
            .collect(),
        warnings: spec.warn.iter().map(|warn| warning(reader, warn)).collect(),
        order: named(reader, &spec.order),
        place: reader.place(step.name.span),
    }
}

fn reserved(mut rows: Vec<Row>) -> Vec<Row> {
    reserve(&mut rows);
    rows
}

/// Describes what a response means.
pub(crate) fn response(reader: Reader<'_>, rule: &ResponseRuleSpec) -> Response {
    Response {
        statuses: rule.status.iter().map(|status| statuses(*status)).collect(),
        when: rule.when.as_ref().map(condition),
        class: rule.class.map(|class| class.word().to_owned()),
        code: rule.code.clone(),
        fault: rule.fault.map(|fault| fault.word().to_owned()),
        advice: rule.advice.as_ref().map(|advice| one_line(&advice.text)),
        after: rule.after.as_ref().map(|row| reader.whole(row, 0).0),
        times: rule.times.as_ref().map(|times| times.value),
        then: rule.then.as_ref().map(|then| then.value.clone()),
        renew: rule.renew.as_ref().map(|setting| match &setting.value {
            SourceSpec::Named(named) => named.written.clone(),
            SourceSpec::Path(path) => path.written.clone(),
        }),
        failed: rule.failed.iter().map(|failed| failed_items(reader, failed)).collect(),
        captures: named(reader, &rule.capture),
        place: reader.place(rule.span),
    }
}

fn failed_items(reader: Reader<'_>, spec: &FailedSpec) -> FailedItems {
    FailedItems {
        each: reader.whole(&spec.each, 0).0,
        filter: spec.filter.as_ref().map(condition),
        class: spec.class.unwrap_or(ItemClass::GiveUp).word().to_owned(),
    }
}

fn statuses(status: StatusSpec) -> String {
    let StatusSpec { first, last } = status;
    match (first, last) {
        (first, last) if first == last => first.to_string(),
        (first, last) if first % 100 == 0 && last == first + 99 => format!("{}xx", first / 100),
        (first, last) => format!("{first}-{last}"),
    }
}
