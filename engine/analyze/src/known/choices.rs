//! What a `switch` selects by.

use std::sync::Arc;

use mapwright_convert::{Root, Source};
use mapwright_language::decode::Named;
use mapwright_language::spec::{Form, RowSpec};

use crate::known::domain::Knows;
use crate::values::{Known, ValueSet};

/// What a `switch` selects by: texts and booleans.
pub(crate) struct Choices {
    /// The values.
    pub values: Arc<ValueSet>,
    /// Whether there can be none.
    pub missing: bool,
    /// Whether they are in lower case, and may come in any.
    pub is_cased: bool,
    /// Whether they are those of a setting.
    pub of_setting: bool,
}

impl Choices {
    /// Whether one of the values has this text.
    pub(crate) fn has(&self, case: &str) -> bool {
        self.values.has_name(case) || (self.is_cased && self.values.has_name(&case.to_lowercase()))
    }

    /// The values for which there is no case.
    pub(crate) fn without<'v, T>(&'v self, cases: &'v Named<T>) -> impl Iterator<Item = &'v String> {
        self.values.names().iter().filter(|value| cases.place(value).is_none())
    }
}

/// What a `switch` selects by, if all of its values are known.
pub(crate) fn choices(knows: Knows<'_, '_>, on: &RowSpec) -> Option<Choices> {
    let Form::Source(source) = &on.form else { return None };
    if !on.is_plain() {
        return None;
    }
    let of_setting = matches!(&source.value, Source::Path(path) if path.root == Root::Settings);
    match knows.source(&source.value) {
        Known::OneOf { values, missing } if values.are_words() => {
            Some(Choices { values, missing, is_cased: false, of_setting })
        }
        Known::Cased(values) => Some(Choices { values, missing: true, is_cased: true, of_setting }),
        _ => None,
    }
}

/// More values without a case are not listed.
const MOST_WITHOUT: usize = 1_000;

/// The values of a setting for which a `switch` over it gives nothing.
pub(crate) fn without_case(knows: Knows<'_, '_>, row: &RowSpec) -> Option<Vec<String>> {
    let Form::Switch { on, cases, otherwise: None } = &row.form else { return None };
    if row.default.is_some() {
        return None;
    }
    let of_setting = choices(knows, on).filter(|choices| choices.of_setting)?;
    let missing: Vec<String> = of_setting.without(cases).take(MOST_WITHOUT).cloned().collect();
    Some(missing).filter(|missing| !missing.is_empty())
}
