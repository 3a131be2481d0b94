//! The items in the bodies of batches.

use crate::conversion::each_call;
use crate::resolve::Resolver;
use crate::resolve::available::is_items;
use crate::resolve::reads::{What, each_read, name_read, source_read};
use mapwright_convert::{PathStep, Root, Source};
use mapwright_findings::rules::invalid_value;
use mapwright_findings::{At, Span};
use mapwright_language::decode::Named;
use mapwright_language::names::ITEMS;
use mapwright_language::spec::{
    BatchListsSpec, BatchSpec, ConversionSpec, Encoding, FIELD_ITEMS, FIELD_SPREAD, Form, OperationSpec,
    Role, RowSpec,
};
use serde_json::Value;

/// The items that the value of a row has.
#[derive(Debug, Clone, Copy)]
enum Held<'c> {
    /// None, or single ones.
    Single,
    /// As many as this conversion leaves.
    Fewer(u64, &'c ConversionSpec),
    /// All items.
    All,
}

impl Resolver<'_, '_> {
    /// Reports a body that leaves items out.
    pub(crate) fn body_has_items(&mut self, spec: &BatchSpec, body: &RowSpec, most: u64) {
        match held(body, most, &self.version.spec.conversions) {
            Held::Single if !body.flawed => {
                let message = "the body of the batch leaves out the items";
                let advice = format!("read `{ITEMS}` in it, such as `body: {{ events: {ITEMS} }}`");
                invalid_value::report(self.reports, body.span, message, advice);
            }
            Held::Fewer(count, call) if !body.flawed => {
                let name = &call.name.value;
                let message = match count {
                    0 => format!("the body of the batch leaves out the items: `{name}` keeps none of them"),
                    _ => format!(
                        "the body of the batch leaves out items: `{name}` keeps {count} of up to {most}"
                    ),
                };
                let advice = "remove the conversion, lower `most`, or read all items in another place of the body; an item that is not sent counts as delivered";
                invalid_value::report(self.reports, call.name.span, message, advice);
            }
            _ => {}
        }
        self.single_items(spec, body, most);
        // what is wrong with them otherwise has a finding
        let is_right = |lists: &&BatchListsSpec| {
            let mut of_item = false;
            each_read(&lists.by, &mut |read| of_item |= matches!(read.what, What::Path(Root::Item, _)));
            of_item && (1..most).contains(&lists.most.value)
        };
        if let Some(lists) = spec.lists.as_ref().filter(is_right)
            && lists_of(body) == 1
        {
            let message = "`lists` limits the lists of a body, and this one has a single list of all items";
            let advice = "write a list with `where` for each value of `by`, or remove `lists`";
            invalid_value::report(self.reports, lists.by.span, message, advice);
        }
    }

    /// Reports a limit of bytes that what every body has exceeds.
    pub(crate) fn body_fits_bytes(&mut self, spec: &BatchSpec, body: &RowSpec, sent: &OperationSpec) {
        let is_json = sent.encoding.is_none_or(|encoding| encoding == Encoding::Json);
        let Some(bytes) = spec.bytes.as_ref().filter(|_| is_json) else { return };
        let least = fewest_bytes(body);
        if least > bytes.value.0 {
            let message = format!(
                "no body of the batch has {} bytes or fewer: its constants and one item have {least}",
                bytes.value.0
            );
            let advice = "write how many bytes the API takes, or remove `bytes`";
            invalid_value::report(self.reports, bytes.span, message, advice);
        }
    }

    /// Reports a body of a step, which is an item of a batch, that is larger than an item may be.
    pub(crate) fn item_fits_bytes(&mut self, fields: &Named<RowSpec>, operation: &OperationSpec, at: Span) {
        let bytes = operation.batch.as_ref().and_then(|batch| batch.item_bytes.as_ref());
        let Some(bytes) = bytes.filter(|_| !fields.iter().any(|(name, _)| name.value == FIELD_ITEMS)) else {
            return;
        };
        // an item is an object, unless it is a list
        let least = fewest_members(fields).max(BRACES + 1);
        if least > bytes.value.0 {
            let message = format!(
                "this body is no item of a batch, which has `item_bytes: {}B`: its constants alone have {least}",
                bytes.value.0
            );
            invalid_value::report(
                self.reports,
                at,
                message,
                "write how many bytes an item may have, or remove `item_bytes`",
            );
        }
    }

    /// Reports reads of single items that others of the batch may contradict, or that the batch never has.
    fn single_items(&mut self, spec: &BatchSpec, body: &RowSpec, most: u64) {
        let mut single: Vec<(Span, usize, Vec<PathStep>)> = Vec::new();
        each_read(body, &mut |read| match read.what {
            What::Path(Root::Event, [first, PathStep::Index(index), rest @ ..])
                if is_items(std::slice::from_ref(first)) =>
            {
                single.push((read.span, *index, rest.to_vec()));
            }
            _ => {}
        });
        let mut equal: Vec<Vec<PathStep>> = Vec::new();
        for row in &spec.by {
            each_read(row, &mut |read| {
                if let What::Path(Root::Item, steps) = read.what {
                    equal.push(steps.to_vec());
                }
            });
        }
        for (span, index, steps) in single {
            if u64::try_from(index).is_ok_and(|index| index >= most) {
                let message = format!("no batch has the item `{ITEMS}[{index}]`: `most` is {most}");
                let advice =
                    format!("count from 0; the last item is at most `{ITEMS}[{}]`", most.saturating_sub(1));
                invalid_value::report(self.reports, span, message, advice);
            } else if !equal.iter().any(|known| steps.starts_with(known)) {
                let path: Vec<String> = steps.iter().map(PathStep::text).collect();
                let path = std::iter::once("item".to_owned()).chain(path).collect::<Vec<_>>().join(".");
                let message = "the body has the value of one item, and others of the batch may have another";
                invalid_value::report(self.reports, span, message, format!("add `{path}` to `by`"));
            }
        }
    }
}

/// Returns the most that is known to be left of the items in the value of a row, of a batch with up to `most`.
fn held<'c>(row: &'c RowSpec, most: u64, chains: &'c Named<Vec<ConversionSpec>>) -> Held<'c> {
    let mut own = Held::Single;
    if let Form::Source(source) = &row.form {
        source_read(source, &mut |each| {
            if matches!(each.what, What::Path(Root::Event, steps @ [_]) if is_items(steps)) {
                own = Held::All;
            }
        });
    }
    // how many there are is nothing of them
    if let Form::Template(template) = &row.form
        && template.gives(
            |name| matches!(name_read(name), Some(What::Path(Root::Event, steps @ [_])) if is_items(steps)),
        )
    {
        own = Held::All;
    }
    let (mut default, mut chosen) = (Held::Single, None);
    for (role, inner) in row.inside() {
        let inner = held(inner, most, chains);
        match role {
            Role::Default => default = inner,
            // one of them is sent
            Role::Case(_) | Role::Otherwise => {
                chosen = Some(chosen.map_or(inner, |chosen: Held<'c>| chosen.and(inner)));
            }
            Role::SwitchOn | Role::Key | Role::Operand(_) => {}
            _ => own = own.or(inner),
        }
    }
    own = chosen.map_or(own, |chosen| own.or(chosen));
    for call in &row.conversions {
        each_call(call, chains, &mut |inner, definition| {
            let left = definition.most_items(|name| inner.argument(name)).filter(|left| *left < most);
            if let (Held::All, Some(left)) = (own, left) {
                own = Held::Fewer(left, call);
            }
        });
    }
    own.or(default)
}

/// Returns how many lists of the items a body has; of one that has some of them, there are several.
fn lists_of(row: &RowSpec) -> usize {
    if let Form::Source(source) = &row.form {
        return usize::from(
            matches!(&source.value, Source::Path(path) if path.steps.len() == 1 && is_items(&path.steps)),
        );
    }
    let is_several = matches!(
        row.form,
        Form::Template(_) | Form::Written { .. } | Form::Switch { .. } | Form::Each { filter: Some(_), .. }
    );
    if is_several { 2 } else { row.inside().into_iter().map(|(_, row)| lists_of(row)).sum() }
}

/// The bytes of an empty object or list with its braces.
const BRACES: usize = 2;

/// Returns the fewest bytes of a row's value in JSON, of a batch with one item; 0, if it may have no value.
fn fewest_bytes(row: &RowSpec) -> usize {
    if row.when.is_some() || row.unless.is_some() || !row.conversions.is_empty() {
        return 0;
    }
    match &row.form {
        Form::Value(Value::Null) => 0,
        Form::Value(Value::String(text)) if text.is_empty() => 0,
        Form::Value(value) => value.to_string().len(),
        // the item is an object or a list
        Form::Source(source) => match &source.value {
            Source::Path(path) if path.rest.is_none() && path.steps.len() == 1 && is_items(&path.steps) => {
                BRACES + BRACES
            }
            _ => 0,
        },
        Form::Object(fields) => fewest_members(fields),
        Form::List(items) => braced(items.iter().map(fewest_bytes).collect()),
        Form::First { .. }
        | Form::Template(_)
        | Form::Written { .. }
        | Form::Join { .. }
        | Form::Concat(_)
        | Form::Merge(_)
        | Form::RestOf { .. }
        | Form::Computed { .. }
        | Form::Each { .. }
        | Form::Switch { .. } => 0,
    }
}

/// Returns the fewest bytes of an object with these members.
fn fewest_members(fields: &Named<RowSpec>) -> usize {
    let member = |(name, row): &(At<String>, RowSpec)| match fewest_bytes(row) {
        0 => 0,
        // the name in quotes, and a colon
        bytes => name.value.len() + 3 + bytes,
    };
    let is_written = |name: &str| name != FIELD_SPREAD && !name.contains("{{");
    braced(fields.iter().filter(|(name, _)| is_written(&name.value)).map(member).collect())
}

/// Returns the bytes of an object or list with members of these sizes; 0, if none has a value.
fn braced(members: Vec<usize>) -> usize {
    match members.iter().filter(|bytes| **bytes > 0).count() {
        0 => 0,
        count => BRACES + members.iter().sum::<usize>() + count - 1,
    }
}

impl Held<'_> {
    /// The more of both.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Held::All, _) | (_, Held::Single) => self,
            (Held::Single, _) | (_, Held::All) => other,
            (Held::Fewer(one, _), Held::Fewer(another, _)) => {
                if one >= another {
                    self
                } else {
                    other
                }
            }
        }
    }

    /// The fewer of both.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Held::Single, _) | (_, Held::All) => self,
            (Held::All, _) | (_, Held::Single) => other,
            (Held::Fewer(one, _), Held::Fewer(another, _)) => {
                if one <= another {
                    self
                } else {
                    other
                }
            }
        }
    }
}
