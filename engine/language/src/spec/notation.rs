//! What the YAML of rows looks like: slips in keys, and rows where a constant may stand.

use crate::keys::{EDITS, FORMS};
use crate::yaml::{Data, Key, Node};
use mapwright_convert::ParamType;

/// Returns the key of a row that a name differs from by a letter. A plural is a name of its own.
pub(crate) fn nearly(key: &Key, words: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    /// Shorter keys are near to too many names.
    const SHORTEST: usize = 4;
    let name = key.text.as_str();
    // `last` is too near to names of fields
    let edits = EDITS.into_iter().filter(|edit| edit.len() > SHORTEST);
    let keys = words.filter(|key| key.len() >= SHORTEST).chain(edits);
    let near = mapwright_findings::nearest(name, keys)?;
    let is_plural = name.strip_suffix('s') == Some(near);
    // `contact` is nearest to `concat`, and is a name of its own
    (mapwright_findings::differ_by_a_letter(name, near) && !is_plural).then_some(near)
}

/// Returns the row that a conversion calculates with, if it calculates and its argument is a row.
pub(crate) fn operand<'n>(conversion: &str, argument: &'n Node) -> Option<&'n Node> {
    let first = mapwright_convert::find(conversion)?.params.first()?;
    let row = match &argument.data {
        Data::Map(entries) => match entries.as_slice() {
            [(key, value)] if key.text == first.name => value,
            _ => argument,
        },
        _ => argument,
    };
    let is_row = match &row.data {
        // a number in quotes is not a source
        Data::Text(text) => text.parse::<f64>().is_err(),
        Data::List(_) => true,
        Data::Map(_) => {
            row.get(first.name).is_none() && FORMS.into_iter().any(|form| row.get(form).is_some())
        }
        _ => false,
    };
    (first.takes == ParamType::Operand && is_row).then_some(row)
}

/// Whether the name of a field is a template.
pub(crate) fn is_computed(name: &str) -> bool {
    name.contains("{{") || name.contains("{%")
}
