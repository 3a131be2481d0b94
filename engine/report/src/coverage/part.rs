//! How many of some are reached.

/// How many of some are reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Part {
    pub reached: usize,
    pub all: usize,
}

impl Part {
    /// Of points that were reached so many times.
    pub(crate) fn of(times: impl IntoIterator<Item = u64>) -> Self {
        let mut part = Part::default();
        times.into_iter().for_each(|times| part.add(times));
        part
    }

    pub(crate) fn add(&mut self, times: u64) {
        self.all += 1;
        self.reached += usize::from(times > 0);
    }

    /// From 0 to 1; of nothing, all is reached.
    pub(crate) fn rate(self) -> f64 {
        if self.all == 0 { 1.0 } else { self.reached as f64 / self.all as f64 }
    }

    pub(crate) fn percent(self) -> f64 {
        self.rate() * 100.0
    }

    /// With one digit after the point: 99.96 % are not all.
    pub(crate) fn shown(self) -> String {
        format!("{:.1} %", (self.percent() * 10.0).floor() / 10.0)
    }

    /// As in `3/4`.
    pub(crate) fn fraction(self) -> String {
        format!("{}/{}", self.reached, self.all)
    }
}
