//! Where the items of several events stand in the body that they share, and what that body wants of each.

use std::collections::BTreeSet;

use mapwright_convert::{PathStep, Root, Source};
use mapwright_findings::At;
use mapwright_language::catalog::Version;
use mapwright_language::decode::by_name;
use mapwright_language::names::ITEMS;
use mapwright_language::spec::{BatchSpec, FIELD_SPREAD, Form, OperationSpec, RowSpec};
use serde_json::{Map, Value};

use crate::facts::meet::required;
use crate::schema::{PointerStep, Schema, Schemas, Spot};
use crate::view::{Becomes, is_items, made_of};

/// A place in the body of a batch where all items are.
pub(crate) struct AllItems<'r> {
    /// The names on the way to it.
    pub path: Vec<&'r str>,
    /// Whether it is an object by id, and no list.
    pub by_id: bool,
    /// The row that each item becomes; `None`: items are copied.
    to: Option<(&'r RowSpec, Option<&'r str>)>,
}

/// The places in a body where all items are, whatever settings say.
pub(crate) fn all_items(body: &RowSpec) -> Vec<AllItems<'_>> {
    let mut found = Vec::new();
    add_all_items(body, &mut Vec::new(), &mut found);
    found
}

fn add_all_items<'r>(row: &'r RowSpec, path: &mut Vec<&'r str>, found: &mut Vec<AllItems<'r>>) {
    if !row.conversions.is_empty() {
        return;
    }
    if is_items(row) {
        found.push(AllItems { path: path.clone(), by_id: false, to: None });
    } else if let Form::Each { list, filter: None, key, name, to } = &row.form
        && is_items(list)
        && list.conversions.is_empty()
    {
        let name = name.as_ref().map(|name| name.value.as_str());
        found.push(AllItems { path: path.clone(), by_id: key.is_some(), to: Some((to, name)) });
    } else if matches!(row.form, Form::Object(_)) {
        // which has all of its members, whatever settings say
        for (becomes, row) in made_of(row) {
            let Becomes::Member(name) = becomes else { continue };
            path.push(&name.value);
            add_all_items(row, path, found);
            path.pop();
        }
    }
}

/// The most bytes that a body of so many items can have as JSON, each of at most so many, if the numbers say it: all else in it is constant.
pub(crate) fn most_bytes(body: &RowSpec, items: u64, item: u64) -> Option<u64> {
    if !body.only_reads() {
        return None;
    }
    if is_items(body) {
        // brackets, and a comma for each item
        return items.checked_mul(item.checked_add(1)?)?.checked_add(2);
    }
    if let Some(value) = body.form.value() {
        return u64::try_from(value.to_string().len()).ok();
    }
    // one that is not made of members is not known
    let mut members = matches!(body.form, Form::Object(_)).then(|| made_of(body))?;
    members.try_fold(2, |sum: u64, (becomes, row)| {
        let Becomes::Member(name) = becomes else { return None };
        // quotes, a colon and a comma
        let key = u64::try_from(Value::from(name.value.as_str()).to_string().len() + 2).ok()?;
        sum.checked_add(key)?.checked_add(most_bytes(row, items, item)?)
    })
}

impl<'r> AllItems<'r> {
    /// The way to each of the items, if they stay as they are.
    fn each(&self) -> Option<Vec<PointerStep<'r>>> {
        let mut way: Vec<PointerStep<'r>> = self.path.iter().map(|name| PointerStep::Field(name)).collect();
        way.push(PointerStep::each(self.by_id));
        if let Some((row, name)) = self.to
            && !is_one(row, name)
        {
            let Form::Object(fields) = &row.form else { return None };
            let is_whole =
                |(field, row): &&(At<String>, RowSpec)| field.value != FIELD_SPREAD && is_one(row, name);
            let (field, _) = fields.iter().find(is_whole)?;
            way.push(PointerStep::Field(&field.value));
        }
        Some(way)
    }
}

/// Whether a row gives an item as it is.
fn is_one(row: &RowSpec, name: Option<&str>) -> bool {
    let Form::Source(source) = &row.form else { return false };
    let Source::Path(path) = &source.value else { return false };
    let is_item = match name {
        None => path.root == Root::Item && path.steps.is_empty(),
        Some(name) => path.root == Root::Event && path.steps.len() == 1 && path.first_key() == Some(name),
    };
    is_item && path.rest.is_none() && row.conversions.is_empty()
}

/// The requirements of the body of a batch on its items.
#[derive(Debug)]
pub(crate) struct Wanted<'v> {
    /// The file of its schema.
    pub file: &'v str,
    /// The schema.
    pub schema: &'v Schema,
    /// The part of the schema for an item; anything, if the schema is not conclusive.
    pub item: Spot<'v>,
    /// The members of an item that required fields of the body are made of.
    pub members: BTreeSet<&'v str>,
}

impl<'v> Wanted<'v> {
    /// Returns the requirements of the schema of a shared request on the items of an operation.
    pub(crate) fn of(
        operation: &'v OperationSpec,
        version: &'v Version,
        schemas: &'v Schemas,
    ) -> Option<Self> {
        let BatchSpec { operation: many, body, .. } = operation.batch.as_deref()?;
        let body = body.as_ref()?;
        let sent = match many {
            Some(many) => by_name(&version.spec.operations, &many.value)?,
            None => operation,
        };
        let file = sent.schema.as_ref()?.value.as_str();
        let schema = schemas.get(version, file)?;
        let each = all_items(body).iter().find_map(AllItems::each);
        let item = each.and_then(|way| schema.at(&way)).filter(|spot| !spot.is_closed());
        let item = item.unwrap_or_else(|| Spot { alternatives: vec![Vec::new()] });
        Some(Wanted { file, schema, item, members: members(body, schema) })
    }
}

/// The members of items that the required fields of a body are, and nothing else.
fn members<'v>(body: &'v RowSpec, schema: &'v Schema) -> BTreeSet<&'v str> {
    let (Form::Object(fields), Some(whole)) = (&body.form, schema.whole()) else { return BTreeSet::new() };
    let is_required = |name: &str| {
        let in_all = |schemas: &Vec<&Map<String, Value>>| {
            schemas.iter().any(|schema| required(schema).any(|known| known == name))
        };
        whole.alternatives.iter().all(in_all)
    };
    let member = |row: &'v RowSpec| {
        let Form::Source(source) = &row.form else { return None };
        let Source::Path(path) = &source.value else { return None };
        let is_whole =
            row.default.is_none() && row.when.is_none() && row.unless.is_none() && path.rest.is_none();
        match path.steps.as_slice() {
            [PathStep::Key(items), PathStep::Index(_), PathStep::Key(member)]
                if path.root == Root::Event && items == ITEMS && is_whole =>
            {
                Some(member.as_str())
            }
            _ => None,
        }
    };
    fields.iter().filter(|(name, _)| is_required(&name.value)).filter_map(|(_, row)| member(row)).collect()
}
