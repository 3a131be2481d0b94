//! What a response means: in the same way for a run, and for a batch with the items of several.

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Duration;

use crate::bound::BoundPlan;
use crate::eval::condition::{self, holds};
use crate::eval::lazy::value_of;
use crate::eval::scope::Scope;
use crate::item::BatchItem;
use crate::limits::Limits;
use crate::plan::{FailedRule, ItemName, ResponseRule, Row, RuleEnd};
use crate::problem::{ApiError, Failed, ITEM_FAILED};
use crate::response::ResponseView;
use crate::tally::{Point, What};
use mapwright_convert::{Val, Warning};
use mapwright_json::{Json, Text};
use mapwright_language::spec::{Class, Fault, ItemClass, SplitInto};

/// The meaning of a response.
pub(crate) enum Verdict<'p> {
    /// The rule that accepts it, if one does.
    Done(Option<&'p ResponseRule>),
    Then(&'p ResponseRule, usize),
    /// `rule`: its place, if it applies only so many times.
    Retry {
        rule: Option<usize>,
        after: Option<&'p Row>,
        throttle: bool,
    },
    /// `rule`: its place.
    Renew {
        setting: &'p str,
        rule: usize,
    },
    GiveUp(Failed<'p>),
    /// A single item cannot be split, and has failed.
    Split(SplitInto, Failed<'p>),
}

/// The meaning of a response for the items of a request.
pub(crate) struct Meaning<'p> {
    /// For the items that it does not name.
    pub verdict: Verdict<'p>,
    /// For each item, by its place, what is said of it if it is named.
    pub named: Vec<Option<Named>>,
    /// The names that are those of no item.
    pub unmatched: Unmatched,
}

/// The entries of a response that name no item of the request.
#[derive(Debug, Default)]
pub(crate) struct Unmatched {
    /// How many there are.
    pub count: usize,
    /// The id that the first one names, and those of the items.
    pub first: Option<String>,
}

/// The verdict of a response on an item.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    pub class: ItemClass,
    pub fault: Fault,
    pub api: ApiError,
}

impl Named {
    pub(crate) fn failed(&self) -> Failed<'static> {
        Failed { fault: self.fault, code: Some(ITEM_FAILED), advice: None }
    }

    /// Returns the warning about an item that was delivered.
    pub(crate) fn warning(&self) -> Warning {
        const UNSAID: &str = "the response names the item among those that failed";
        let ApiError { code, message } = &self.api;
        let text = match (code, message) {
            (Some(code), Some(message)) => format!("{message} ({code})"),
            (Some(text), None) | (None, Some(text)) => text.clone(),
            (None, None) => UNSAID.to_owned(),
        };
        Warning::new(ITEM_FAILED, text)
    }
}

/// The items of a request by what names them, with the row of the name.
enum Known<'p, 'i> {
    ById(&'p Row, HashMap<&'i str, Vec<usize>>),
    /// The places of the items that an index counts.
    ByIndex(&'p Row, Vec<usize>),
}

impl Known<'_, '_> {
    fn kind(&self) -> &'static str {
        match self {
            Known::ById(..) => "id",
            Known::ByIndex(..) => "index",
        }
    }

    /// The places of the items that have this name.
    fn places(&self, name: &str) -> Vec<usize> {
        match self {
            Known::ById(_, ids) => ids.get(name).cloned().unwrap_or_default(),
            Known::ByIndex(_, counted) => {
                let place = name.trim().parse::<usize>().ok();
                place.and_then(|place| counted.get(place).copied()).into_iter().collect()
            }
        }
    }
}

/// The rules and the state that a response is judged by.
pub(crate) struct Judge<'a, 'i> {
    /// With the response in it.
    pub scope: Scope<'a>,
    pub status: u16,
    /// How often rules have retried the request, by their place among all.
    pub retried: &'i [(usize, u64)],
    /// The items of the request, if it has items.
    pub items: &'i [&'i BatchItem],
    pub limits: &'i Limits,
}

impl<'a> Judge<'a, '_> {
    /// The first rule that fits counts; without one, the status decides.
    pub(crate) fn judge<'p: 'a>(&self, rules: impl Iterator<Item = &'p ResponseRule>) -> Meaning<'p> {
        for (place, rule) in rules.enumerate() {
            if !self.fits(rule) || self.is_spent(place, rule) {
                continue;
            }
            if let Some(tally) = self.scope.tally {
                tally.hear(Point { span: rule.span, what: rule.reached() });
            }
            let (named, unmatched) = self.named(rule);
            return Meaning { verdict: self.verdict(rule, place), named, unmatched };
        }
        let (named, unmatched) = (vec![None; self.items.len()], Unmatched::default());
        Meaning { verdict: self.by_status(), named, unmatched }
    }

    fn fits<'p: 'a>(&self, rule: &'p ResponseRule) -> bool {
        let has_status =
            |range: &mapwright_language::spec::StatusSpec| (range.first..=range.last).contains(&self.status);
        (rule.status.is_empty() || rule.status.iter().any(has_status))
            && rule.when.as_ref().is_none_or(|when| holds(&self.scope, when))
    }

    /// Whether a rule has retried the request as often as it may.
    fn is_spent(&self, place: usize, rule: &ResponseRule) -> bool {
        let RuleEnd::Class { times: Some(times), .. } = rule.end else { return false };
        self.retried_by(place) >= times
    }

    fn retried_by(&self, place: usize) -> u64 {
        let retried = self.retried.iter().find(|(by, _)| *by == place);
        retried.map_or(0, |(_, count)| *count)
    }

    fn verdict<'p: 'a>(&self, rule: &'p ResponseRule, place: usize) -> Verdict<'p> {
        match &rule.end {
            // the renewed value was refused as well
            RuleEnd::Renew { setting: _, times } if self.retried_by(place) >= *times => {
                Verdict::GiveUp(Failed { fault: Fault::Settings, code: None, advice: None })
            }
            _ => verdict(&self.scope, rule, place),
        }
    }

    fn by_status(&self) -> Verdict<'static> {
        let gives_up = |fault| Verdict::GiveUp(Failed { fault, code: None, advice: None });
        match self.status {
            200..=299 => Verdict::Done(None),
            // a redirect or the refusal of a proxy is not about this event
            300..=399 | 407 | 408 | 500..=599 => Verdict::Retry { rule: None, after: None, throttle: false },
            429 => Verdict::Retry { rule: None, after: None, throttle: true },
            401 | 403 => gives_up(Fault::Settings),
            _ => gives_up(Fault::Event),
        }
    }

    /// Returns the verdict of a rule on each item, and the names in the response that no item has. The first entry that names an item applies.
    fn named<'p: 'a>(&self, rule: &'p ResponseRule) -> (Vec<Option<Named>>, Unmatched) {
        let (mut named, mut unmatched) = (vec![None; self.items.len()], Unmatched::default());
        if rule.failed.is_empty() || self.items.is_empty() {
            return (named, unmatched);
        }
        for failed in &rule.failed {
            let list = value_of(&self.scope, &failed.each, self.limits).ok().flatten();
            let list = list.map(Val::into_list).unwrap_or_default();
            // the usual case
            if list.is_empty() {
                continue;
            }
            let known = self.known(failed);
            for entry in list {
                let scope = self.scope.with_item(entry);
                if failed.filter.as_ref().is_some_and(|filter| !holds(&scope, filter)) {
                    continue;
                }
                let name = self.name(&scope, &known);
                let places = name.as_deref().map(|name| known.places(name)).unwrap_or_default();
                if places.is_empty() {
                    unmatched.count += 1;
                    unmatched.first.get_or_insert_with(|| self.unknown(name.as_deref(), &known));
                    continue;
                }
                if let Some(tally) = scope.tally {
                    tally.hear(Point { span: failed.span, what: What::Rule });
                }
                let said = Named { class: failed.class, fault: failed.fault, api: self.api(&scope, failed) };
                for place in places {
                    if let Some(slot @ None) = named.get_mut(place) {
                        *slot = Some(said.clone());
                    }
                }
            }
        }
        (named, unmatched)
    }

    /// The items, as the entries of a rule name them.
    fn known<'p: 'a>(&self, failed: &'p FailedRule) -> Known<'p, '_> {
        let all = self.items.iter().enumerate();
        match &failed.name {
            ItemName::Id(row) => {
                let mut ids: HashMap<&str, Vec<usize>> = HashMap::new();
                all.for_each(|(place, item)| {
                    item.id().into_iter().for_each(|id| ids.entry(id).or_default().push(place));
                });
                Known::ById(row, ids)
            }
            ItemName::Index(row, among) => {
                let is_counted = |item: &BatchItem| {
                    let text = std::str::from_utf8(item.json()).unwrap_or("{}");
                    let scope = || self.scope.with_item(Val::Json(Json::Text(Text::written(text))));
                    among.as_ref().is_none_or(|among| holds(&scope(), among))
                };
                let counted = all.filter(|(_, item)| is_counted(item)).map(|(place, _)| place);
                Known::ByIndex(row, counted.collect())
            }
        }
    }

    /// The id or the index in an entry.
    fn name<'p: 'a>(&self, scope: &Scope<'a>, known: &Known<'p, '_>) -> Option<String> {
        let (Known::ById(row, _) | Known::ByIndex(row, _)) = known;
        let name = value_of(scope, row, self.limits).ok().flatten()?;
        name.to_text().map(Cow::into_owned)
    }

    /// Returns the id in an entry that names no item, and those of the items.
    fn unknown(&self, name: Option<&str>, known: &Known<'_, '_>) -> String {
        const SHOWN: usize = 5;
        let kind = known.kind();
        let named = name.map_or_else(|| format!("no {kind}"), |name| format!("the {kind} `{name}`"));
        let items = match known {
            Known::ById(..) => {
                let ids = || self.items.iter().filter_map(|item| item.id());
                let shown: Vec<String> = ids().take(SHOWN).map(|id| format!("`{id}`")).collect();
                match (shown.as_slice(), ids().count().saturating_sub(SHOWN)) {
                    ([], _) => "no item has an id".to_owned(),
                    ([one], _) => format!("the id of the item is {one}"),
                    (shown, 0) => format!("the ids of the items are {}", shown.join(", ")),
                    (shown, more) => format!("the ids of the items are {} and {more} more", shown.join(", ")),
                }
            }
            Known::ByIndex(_, counted) => match counted.len() {
                0 => "no item is counted".to_owned(),
                1 => "the index of the item is 0".to_owned(),
                many => format!("the indexes of the items are 0 to {}", many - 1),
            },
        };
        format!("{named}, but {items}")
    }

    fn api<'p: 'a>(&self, scope: &Scope<'a>, failed: &'p FailedRule) -> ApiError {
        said(scope, failed.code.as_ref(), failed.message.as_ref(), self.limits)
    }
}

fn verdict<'a, 'p: 'a>(scope: &Scope<'a>, rule: &'p ResponseRule, place: usize) -> Verdict<'p> {
    match &rule.end {
        RuleEnd::Then(target) => Verdict::Then(rule, *target),
        RuleEnd::Renew { setting, times: _ } => Verdict::Renew { setting, rule: place },
        RuleEnd::Class { class, after, into, times, fault, code, advice } => {
            let failed = || {
                let advice = advice.as_ref().map(|advice| condition::said(scope, advice));
                Failed { fault: *fault, code: code.as_deref(), advice }
            };
            match class {
                Class::Done => Verdict::Done(Some(rule)),
                Class::Retry | Class::Throttle => Verdict::Retry {
                    rule: times.map(|_| place),
                    after: after.as_deref(),
                    throttle: *class == Class::Throttle,
                },
                Class::GiveUp => Verdict::GiveUp(failed()),
                Class::Split => Verdict::Split(*into, failed()),
            }
        }
    }
}

/// Counts that a rule retries a request.
pub(crate) fn count_retry(retried: &mut Vec<(usize, u64)>, rule: Option<usize>) {
    let Some(rule) = rule else { return };
    match retried.iter_mut().find(|(by, _)| *by == rule) {
        Some((_, count)) => *count += 1,
        None => retried.push((rule, 1)),
    }
}

impl BoundPlan {
    /// What the API reports about an error, as far as the destination's `error` rows find it in the response of a scope.
    pub(crate) fn api_error<'a>(&'a self, scope: &Scope<'a>) -> ApiError {
        let rows = &self.plan.error;
        said(scope, rows.code.as_ref(), rows.message.as_ref(), &self.limits)
    }
}

/// What an API says, by these rows; secrets are redacted.
fn said<'a>(scope: &Scope<'a>, code: Option<&'a Row>, message: Option<&'a Row>, limits: &Limits) -> ApiError {
    let text = |row: Option<&'a Row>| {
        let value = value_of(scope, row?, limits).ok().flatten()?;
        value.to_text().map(|text| scope.settings.redactor().redact(&text).into_owned())
    };
    ApiError { code: text(code), message: text(message) }
}

/// How long to wait: a small number is seconds from now, a large one or a string is a time of the server's clock.
pub(crate) fn delay<'a>(
    scope: &Scope<'a>,
    row: &'a Row,
    view: &ResponseView<'_>,
    limits: &Limits,
) -> Option<Duration> {
    const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
    let value = value_of(scope, row, limits).ok().flatten()?;
    // a time is the server's, so it is compared with the server's clock, if the response states it
    let date = view.header("date").map(Val::Text);
    let now = date.and_then(|date| mapwright_convert::parse_time(&date)).unwrap_or(scope.now);
    let number = match value.as_number() {
        Some(_) => value.to_text()?.parse::<f64>().ok(),
        None => value.as_text()?.trim().parse::<f64>().ok(),
    };
    let delay = match number {
        Some(seconds) if (0.0..1.0e9).contains(&seconds) => Duration::try_from_secs_f64(seconds).ok()?,
        Some(time) if (1.0e9..1.0e11).contains(&time) => until((time * 1_000.0) as i64, now),
        Some(time) if (1.0e11..1.0e14).contains(&time) => until(time as i64, now),
        Some(_) => return None,
        None => until(mapwright_convert::parse_time(&value)?, now),
    };
    Some(delay.min(LONGEST))
}

fn until(time: i64, now: i64) -> Duration {
    Duration::from_millis(u64::try_from(time.saturating_sub(now)).unwrap_or(0))
}
