//! Three-valued truth, and what a condition may say.

use std::ops::Not;

/// The truth of a condition. In a preview, it may depend on a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Truth {
    Yes,
    No,
    Unknown,
}

/// What a condition may say, when all responses are thought of: it holds, it does not hold, it cannot be decided since a row that it reads
/// rejects. With all that is known, one of the three is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outcomes(u8);

impl Outcomes {
    pub(crate) const YES: Self = Outcomes(1);
    pub(crate) const NO: Self = Outcomes(2);
    /// It cannot be decided.
    pub(crate) const REJECTED: Self = Outcomes(4);
    /// A response decides.
    pub(crate) const OPEN: Self = Outcomes(1 | 2);

    pub(crate) fn of(truth: bool) -> Self {
        if truth { Self::YES } else { Self::NO }
    }

    fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) fn may_be_yes(self) -> bool {
        self.has(Self::YES)
    }

    pub(crate) fn may_be_no(self) -> bool {
        self.has(Self::NO)
    }

    pub(crate) fn may_reject(self) -> bool {
        self.has(Self::REJECTED)
    }

    /// What may be said if any of two conditions counts.
    pub(crate) fn either(self, other: Self) -> Self {
        Outcomes(self.0 | other.0)
    }

    fn only_if(self, may: bool) -> Self {
        if may { self } else { Outcomes(0) }
    }

    /// A condition that cannot be decided matters to `and` only where the other one holds.
    pub(crate) fn and(self, other: Self) -> Self {
        let (yes, rejected) = (Self::YES, Self::REJECTED);
        let undecided = |a: Self, b: Self| a.may_reject() && (b.may_reject() || b.may_be_yes());
        yes.only_if(self.may_be_yes() && other.may_be_yes())
            .either(Self::NO.only_if(self.may_be_no() || other.may_be_no()))
            .either(rejected.only_if(undecided(self, other) || undecided(other, self)))
    }

    pub(crate) fn or(self, other: Self) -> Self {
        !(!self).and(!other)
    }

    /// What is said where it is not decided which of two conditions counts: what both say, if that is one thing.
    pub(crate) fn both(self, other: Self) -> Self {
        let same = self == other && matches!(self, Self::YES | Self::NO);
        if same { self } else { Self::REJECTED }
    }

    pub(crate) fn truth(self) -> Truth {
        match self {
            Self::YES => Truth::Yes,
            Self::NO => Truth::No,
            _ => Truth::Unknown,
        }
    }
}

impl Not for Outcomes {
    type Output = Self;

    fn not(self) -> Self {
        let (yes, no) = (Self::YES.only_if(self.may_be_no()), Self::NO.only_if(self.may_be_yes()));
        yes.either(no).either(Self::REJECTED.only_if(self.may_reject()))
    }
}
