//! The members of objects and the items of lists.

use std::borrow::Cow;
use std::collections::HashMap;

use mapwright_json::Kind;

use crate::bounds::Bounds;
use crate::error::{ConvertError, Converted, shown};
use crate::notes::Notes;
use crate::value::Val;
use crate::warning;

/// A conversion that decides on each member of an object by itself.
pub trait OfMember: Send + Sync {
    /// Which members it leaves as they are or leaves out, without a warning.
    fn bounds(&self) -> Bounds;

    /// Decides on a member: may change its value, and says whether it stays.
    fn member(&self, name: &str, value: &mut Val<'_>, notes: &mut Notes<'_>) -> Result<bool, ConvertError>;
}

/// A member of an object.
pub type Member<'e> = (Cow<'e, str>, Val<'e>);

/// The members of an object, each name once.
pub fn members(value: Val<'_>) -> Result<Vec<Member<'_>>, ConvertError> {
    match value.kind() {
        Kind::Object => Ok(value.into_entries()),
        _ => Err(ConvertError::expected("an object", &value)),
    }
}

/// An object as the result of a conversion; an empty one is no value.
pub fn some_object(members: Vec<Member<'_>>) -> Converted<'_> {
    Ok((!members.is_empty()).then_some(Val::Object(members)))
}

/// The members that stay.
pub fn retain<'e>(
    mut members: Vec<Member<'e>>,
    of_member: &dyn OfMember,
    notes: &mut Notes<'_>,
) -> Converted<'e> {
    let mut failed = None;
    members.retain_mut(|(name, value)| {
        failed.is_none()
            && of_member.member(name, value, notes).unwrap_or_else(|error| {
                failed = Some(error);
                false
            })
    });
    failed.map_or_else(|| some_object(members), Err)
}

/// Members with each name once: the last value of a name, in the place of the first. The others are warned of, but for null and empty
/// texts, which give way to any value.
pub fn keep_last<'e>(members: Vec<Member<'e>>, notes: &mut Notes<'_>) -> Vec<Member<'e>> {
    let mut names = Names::default();
    if members.iter().all(|(name, _)| names.add(name)) {
        return members;
    }
    let mut unique: Vec<Member<'_>> = Vec::with_capacity(members.len());
    let mut places: HashMap<Cow<'_, str>, usize> = HashMap::with_capacity(members.len());
    for (name, value) in members {
        match places.get(&name).and_then(|place| unique.get_mut(*place)) {
            Some(known) if known.1.is_null() || known.1.is_empty_text() => known.1 = value,
            Some(_) if value.is_null() || value.is_empty_text() => {}
            Some(known) => {
                notes.warn(warning::VALUE_DROPPED, || {
                    format!(
                        "a value of {} was left out: two members got that name, and the later one stays",
                        shown(&name)
                    )
                });
                known.1 = value;
            }
            None => {
                places.insert(name.clone(), unique.len());
                unique.push((name, value));
            }
        }
    }
    unique
}

/// A set of names that may take different ones for the same, but never the same for different ones.
///
/// Aligned as cache lines are: clearing it takes three times as long where it is not.
#[repr(align(64))]
pub struct Names {
    bits: [u64; 64],
}

impl Default for Names {
    fn default() -> Self {
        Self { bits: [0; 64] }
    }
}

impl Names {
    /// Adds a name. `false`: it may have been there.
    #[inline]
    pub fn add(&mut self, name: &str) -> bool {
        let bytes = name.as_bytes();
        let (head, tail) =
            if let (Some(head), Some(tail)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
                (u64::from_le_bytes(*head), u64::from_le_bytes(*tail))
            } else if let (Some(head), Some(tail)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
                (u64::from(u32::from_le_bytes(*head)), u64::from(u32::from_le_bytes(*tail)))
            } else {
                (bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)), 0)
            };
        let print = (head ^ tail.rotate_left(29) ^ bytes.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let Some(bits) = self.bits.get_mut((print >> 58) as usize) else { return false };
        let bit = 1 << (print >> 52 & 63);
        let new = *bits & bit == 0;
        *bits |= bit;
        new
    }
}

/// The first members.
pub fn limit_keys<'e>(mut members: Vec<Member<'e>>, max: usize, notes: &mut Notes<'_>) -> Converted<'e> {
    for (name, _) in members.get(max..).unwrap_or_default() {
        notes.warn(warning::KEY_DROPPED, || {
            format!("{} was left out: it is beyond the limit of {max}", shown(name))
        });
    }
    members.truncate(max);
    some_object(members)
}

/// A list as the result of a conversion; an empty one is no value.
pub fn some_list(items: Vec<Val<'_>>) -> Converted<'_> {
    Ok((!items.is_empty()).then_some(Val::List(items)))
}
