//! Sources, resolved: which slot a path reads, or why nothing can be read there.

use mapwright_json::{NodeId, TrieError};

use crate::resolve::item;
use crate::resolve::named;
use crate::resolve::paths::{steps_in, trie_steps};
use crate::resolve::{Context, Resolver, Want, available};
use mapwright_convert::{PathStep, Root, SourcePath};
use mapwright_findings::rules::unknown_name::Known;
use mapwright_findings::rules::unknown_setting;
use mapwright_findings::rules::{
    invalid_value, misplaced_name, plural_path, unknown_capture, unknown_name, unknown_payload,
};
use mapwright_findings::{Reports, Span};
use mapwright_language::decode::by_name;
use mapwright_language::names::{EVENT_FIELDS, FOUND, SINGLE_VALUES, reserved};
use mapwright_language::spec::{Declared, FIELD_SPREAD};
use mapwright_plan::plan::{Part, PartRead, Place, Slot};

impl Resolver<'_, '_> {
    /// Returns the slot of a path into the event.
    pub(crate) fn slot(&mut self, steps: &[PathStep], span: Span) -> Option<NodeId> {
        match self.trie.path(&trie_steps(steps)) {
            Ok(node) => Some(node),
            Err(error) => self.trie_full(&error, span),
        }
    }

    /// Reports too many paths, once for a version.
    pub(crate) fn trie_full<T>(&mut self, error: &TrieError, span: Span) -> Option<T> {
        if !std::mem::replace(&mut self.too_many_paths, true) {
            let advice = "the limit `version_paths` counts the paths of all mappings of a version";
            invalid_value::report(self.reports, span, error.to_string(), advice);
        }
        None
    }

    /// Resolves a path.
    pub(crate) fn place(&mut self, path: &SourcePath, span: Span, want: Want) -> Option<Place> {
        if path.rest.is_some() && want == Want::One {
            plural_path::report(self.reports, span, &path.to_string());
            return None;
        }
        let slot = self.resolve(path, span)?;
        Some(Place { text: path.to_string(), span, slot, query: path.rest.clone() })
    }

    fn resolve(&mut self, path: &SourcePath, span: Span) -> Option<Slot> {
        // the item of a list that can be read can be read
        if let Some((depth, item, steps)) = item::named(&mut self.context.items, path) {
            self.trail.push((path.root, path.steps.clone()));
            item.check_column(steps, span, self.reports)?;
            self.context.note_member(steps);
            return Some(Slot::Named { depth, steps: steps.to_vec() });
        }
        let Context { settings_only, event_only, before_requests, only, .. } = self.context;
        if let Some(advice) = available::unavailable(path, settings_only, event_only, before_requests, only) {
            let meant = available::meant(path, self.destination, self.context.response, only);
            return self.misplaced(path, span, meant.as_deref().unwrap_or(advice));
        }
        self.trail.push((path.root, path.steps.clone()));
        match path.root {
            Root::Event => {
                let of_event = !path.literal && self.context.only.is_none();
                if let Some(name) = path.first_key().filter(|_| of_event) {
                    let found: &[&str] = if self.context.of_property { &FOUND } else { &[] };
                    if !EVENT_FIELDS.contains(&name) && !found.contains(&name) {
                        let report = match self.context.in_expression {
                            true => unknown_name::report_in_expression,
                            false => unknown_name::report,
                        };
                        let items = self.context.items.iter().map(|item| item.name.as_str());
                        let fields: Vec<&str> =
                            EVENT_FIELDS.iter().chain(found).copied().chain(items).collect();
                        let owned = available::owned(self.destination, self.context.response, only);
                        let known = Known { fields: &fields, reserved: &reserved(), owned: &owned };
                        report(self.reports, span, name, &path.to_string(), &known);
                        return None;
                    }
                    if SINGLE_VALUES.contains(&name) && (path.steps.len() > 1 || path.rest.is_some()) {
                        let known = Known { fields: &EVENT_FIELDS, reserved: &reserved(), owned: &[] };
                        unknown_name::report_member(self.reports, span, &path.to_string(), name, &known);
                        return None;
                    }
                }
                let node = self.slot(&path.steps, span)?;
                self.context.slots_read.push(node);
                Some(Slot::Event(node))
            }
            Root::Options => {
                let spellings = self.destination.spec.names.clone();
                let nodes = spellings.into_iter().map(|name| {
                    let mut steps = vec![PathStep::Key("integrations".to_owned()), PathStep::Key(name)];
                    steps.extend(path.steps.iter().cloned());
                    self.slot(&steps, span)
                });
                Some(Slot::Options(nodes.collect::<Option<Vec<_>>>()?))
            }
            Root::Settings => {
                let declared = &self.destination.spec.settings;
                if let Some((PathStep::Key(name), inside)) = path.steps.split_first() {
                    let Some(setting) = by_name(declared, name) else {
                        unknown_setting::report(self.reports, span, name, &declared.known());
                        return None;
                    };
                    if let Some(Declared::Nothing { at, of }) = setting.follow(inside) {
                        let path = item::leading(&format!("settings.{name}"), inside, at);
                        unknown_setting::report_inside(self.reports, span, &path, of.word());
                        return None;
                    }
                }
                Some(Slot::Setting(path.steps.clone()))
            }
            Root::Payload => self.payload(path, span),
            Root::Captures => {
                let Some(name) = path.first_key() else {
                    return self.misplaced(path, span, "name a capture, such as `captures.contact_id`");
                };
                let Some(capture) = self.context.captures.place(name) else {
                    let known = self.context.captures.known().clone();
                    if self.context.owner.is_none() {
                        self.context.unknown_captures.insert(name.to_owned());
                    }
                    self.of_mapping(|reports| unknown_capture::report(reports, span, name, &known));
                    return None;
                };
                self.context.note_capture(capture, span);
                Some(Slot::Capture { capture, steps: path.steps.get(1..).unwrap_or_default().to_vec() })
            }
            Root::Response => self.response(path, span),
            Root::Item => {
                let Some(item) = self.context.item else {
                    let advice = match self.context.items.last() {
                        Some(item::Named { name, .. }) => format!("the item has a name here: `{name}`"),
                        None => {
                            "`item` is available only in `each`, and in the rows of a step with `for_each`"
                                .to_owned()
                        }
                    };
                    return self.misplaced(path, span, &advice);
                };
                item.check_column(&path.steps, span, self.reports)?;
                self.context.note_member(&path.steps);
                Some(Slot::Item(path.steps.clone()))
            }
            Root::Now if path.steps.is_empty() => Some(Slot::Now),
            Root::Now => self.misplaced(path, span, "`now` is a number and has no members"),
            Root::Version if path.steps.is_empty() => Some(Slot::Version(self.version.number.0.clone())),
            Root::Version => {
                let advice =
                    "`version` is the name of the version, a string; the event's own field is `$.version`";
                self.misplaced(path, span, advice)
            }
        }
    }

    /// Reports a name that a mapping has to give a meaning. What a shared part reads is judged when it is known whether the mapping uses the part.
    pub(crate) fn of_mapping(&mut self, report: impl FnOnce(&mut Reports)) {
        let Some(owner) = self.context.owner else { return report(self.reports) };
        let kept = self.reports.apart(report);
        self.context.kept_reports.push((owner, kept));
    }

    fn misplaced<T>(&mut self, path: &SourcePath, span: Span, advice: &str) -> Option<T> {
        misplaced_name::report(self.reports, span, &path.to_string(), advice);
        None
    }

    fn response(&mut self, path: &SourcePath, span: Span) -> Option<Slot> {
        if !self.context.response {
            return self.misplaced(
                path,
                span,
                "`response` is available only in `capture`, `on` and `warn` of a step",
            );
        }
        let steps = &path.steps;
        match (path.first_key(), steps.get(1), steps.len()) {
            (Some("status"), None, _) => Some(Slot::Status),
            (Some("text"), None, _) => Some(Slot::Text),
            (Some("headers"), Some(PathStep::Key(name)), 2) => Some(Slot::Header(name.to_lowercase())),
            (Some("body"), _, _) => {
                match self.response_trie.path(&trie_steps(steps.get(1..).unwrap_or_default())) {
                    Ok(node) => Some(Slot::Body(node)),
                    Err(error) => self.trie_full(&error, span),
                }
            }
            _ => self.misplaced(path, span, "a response has `status`, `headers.<name>`, `body` and `text`"),
        }
    }

    fn payload(&mut self, path: &SourcePath, span: Span) -> Option<Slot> {
        let Some(name) = path.first_key() else {
            return self.misplaced(path, span, "name a part, such as `payload.contact`");
        };
        let part = self.part(name, span)?;
        let fields = self.context.parts.get(part).map(|(_, fields)| *fields)?;
        let steps = &steps_in(fields, path.steps.get(1..).unwrap_or_default())[..];
        let stated = match steps.first() {
            Some(PathStep::Key(field)) => fields.place(field).or_else(|| fields.place(FIELD_SPREAD)),
            _ => None,
        };
        self.needs_item(part, stated, span, &path.to_string());
        let Some((member @ PathStep::Key(field), rest)) = steps.split_first() else {
            self.context.parts_read.push(PartRead { part, field: None });
            return Some(Slot::Part { part, steps: steps.to_vec() });
        };
        match (fields.place(FIELD_SPREAD), fields.place(field)) {
            (None, None) => {
                let known = fields.known();
                self.of_mapping(|reports| unknown_payload::report(reports, span, Some(name), field, &known));
                None
            }
            (None, Some(field)) => Some(self.field_slot(part, field, rest)),
            (Some(spread), stated) => Some(match stated.filter(|stated| *stated != spread) {
                None => self.field_slot(part, spread, steps),
                Some(own) => Slot::Either {
                    first: Box::new(self.field_slot(part, own, &[])),
                    then: Box::new(self.field_slot(part, spread, std::slice::from_ref(member))),
                    steps: rest.to_vec(),
                },
            }),
        }
    }

    /// Returns the slot of a field: in its part, or in the part that is made of it alone.
    fn field_slot(&mut self, part: usize, field: usize, steps: &[PathStep]) -> Slot {
        let (part, field) = match self.context.lifted.get(&(part, field)) {
            Some(apart) => (apart.part, 0),
            None => (part, self.context.parts.get(part).map_or(field, |(_, of)| named::made_at(of, field))),
        };
        self.context.parts_read.push(PartRead { part, field: Some(field) });
        Slot::Field { part, field, steps: steps.to_vec() }
    }

    /// Reports something of the payload that reads an item, where no step has one.
    pub(crate) fn needs_item(&mut self, part: usize, field: Option<usize>, span: Span, text: &str) {
        if self.context.items_missing && self.context.item_readers.has(part, field) {
            self.no_item(span, text);
        }
    }

    /// The same for a named value.
    pub(crate) fn value_needs_item(&mut self, value: usize, span: Span, text: &str) {
        if self.context.items_missing && self.context.item_readers.values.contains(&value) {
            self.no_item(span, text);
        }
    }

    fn no_item(&mut self, span: Span, text: &str) {
        let advice = "it reads `item`, which only the rows of a step with `for_each` have";
        misplaced_name::report(self.reports, span, text, advice);
    }

    /// Returns the position of a part that is still to be made.
    pub(crate) fn reserve_part(&mut self) -> usize {
        self.context.made.push(Part::default());
        self.context.made.len() - 1
    }

    /// Returns the index of a payload part.
    pub(crate) fn part(&mut self, name: &str, span: Span) -> Option<usize> {
        match self.context.parts.places.get(name).copied() {
            Some(part) => Some(part),
            None => {
                let known = self.context.parts.known.clone();
                self.of_mapping(|reports| unknown_payload::report(reports, span, None, name, &known));
                None
            }
        }
    }
}
