//! The points of a version: all of it that an event can reach or not, for coverage. Plans are destructured field by field here, so
//! that a new field of the language cannot be forgotten.

mod shown;

use std::collections::{BTreeMap, HashSet};

use mapwright_convert::{Example, ExampleResult, PathStep};
use mapwright_findings::Span;
use mapwright_language::spec::{FIELD_ITEMS, FIELD_SPREAD, OnError, OnMissing};

use crate::event_source::SourcePlan;
use crate::plan::{
    Auth, CachePlan, Call, CheckedRow, Condition, ErrorRows, Field, Flow, Form, Guard, Instruction,
    MessagePlan, Need, Operation, Page, Part, Repeat, Requirement, ResponseRule, Row, RuleEnd, Server,
    SkipRule, Slot, StepOrder, Warn,
};
use crate::points::shown::{shown_form, shown_status};
use crate::settings::SettingPlan;
use crate::tally::{Point, What};
use crate::version::VersionPlan;

/// Returns the points of a version, by position, each with what it says: what happens when it is reached.
pub fn points(plan: &VersionPlan) -> BTreeMap<Point, String> {
    let VersionPlan {
        destination: _,
        number: _,
        trie: _,
        response_trie: _,
        batch_trie: _,
        admission: _,
        settings,
        server,
        operations,
        rules,
        error,
        messages,
        unsupported: _,
        sources,
        lazy,
        texts: _,
    } = plan;
    let is_given =
        |setting: &&SettingPlan| setting.default.is_some() || (setting.required && setting.when.is_none());
    let given = settings.iter().filter(is_given).map(|setting| setting.name.as_str()).collect();
    let mut points = Points { given, found: BTreeMap::new() };
    points.settings(settings, "");
    for SourcePlan { name: _, when, cloud: _, device: _ } in sources {
        points.conditions(when);
    }
    if let Some(Server { url, headers, query, auth }) = server {
        points.row(url, "server");
        points.fields(headers, "headers");
        points.fields(query, "query");
        points.auth(auth.as_ref(), "auth");
    }
    operations.iter().for_each(|operation| points.operation(operation));
    points.rules(rules);
    let ErrorRows { code, message } = error;
    code.iter().for_each(|row| points.row(row, "error.code"));
    message.iter().for_each(|row| points.row(row, "error.message"));
    for MessagePlan { messages: _, command: _, destructive: _, variants, flow } in messages {
        for (name, when, flow) in variants {
            points.add(when.span, What::Variant, format!("the variant `{name}` takes an event"));
            points.condition(when);
            points.flow(flow);
        }
        points.flow(flow);
    }
    lazy.iter().for_each(|row| points.row(row, "a named value"));
    points.found
}

struct Points<'p> {
    /// The settings that always have a value.
    given: HashSet<&'p str>,
    found: BTreeMap<Point, String>,
}

/// The role of a row in the one around it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// It has a value of its own.
    Whole,
    /// It is one of the ways to the value of another.
    Alternative,
    /// It is the only one.
    Only,
}

impl Points<'_> {
    fn add(&mut self, span: Span, what: What, text: String) {
        // what the engine states itself stands nowhere
        if span.end > 0 {
            self.found.entry(Point { span, what }).or_insert(text);
        }
    }

    fn settings(&mut self, settings: &[SettingPlan], at: &str) {
        for setting in settings {
            let SettingPlan {
                name,
                span,
                kind: _,
                secret: _,
                required: _,
                when,
                error: _,
                default: _,
                one_of: _,
                pattern: _,
                alias: _,
                names: _,
                items,
            } = setting;
            for (place, choice) in setting.choices().iter().enumerate() {
                self.add(*span, What::Choice(place), format!("the setting `{at}{name}` is `{choice}`"));
            }
            self.conditions(when);
            self.settings(items, &format!("{at}{name}."));
        }
    }

    fn conditions<'c>(&mut self, conditions: impl IntoIterator<Item = &'c Condition>) {
        conditions.into_iter().for_each(|condition| self.condition(condition));
    }

    fn condition(&mut self, condition: &Condition) {
        let Condition { text, span, places: _, expr: _ } = condition;
        self.add(*span, What::Holds, format!("`{text}` holds"));
        self.add(*span, What::HoldsNot, format!("`{text}` does not hold"));
    }

    fn operation(&mut self, operation: &Operation) {
        let Operation {
            name,
            target: _,
            schema: _,
            answer_schema: _,
            encoding: _,
            compress: _,
            auth,
            rate: _,
            declared: _,
            idempotent: _,
            query,
            headers,
            batch,
            rules,
        } = operation;
        self.fields(query, &format!("{name}.query"));
        self.fields(headers, &format!("{name}.headers"));
        self.auth(auth.as_ref(), &format!("{name}.auth"));
        if let Some(batch) = batch {
            self.conditions(&batch.unless);
            batch.rows().into_iter().for_each(|(key, row)| self.row(row, &format!("{name}.batch.{key}")));
        }
        self.rules(rules);
    }

    fn auth(&mut self, auth: Option<&Auth>, at: &str) {
        for (name, row) in auth.into_iter().flat_map(Auth::rows) {
            self.row(row, &format!("{at}: {name}"));
        }
    }

    fn rules(&mut self, rules: &[ResponseRule]) {
        for rule in rules {
            let ResponseRule { status, when, capture, failed, end, span } = rule;
            let status = shown_status(status);
            let text = match end {
                RuleEnd::Then(_) => format!("the response rule for {status} continues at another step"),
                RuleEnd::Class { .. } | RuleEnd::Renew { .. } => {
                    format!("the response rule for {status} counts")
                }
            };
            self.add(*span, rule.reached(), text);
            self.conditions(when);
            capture.iter().for_each(|(_, row)| self.row(row, "a capture"));
            for failed in failed {
                self.add(failed.span, What::Rule, "a response names an item of a batch".to_owned());
                self.conditions(&failed.filter);
                self.conditions(failed.name.among());
                failed.rows().into_iter().for_each(|(key, row)| self.row(row, &format!("failed.{key}")));
            }
            match end {
                RuleEnd::Then(_) | RuleEnd::Renew { setting: _, times: _ } => {}
                RuleEnd::Class { class: _, after, into: _, times: _, fault: _, code: _, advice: _ } => {
                    after.iter().for_each(|row| self.row(row, "after"));
                }
            }
        }
    }

    fn flow(&mut self, flow: &Flow) {
        let Flow {
            order,
            step_order,
            skip,
            parts,
            eager: _,
            early: _,
            rehearsed: _,
            require,
            warn,
            captures,
            program,
            calls: _,
            result: _,
            reach: _,
            properties: _,
            ways: _,
        } = flow;
        order.iter().for_each(|(name, row)| self.row(row, &format!("order.{name}")));
        for StepOrder { name, row, steps: _ } in step_order {
            self.row(row, &format!("order.{name}"));
        }
        for SkipRule { when, reads: _, reason: _, said: _, span: _ } in skip {
            self.condition(when);
        }
        for part in parts {
            let Part {
                name,
                fields,
                depends: _,
                spread: _,
                list: _,
                inline: _,
                apart: _,
                per_item: _,
                captures: _,
            } = part;
            self.fields(fields, name);
        }
        for Requirement { when, need, reads: _, message, said: _, code: _, fault: _, span } in require {
            let message = &message.written;
            self.add(*span, What::Required, format!("the event is rejected with `{message}`"));
            self.conditions(when);
            self.need(need);
        }
        self.warnings(warn);
        program.iter().for_each(|instruction| self.instruction(instruction, captures));
    }

    fn need(&mut self, need: &Need) {
        match need {
            Need::Has(_) => {}
            Need::Any(needs) | Need::All(needs) => needs.iter().for_each(|need| self.need(need)),
            Need::That(condition) => self.condition(condition),
        }
    }

    fn warnings(&mut self, warnings: &[Warn]) {
        for Warn { when, reads: _, code, message: _, span } in warnings {
            self.add(*span, What::Warning, format!("the warning `{code}` is given"));
            self.conditions(when);
        }
    }

    fn instruction(&mut self, instruction: &Instruction, captures: &[String]) {
        match instruction {
            Instruction::Leave { start: _ } => {}
            Instruction::Enter { guard, list, end: _ } => {
                self.guard(guard);
                if let Some(repeat) = list {
                    let Repeat { list, filter, reads: _, captures: _, continues: _ } = &**repeat;
                    self.row(list, "for_each");
                    self.conditions(filter);
                }
            }
            Instruction::Call(call) => {
                let Call {
                    name,
                    guard,
                    operation: _,
                    params,
                    query,
                    headers,
                    body: _,
                    reads: _,
                    needs: _,
                    may_reject_early: _,
                    capture,
                    page,
                    cache,
                    rules,
                    warn,
                    span,
                } = &**call;
                self.add(*span, What::Step, format!("the step `{name}` is made"));
                self.guard(guard);
                params.iter().for_each(|row| self.row(row, &format!("{name}.params")));
                self.fields(query, &format!("{name}.query"));
                self.fields(headers, &format!("{name}.headers"));
                for (at, row) in capture {
                    let capture = captures.get(*at).map_or("", String::as_str);
                    self.row(row, &format!("captures.{capture}"));
                }
                page.iter().for_each(|Page { next, .. }| self.row(next, "captures.next"));
                cache.iter().for_each(|CachePlan { time: _, renew }| self.guard(renew));
                self.rules(rules);
                self.warnings(warn);
            }
        }
    }

    fn guard(&mut self, guard: &Guard) {
        let Guard { when, unless, reads: _, captures: _ } = guard;
        self.conditions(when);
        self.conditions(unless);
    }

    fn fields(&mut self, fields: &[Field], of: &str) {
        for Field { name, key: _, row, span: _, lifted } in fields {
            let name = match (of, name.as_str()) {
                ("", name) => name.to_owned(),
                (of, FIELD_SPREAD | FIELD_ITEMS) => of.to_owned(),
                (of, name) => format!("{of}.{name}"),
            };
            // one that is made on its own is a part of its own
            if !lifted {
                self.row(row, &name);
            }
        }
    }

    fn row(&mut self, row: &Row, name: &str) {
        self.row_as(row, name, Role::Whole);
    }

    fn row_as(&mut self, row: &Row, name: &str, role: Role) {
        let CheckedRow {
            form,
            when,
            unless,
            conversions,
            default,
            absence: _,
            on_missing,
            on_error,
            error: _,
            span,
        } = &**row;
        if role == Role::Whole {
            self.add(*span, What::Row, format!("`{name}` has a value"));
        }
        self.conditions(when.as_deref());
        self.conditions(unless.as_deref());
        let rejects = match on_missing {
            OnMissing::Reject => true,
            OnMissing::Omit | OnMissing::Null => false,
        };
        if rejects {
            self.add(*span, What::Missing, format!("`{name}` is missing, though it is required"));
        }
        self.ways(row, name, role);
        let falls_back = match role {
            Role::Whole => form.alternatives() > 1 || default.is_some(),
            Role::Alternative | Role::Only => default.is_some(),
        };
        if falls_back && !(rejects && default.is_none()) && !self.is_certain(form) {
            let text = match default {
                Some(_) => format!("`{name}` has its default"),
                None => format!("nothing gives `{name}` a value"),
            };
            self.add(*span, What::NoneGives, text);
        }
        for conversion in conversions {
            self.add(conversion.span, What::Converts, format!("`{}` is applied", conversion.name()));
        }
        let combines =
            if let Form::Combined { combination, .. } = form { Some(combination.name()) } else { None };
        let converts = conversions.iter().map(|conversion| conversion.name()).chain(combines);
        if reads_anything(form) && converts.into_iter().any(can_fail) {
            let (what, then) = match on_error {
                OnError::Reject => (What::Refused, ""),
                OnError::Omit | OnError::Next => (What::Dropped, ", which is dropped"),
            };
            self.add(*span, what, format!("a conversion refuses the value of `{name}`{then}"));
        }
        self.inside(form, name);
    }

    /// The alternatives of a row, and the row itself as one.
    fn ways(&mut self, row: &Row, name: &str, role: Role) {
        let is_list = row.form.alternatives() > 1;
        if let Form::Places(places) = &row.form
            && (is_list || (row.default.is_some() && role == Role::Whole))
        {
            for place in places.list() {
                let text = format!("`{}` gives the value of `{name}`", place.text);
                self.add(place.span, What::Gives, text);
            }
        } else if role == Role::Alternative && !is_list {
            let text = format!("`{}` gives the value of `{name}`", shown_form(&row.form));
            self.add(row.alternative(), What::Gives, text);
        }
    }

    /// The rows that a form is made of.
    fn inside(&mut self, form: &Form, name: &str) {
        match form {
            Form::Places(_) | Form::Value(_) | Form::Template(_) => {}
            Form::First(rows) => {
                let role = if rows.len() > 1 { Role::Alternative } else { Role::Only };
                rows.iter().for_each(|row| self.row_as(row, name, role));
            }
            Form::Member { of, key, is_path: _ } => {
                of.iter().for_each(|row| self.row(row, name));
                self.row(key, &format!("{name}.key"));
            }
            Form::Join { parts: rows, with: _ } | Form::Concat(rows) | Form::Merge(rows) => {
                rows.iter().for_each(|row| self.row(row, &format!("{name}: {}", shown_form(&row.form))));
            }
            Form::List(rows) => {
                rows.iter().enumerate().for_each(|(at, row)| self.row(row, &format!("{name}[{at}]")));
            }
            Form::RestOf(rest) => rest.omit.iter().for_each(|row| self.row(row, &format!("{name}.omit"))),
            Form::Object(fields) => self.fields(fields, name),
            Form::Written { from, with } => {
                self.row(from, &format!("{name}.template"));
                self.fields(with, &format!("{name}.with"));
            }
            Form::Computed { key, to } => {
                self.row(key, &format!("{name}.key"));
                self.row(to, name);
            }
            Form::Each { list, named: _, filter, key, to } => {
                self.row(list, &format!("{name}.each"));
                self.conditions(filter.as_deref());
                key.iter().for_each(|key| self.row(key, &format!("{name}.key")));
                self.row(to, &format!("{name}[]"));
            }
            Form::Switch { on, cases, otherwise } => {
                self.row(on, &format!("{name}.switch"));
                let stated = cases.iter().map(|(case, row)| (case.as_str(), row));
                let otherwise = otherwise.iter().map(|row| ("else", row.as_ref()));
                for (case, row) in stated.chain(otherwise) {
                    self.add(row.span, What::Case, format!("the case `{case}` of `{name}` is taken"));
                    self.row(row, name);
                }
            }
            Form::Combined { combination, of, by, span } => {
                self.add(*span, What::Converts, format!("`{}` is applied", combination.name()));
                self.row(of, name);
                self.row(by, &format!("{name}: `{}`", combination.name()));
            }
        }
    }

    /// Whether a form always gives a value.
    fn is_certain(&self, form: &Form) -> bool {
        match form {
            Form::Value(constant) => !constant.value.is_null() && constant.value.as_str() != Some(""),
            Form::Places(places) => places.list().iter().any(|place| self.has_always(&place.slot)),
            Form::First(rows) => rows.iter().any(|row| self.gives_always(row)),
            Form::Switch { on: _, cases, otherwise } => {
                let mut cases = cases.iter().map(|(_, row)| row);
                otherwise.as_ref().is_some_and(|row| self.gives_always(row))
                    && cases.all(|row| self.gives_always(row))
            }
            Form::Member { .. }
            | Form::Template(_)
            | Form::Written { .. }
            | Form::Join { .. }
            | Form::Concat(_)
            | Form::Merge(_)
            | Form::RestOf(_)
            | Form::Object(_)
            | Form::Computed { .. }
            | Form::List(_)
            | Form::Each { .. }
            | Form::Combined { .. } => false,
        }
    }

    fn gives_always(&self, row: &Row) -> bool {
        row.when.is_none() && row.unless.is_none() && row.conversions.is_empty() && self.is_certain(&row.form)
    }

    /// Whether there is always a value at a place.
    fn has_always(&self, slot: &Slot) -> bool {
        match slot {
            Slot::Now | Slot::Version(_) | Slot::Set(_) => true,
            Slot::Setting(steps) => {
                matches!(steps.as_slice(), [PathStep::Key(name)] if self.given.contains(name.as_str()))
            }
            Slot::Either { first, then, .. } => self.has_always(first) || self.has_always(then),
            Slot::Event(_)
            | Slot::Options(_)
            | Slot::Part { .. }
            | Slot::Field { .. }
            | Slot::Lazy { .. }
            | Slot::Capture { .. }
            | Slot::Status
            | Slot::Header(_)
            | Slot::Body(_)
            | Slot::Text
            | Slot::Item(_)
            | Slot::Named { .. } => false,
        }
    }
}

impl Form {
    /// How many alternatives it has.
    fn alternatives(&self) -> usize {
        match self {
            Form::Places(places) => places.list().len(),
            Form::First(rows) => rows.len(),
            Form::Member { .. }
            | Form::Value(_)
            | Form::Template(_)
            | Form::Written { .. }
            | Form::Join { .. }
            | Form::Concat(_)
            | Form::Merge(_)
            | Form::RestOf(_)
            | Form::Object(_)
            | Form::Computed { .. }
            | Form::List(_)
            | Form::Each { .. }
            | Form::Switch { .. }
            | Form::Combined { .. } => 1,
        }
    }
}

/// Whether a form can give just any value: it reads what an event, a response or the settings say. What others have made is left alone, since it
/// is of the kind that they make.
fn reads_anything(form: &Form) -> bool {
    match form {
        Form::Places(places) => places.list().iter().any(|place| is_foreign(&place.slot)),
        Form::First(rows) => rows.iter().any(|row| reads_anything(&row.form)),
        Form::Member { of, .. } => of.iter().any(|row| reads_anything(&row.form)),
        Form::Switch { on: _, cases, otherwise } => {
            let cases = cases.iter().map(|(_, row)| row);
            cases.chain(otherwise.as_deref()).any(|row| reads_anything(&row.form))
        }
        Form::Combined { combination: _, of, by, span: _ } => {
            reads_anything(&of.form) || reads_anything(&by.form)
        }
        Form::Value(_)
        | Form::Template(_)
        | Form::Written { .. }
        | Form::Join { .. }
        | Form::Concat(_)
        | Form::Merge(_)
        | Form::RestOf(_)
        | Form::Object(_)
        | Form::Computed { .. }
        | Form::List(_)
        | Form::Each { .. } => false,
    }
}

/// Whether what stands at a place comes from elsewhere.
fn is_foreign(slot: &Slot) -> bool {
    match slot {
        Slot::Event(_)
        | Slot::Options(_)
        | Slot::Setting(_)
        | Slot::Capture { .. }
        | Slot::Header(_)
        | Slot::Body(_)
        | Slot::Text
        | Slot::Item(_)
        | Slot::Named { .. } => true,
        Slot::Either { first, then, .. } => is_foreign(first) || is_foreign(then),
        Slot::Part { .. }
        | Slot::Field { .. }
        | Slot::Lazy { .. }
        | Slot::Status
        | Slot::Set(_)
        | Slot::Now
        | Slot::Version(_) => false,
    }
}

/// Whether a conversion refuses some values.
fn can_fail(conversion: &str) -> bool {
    let fails = |example: &Example| matches!(example.outcome, ExampleResult::Fails(_));
    mapwright_convert::find(conversion).is_some_and(|definition| definition.examples.iter().any(fails))
}
