//! What is counted while events are mapped by both sides.

use std::collections::{BTreeMap, HashMap};
use std::ops::AddAssign;

use mapwright::{Rate, Request};
use mapwright_diff::{
    AttributeCount, AttributeRenamed, CallCount, Calls, Difference, EventsReport, Example, FieldCount,
    Identity, OutcomeCount,
};

/// So many different names are counted; an event can have any.
pub(crate) const MOST_NAMES: usize = 10_000;
/// So many names of attributes are reported.
pub(crate) const MOST_SHOWN: usize = 100;

/// A count, with the first example.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    events: u64,
    example: Option<Example>,
}

impl Counted {
    fn add(&mut self, other: Counted) {
        self.events += other.events;
        self.example = self.example.take().or(other.example);
    }
}

/// What is counted.
#[derive(Debug, Default)]
pub(crate) struct DiffTally {
    pub(crate) events: u64,
    pub(crate) differing: u64,
    /// By what becomes of them before and now, and the code of what is not the same.
    outcomes: BTreeMap<(&'static str, &'static str, Option<String>), Counted>,
    /// By mapping, field and kind of difference.
    fields: HashMap<(String, String, Difference), Counted>,
    /// By field, old and new name.
    renamed: HashMap<(String, String, String), u64>,
    /// By kind and name: in how many events, and whether it is new in any.
    declared: HashMap<(String, String), (u64, bool)>,
    /// By rate-limit group: before and now.
    calls: BTreeMap<String, [Calls; 2]>,
    left_out: u64,
}

impl DiffTally {
    /// Counts what becomes of an event.
    pub(crate) fn outcome(
        &mut self,
        old: &'static str,
        new: &'static str,
        code: Option<String>,
        example: Option<Example>,
    ) {
        self.outcomes.entry((old, new, code)).or_default().add(Counted { events: 1, example });
    }

    /// Counts a field that differs.
    pub(crate) fn field(
        &mut self,
        message: &str,
        field: String,
        difference: Difference,
        example: Option<Example>,
    ) {
        let counted = Counted { events: 1, example };
        self.fields.entry((message.to_owned(), field, difference)).or_default().add(counted);
    }

    /// Counts an attribute that has another name.
    pub(crate) fn renamed(&mut self, field: String, old: String, new: String) {
        *self.renamed.entry((field, old, new)).or_default() += 1;
    }

    /// Counts an attribute that must be defined before.
    pub(crate) fn declared(&mut self, kind: &str, name: &str, is_new: bool) {
        let counted = self.declared.entry((kind.to_owned(), name.to_owned())).or_default();
        *counted = (counted.0 + 1, counted.1 || is_new);
    }

    /// Counts a call of a side: 0 is before, 1 is now.
    pub(crate) fn call(&mut self, side: usize, request: &Request<'_>) {
        let rate = request.rate.as_deref().unwrap_or_default();
        if !self.calls.contains_key(rate) {
            self.calls.insert(rate.to_owned(), Default::default());
        }
        if let Some(calls) = self.calls.get_mut(rate).and_then(|sides| sides.get_mut(side)) {
            match request.when {
                None => calls.certain += 1,
                Some(_) => calls.possible += 1,
            }
        }
    }

    /// The report of what was counted.
    pub(crate) fn report(self, rates: [&[Rate]; 2], identity: Identity) -> EventsReport {
        let outcomes = self.outcomes.into_iter().map(|((old, new, code), counted)| OutcomeCount {
            old: old.to_owned(),
            new: new.to_owned(),
            code,
            events: counted.events,
            example: counted.example,
        });
        let fields = self.fields.into_iter().map(|((message, field, difference), counted)| FieldCount {
            message,
            field,
            difference,
            events: counted.events,
            example: counted.example,
        });
        let mut fields: Vec<FieldCount> = fields.collect();
        fields.sort_by(|a, b| {
            let key = |it: &FieldCount| {
                (std::cmp::Reverse(it.events), it.message.clone(), it.field.clone(), it.difference)
            };
            key(a).cmp(&key(b))
        });
        let renamed = self.renamed.into_iter().map(|((field, old, new), events)| AttributeRenamed {
            field,
            old,
            new,
            events,
        });
        let mut renamed: Vec<AttributeRenamed> = renamed.collect();
        renamed.sort_by(|a, b| (b.events, &a.field, &a.old).cmp(&(a.events, &b.field, &b.old)));
        let declared = self.declared.into_iter().map(|((of, name), (events, new_name))| AttributeCount {
            of,
            name,
            events,
            new_name,
        });
        let mut undeclared: Vec<AttributeCount> = declared.collect();
        undeclared.sort_by(|a, b| (b.events, &a.of, &a.name).cmp(&(a.events, &b.of, &b.name)));
        let mut left_out = Vec::new();
        let mut cut = |what: &str, list: usize| {
            if list > MOST_SHOWN {
                left_out.push(format!("{} {what} of fewer events", list - MOST_SHOWN));
            }
        };
        cut("fields", fields.len());
        cut("attributes with another name", renamed.len());
        cut("attributes to define", undeclared.len());
        if self.left_out > 0 {
            left_out.push(format!(
                "{} differences in fields and attributes beyond the first {MOST_NAMES} names",
                self.left_out
            ));
        }
        fields.truncate(MOST_SHOWN);
        renamed.truncate(MOST_SHOWN);
        undeclared.truncate(MOST_SHOWN);
        let calls = self.calls.into_iter().map(|(rate, [old, new])| {
            let [old_rate, new_rate] = rates.map(|rates| rates.iter().find(|known| known.name == rate));
            CallCount {
                rate: Some(rate).filter(|rate| !rate.is_empty()),
                old: in_time(old, old_rate),
                new: in_time(new, new_rate),
            }
        });
        EventsReport {
            events: self.events,
            differing: self.differing,
            outcomes: outcomes.collect(),
            fields,
            renamed,
            undeclared,
            calls: calls.collect(),
            identity,
            left_out,
        }
    }
}

/// How long calls take at a rate limit.
fn in_time(calls: Calls, rate: Option<&Rate>) -> Calls {
    let minutes = |count: u64| {
        let rate = rate?;
        let windows = count as f64 / rate.requests as f64;
        // to a thousandth, so that reports are the same everywhere
        Some((windows * rate.per.as_secs_f64() / 60.0 * 1_000.0).round() / 1_000.0)
    };
    Calls { minutes: minutes(calls.certain), most_minutes: minutes(calls.certain + calls.possible), ..calls }
}

impl AddAssign for DiffTally {
    fn add_assign(&mut self, other: Self) {
        self.events += other.events;
        self.differing += other.differing;
        self.left_out += other.left_out;
        for (key, counted) in other.outcomes {
            self.outcomes.entry(key).or_default().add(counted);
        }
        for (key, counted) in other.fields {
            if self.fields.len() >= MOST_NAMES && !self.fields.contains_key(&key) {
                self.left_out += counted.events;
                continue;
            }
            self.fields.entry(key).or_default().add(counted);
        }
        for (key, count) in other.renamed {
            if self.renamed.len() >= MOST_NAMES && !self.renamed.contains_key(&key) {
                self.left_out += count;
                continue;
            }
            *self.renamed.entry(key).or_default() += count;
        }
        for (key, (count, is_new)) in other.declared {
            if self.declared.len() >= MOST_NAMES && !self.declared.contains_key(&key) {
                self.left_out += count;
                continue;
            }
            let counted = self.declared.entry(key).or_default();
            *counted = (counted.0 + count, counted.1 || is_new);
        }
        for (rate, [old, new]) in other.calls {
            let sides = self.calls.entry(rate).or_default();
            for (side, more) in sides.iter_mut().zip([old, new]) {
                side.certain += more.certain;
                side.possible += more.possible;
            }
        }
    }
}
