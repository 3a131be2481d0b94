//! A payload part that was built: JSON text, where each field stands in it, and what was wrong with those that have none.

use std::borrow::Cow;
use std::mem;

use mapwright_convert::Warning;
use mapwright_json::{Json, Text};

use crate::eval::fault::RowError;
use crate::plan::{Part, PartRead};

/// A payload part as JSON text.
#[derive(Debug, Default)]
pub(crate) struct BuiltPart {
    pub json: String,
    /// Start and end of each field's value; equal when it has none. A field that spreads an object has its members in the whole object.
    pub fields: Vec<(u32, u32)>,
    pub empty: bool,
    /// Whether it has been built for the event at hand.
    pub built: bool,
    /// The state of the captures when it was built, if it depends on nothing else that changes.
    pub at: Option<Moment>,
    pub faults: Vec<FieldFault>,
    /// The faults of fields that only some responses lead to, while nothing is known of them.
    pub perhaps: Vec<FieldFault>,
    /// The warnings of its rows that have not been reported yet.
    pub warnings: Vec<Warning>,
    /// Items that its rows have made, until they have been counted.
    pub items: usize,
    /// The parts with uncounted items or unreported warnings that each field has read, directly or through others.
    pub reads: Vec<(usize, PartRead)>,
    /// Whether it is built again with other settings, after its items and warnings have been reported.
    pub again: bool,
}

/// The state of the captures at some time.
#[derive(Debug)]
pub(crate) struct Moment {
    /// The number of changes of captures.
    pub changes: usize,
    /// In a preview, which ones may have a value.
    pub possible: Vec<bool>,
}

impl Moment {
    /// Returns whether the state of these captures is the same.
    pub(crate) fn is_like(&self, changes: usize, possible: &[bool], captures: &[usize]) -> bool {
        let may = |set: &[bool], capture: &usize| set.get(*capture) == Some(&true);
        self.changes == changes
            && captures.iter().all(|capture| may(&self.possible, capture) == may(possible, capture))
    }
}

/// The JSON text of a part that was built, and the range of each field in it.
#[derive(Debug)]
pub(crate) struct Before {
    json: String,
    fields: Vec<(u32, u32)>,
    reads: Vec<(usize, PartRead)>,
}

/// The fault of a field that rejects, or whose value cannot be known.
#[derive(Debug, Clone)]
pub(crate) struct FieldFault {
    /// The field; `None` if no field of the part was built.
    pub field: Option<usize>,
    pub error: RowError,
    /// Whether the fault occurs whatever the responses are.
    pub certain: bool,
}

impl FieldFault {
    /// Whether it concerns those who read a field, or the whole part.
    fn is_of(&self, field: Option<usize>) -> bool {
        field.is_none() || self.field.is_none() || self.field == field
    }
}

impl BuiltPart {
    /// Clears everything but the buffers.
    pub(crate) fn forget(&mut self) {
        (self.built, self.again) = (false, false);
        self.at = None;
        self.faults.clear();
        self.perhaps.clear();
        self.warnings.clear();
        self.reads.clear();
        self.items = 0;
    }

    /// Marks the part as outdated, since settings have changed.
    pub(crate) fn outdate(&mut self) {
        self.again |= self.built && !self.owes();
        self.built = false;
    }

    /// Marks its items and warnings as reported.
    pub(crate) fn told(&mut self) {
        self.items = 0;
        self.warnings.clear();
    }

    /// Takes the built text, if the changes since are known and nothing of it is unreported.
    pub(crate) fn take_before(&mut self) -> Option<Before> {
        let rejects = !self.faults.is_empty() || !self.perhaps.is_empty();
        let known = self.built && self.at.is_some() && !rejects && !self.owes();
        known.then(|| {
            let room = (String::with_capacity(self.json.len()), Vec::with_capacity(self.fields.len()));
            let (json, fields) =
                (mem::replace(&mut self.json, room.0), mem::replace(&mut self.fields, room.1));
            Before { json, fields, reads: mem::take(&mut self.reads) }
        })
    }

    /// Returns the part, if it has been built.
    pub(crate) fn if_built(&self) -> Option<&Self> {
        self.built.then_some(self)
    }

    /// Returns the part as it is sent: the object, or the list that is its only field.
    pub(crate) fn sent(&self, plan: &Part) -> Cow<'_, [u8]> {
        if !plan.list {
            return Cow::Borrowed(self.json.as_bytes());
        }
        match self.text(0).unwrap_or_default() {
            "" => Cow::Borrowed(b"[]"),
            list if list.starts_with('[') => Cow::Borrowed(list.as_bytes()),
            // a single value counts as a list of one
            value => Cow::Owned(["[", value, "]"].concat().into_bytes()),
        }
    }

    /// The bytes of the values of some fields.
    pub(crate) fn bytes_of(&self, is_counted: impl Fn(usize) -> bool) -> usize {
        let fields = self.fields.iter().enumerate().filter(|(at, _)| is_counted(*at));
        fields.map(|(_, (start, end))| (end - start) as usize).sum()
    }

    /// Returns the part, unless no field of it has a value.
    pub(crate) fn json(&self) -> Option<Json<'_>> {
        if self.empty { None } else { Some(written(&self.json)) }
    }

    /// Whether a field has a value.
    pub(crate) fn has(&self, field: usize) -> bool {
        self.fields.get(field).is_some_and(|(start, end)| start < end)
    }

    /// Returns whether a field is present: null and the empty string are absent.
    pub(crate) fn has_something(&self, field: usize) -> bool {
        self.text(field).is_some_and(|text| !matches!(text, "null" | "\"\""))
    }

    /// The value of a field.
    pub(crate) fn field(&self, field: usize) -> Option<Json<'_>> {
        self.text(field).map(written)
    }

    fn text(&self, field: usize) -> Option<&str> {
        text(&self.json, &self.fields, field)
    }

    /// Returns the fault of a field, or of any.
    #[inline]
    pub(crate) fn fault(&self, field: Option<usize>) -> Option<&FieldFault> {
        self.faults_of(field).next()
    }

    pub(crate) fn faults_of(&self, field: Option<usize>) -> impl Iterator<Item = &FieldFault> {
        self.faults.iter().filter(move |fault| fault.is_of(field))
    }

    /// Returns the faults of a field, or of any, that only some responses lead to.
    pub(crate) fn perhaps_of(&self, field: Option<usize>) -> impl Iterator<Item = &FieldFault> {
        self.perhaps.iter().filter(move |fault| fault.is_of(field))
    }

    /// Returns whether items or warnings must be reported once it is used.
    pub(crate) fn owes(&self) -> bool {
        self.items > 0 || !self.warnings.is_empty()
    }

    /// Returns whether a reader must be noted: items or warnings are unreported, of it or of the parts that it has read.
    pub(crate) fn is_to_be_reported(&self) -> bool {
        self.owes() || !self.reads.is_empty()
    }

    /// Returns the parts with unreported items or warnings that a field, or any, has read.
    pub(crate) fn reads_of(&self, field: Option<usize>) -> impl Iterator<Item = PartRead> {
        let of_field = move |(by, _): &&(usize, PartRead)| field.is_none_or(|field| field == *by);
        self.reads.iter().filter(of_field).map(|(_, read)| *read)
    }

    /// Items that have not been counted yet.
    pub(crate) fn items(&self) -> usize {
        self.items
    }

    /// Returns the items that have not been counted, and marks them as counted.
    pub(crate) fn take_items(&mut self) -> usize {
        mem::take(&mut self.items)
    }

    /// The warnings of a field, or of all, that have not been reported yet.
    pub(crate) fn take_warnings(&mut self, part: &Part, field: Option<usize>) -> Vec<Warning> {
        let name = field.and_then(|field| part.fields.get(field)).map(|field| field.name.as_str());
        let is_of_field = |warning: &mut Warning| match (name, &warning.field) {
            (Some(name), Some(field)) => {
                field.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
            }
            _ => true,
        };
        let mut taken: Vec<Warning> = self.warnings.extract_if(.., is_of_field).collect();
        for warning in taken.iter_mut().filter(|_| !part.name.is_empty()) {
            warning.field = Some(match warning.field.take() {
                Some(field) => format!("{}.{field}", part.name),
                None => part.name.clone(),
            });
        }
        taken
    }
}

impl Before {
    /// The value of a field, if it had one.
    pub(crate) fn field(&self, field: usize) -> Option<Json<'_>> {
        text(&self.json, &self.fields, field).map(written)
    }

    /// What a field has read of parts.
    pub(crate) fn reads_of(&self, field: usize) -> impl Iterator<Item = &(usize, PartRead)> {
        self.reads.iter().filter(move |(by, _)| *by == field)
    }
}

/// The text of a field that has a value.
fn text<'b>(json: &'b str, fields: &[(u32, u32)], field: usize) -> Option<&'b str> {
    let (start, end) = *fields.get(field)?;
    json.get(start as usize..end as usize).filter(|text| !text.is_empty())
}

/// Returns JSON text of this crate as a value. It is lazy, since most fields are short and many are never read.
fn written(text: &str) -> Json<'_> {
    Json::Text(Text::written(text))
}
