//! Compares values, some of which may be missing.

use std::cmp::Ordering;

use super::lack::{ExprResult, Lack};
use super::truth::Outcomes;
use crate::plan::NameSet;
use mapwright_convert::Val;
use mapwright_json::Kind;
use mapwright_language::spec::Comparison;

/// Returns whether a comparison of a condition holds; `None` is a missing value.
pub fn compared(left: Option<&Val<'_>>, comparison: Comparison, right: Option<&Val<'_>>) -> bool {
    let (left, right) = match (left, right) {
        (Some(left), Some(right)) => (left, right),
        (None, None) => {
            return match comparison {
                Comparison::Eq | Comparison::Le | Comparison::Ge | Comparison::NotIn => true,
                Comparison::Ne | Comparison::Lt | Comparison::Gt | Comparison::In => false,
            };
        }
        (None, Some(_)) | (Some(_), None) => {
            return match comparison {
                Comparison::Ne | Comparison::NotIn => true,
                Comparison::Eq
                | Comparison::Lt
                | Comparison::Le
                | Comparison::Gt
                | Comparison::Ge
                | Comparison::In => false,
            };
        }
    };
    let order = |is: fn(Ordering) -> bool| left.compare(right).is_some_and(is);
    match comparison {
        Comparison::Eq => left.equals(right),
        Comparison::Ne => !left.equals(right),
        Comparison::Lt => order(Ordering::is_lt),
        Comparison::Le => order(Ordering::is_le) || left.equals(right),
        Comparison::Gt => order(Ordering::is_gt),
        Comparison::Ge => order(Ordering::is_ge) || left.equals(right),
        Comparison::In => right.contains(left),
        Comparison::NotIn => !right.contains(left),
    }
}

/// Whether a value is a name of a set; like a comparison with the list of its names, but without a search.
pub(super) fn is_in(left: &ExprResult<'_>, set: &NameSet) -> Outcomes {
    match left {
        Err(Lack::Rejected | Lack::OutOfFuel) => Outcomes::REJECTED,
        Err(Lack::Unknown(_)) => Outcomes::OPEN,
        Ok(value) if value.kind() == Kind::String => {
            Outcomes::of(value.printed().is_some_and(|text| set.has(&text)))
        }
        Ok(_) | Err(Lack::Absent) => Outcomes::NO,
    }
}

/// What a comparison may say of values that may not be known.
pub(super) fn compare(left: &ExprResult<'_>, comparison: Comparison, right: &ExprResult<'_>) -> Outcomes {
    match (left, right) {
        (Err(Lack::Rejected | Lack::OutOfFuel), _) | (_, Err(Lack::Rejected | Lack::OutOfFuel)) => {
            Outcomes::REJECTED
        }
        (Err(Lack::Unknown(_)), _) | (_, Err(Lack::Unknown(_))) => Outcomes::OPEN,
        (Ok(_) | Err(Lack::Absent), Ok(_) | Err(Lack::Absent)) => {
            Outcomes::of(compared(left.as_ref().ok(), comparison, right.as_ref().ok()))
        }
    }
}
