//! Rows that stand beside one that waits for a response, and errors of rows that only some responses lead to.

use crate::eval::fault::RowError;
use crate::eval::reading::Reading;
use crate::eval::scope::{Scope, placeholder};
use crate::plan::{Place, Row};
use mapwright_convert::Val;

/// Rows that are evaluated side by side: none of them decides whether another is reached. An error of one is certain if the row itself has
/// waited for nothing; what follows all of them waits for what any of them has waited for.
pub(crate) struct Beside<'s> {
    reading: Option<&'s Reading>,
    before: Option<usize>,
    any: Option<usize>,
}

impl<'s> Beside<'s> {
    /// Begins before the first of them.
    #[inline(always)]
    pub(crate) fn begin(scope: &Scope<'s>) -> Self {
        // in a run, everything is known
        let reading = scope.unknown.and(scope.reading);
        let before = reading.and_then(Reading::waited);
        Beside { reading, before, any: before }
    }

    /// One of them is done.
    #[inline(always)]
    pub(crate) fn next(&mut self) {
        if let Some(reading) = self.reading {
            self.any = self.any.or(reading.waited());
            reading.resume(self.before);
        }
    }

    /// What they have waited for has decided nothing.
    pub(crate) fn forget(self) {
        if let Some(reading) = self.reading {
            reading.resume(self.before);
        }
    }

    /// All of them are done.
    #[inline(always)]
    pub(crate) fn end(self) {
        if let Some(reading) = self.reading {
            reading.resume(self.any);
        }
    }
}

impl<'a> Scope<'a> {
    /// Where everything is not known yet: what has been read, and the name that the row at hand waits for.
    pub(crate) fn waiting(&self) -> Option<(&'a Reading, &'a str)> {
        let (unknown, reading) = (self.unknown?, self.reading?);
        let name = unknown.names.get(reading.waited()?);
        Some((reading, name.map_or("…", String::as_str)))
    }

    /// Notes bytes that the row at hand adds to a URL.
    #[inline(always)]
    pub(crate) fn note_bytes(&self, bytes: usize) {
        if let Some(reading) = self.unknown.and(self.reading) {
            reading.note_bytes(bytes);
        }
    }

    /// Returns what stands for the value of a row that rejects, if only some responses lead to it.
    ///
    /// # Errors
    /// Fails with the error, if the row rejects whatever the responses are.
    #[cold]
    pub(crate) fn perhaps(&self, error: RowError) -> Result<Val<'a>, RowError> {
        match self.waiting() {
            Some((reading, name)) => {
                reading.may_reject(error);
                Ok(placeholder(name))
            }
            None => Err(error),
        }
    }

    /// Evaluates something that only some responses lead to, and notes its error.
    #[cold]
    pub(crate) fn suppose<T>(&self, evaluate: impl FnOnce(&Self) -> Result<T, RowError>) {
        let Some((reading, _)) = self.waiting() else { return };
        let waited = reading.waited();
        // it counts no points
        if let Err(error) = evaluate(&Scope { tally: None, ..self.clone() }) {
            reading.may_reject(error);
        }
        reading.resume(waited);
    }

    /// The same for rows of which a response decides which one counts: where all of them reject, one of them does for certain, and has waited
    /// only for what was waited for `before`. `all`: whether what is read without a response rejects.
    #[cold]
    pub(crate) fn suppose_all<T>(
        &self,
        before: Option<usize>,
        mut all: bool,
        rows: impl Iterator<Item = &'a Row>,
        evaluate: impl Fn(&Self, &'a Row) -> Result<T, RowError>,
    ) {
        let Some((reading, _)) = self.waiting() else { return };
        for row in rows {
            self.suppose(|scope| {
                let made = evaluate(scope, row);
                all &= made.is_err();
                made
            });
        }
        if all {
            reading.resume(before);
        }
    }

    /// Notes the errors of the rows that would make the values at some places, which only some responses lead to.
    #[cold]
    pub(crate) fn refused_of(&self, places: impl IntoIterator<Item = &'a Place>, reading: &Reading) {
        let scope = Scope { reading: None, ..self.clone() };
        for place in places {
            if let Err(error) = scope.refused(place) {
                reading.may_reject(error);
            }
        }
    }
}
