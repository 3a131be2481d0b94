//! Findings: problems of mappings, with their positions.

use std::fmt;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::fix::{Fix, Mend};
use crate::source::{FileId, Place, Span, Texts};

/// The severity of a finding.
///
/// It is exhaustive, so that a program does not compile until it handles a new variant: a `_` would hide one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The mapping cannot be used.
    Error,
    /// The mapping can be used, but probably not as intended.
    Warning,
    /// The mapping can be used as intended, and could be written better. It is shown and never fails a check.
    Hint,
}

/// The word of messages, as in `error`.
impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Hint => "hint",
        })
    }
}

/// A rule that reports findings: its stable id, severity and documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Rule {
    /// The stable id, such as `unknown-key`.
    pub id: &'static str,
    /// The severity of its findings.
    pub severity: Severity,
    /// One line that describes what it finds.
    pub summary: &'static str,
    /// The documentation in Markdown: the reason, an example, and how to fix it.
    pub doc: &'static str,
}

impl Rule {
    /// Creates a rule from its id, its severity, one line that describes it, and its documentation in Markdown.
    pub const fn new(id: &'static str, severity: Severity, summary: &'static str, doc: &'static str) -> Self {
        Self { id, severity, summary, doc }
    }
}

/// A finding: a problem, its position and how to fix it.
///
/// ```
/// use mapwright_findings::{Finding, Place, Rule, Severity};
///
/// static RULE: Rule = Rule::new("old-name", Severity::Warning, "A name that is no longer used.", "# old-name\n");
///
/// let text = "title: Acme";
/// let mut finding = Finding::new(&RULE, Place::new("mappings/acme/destination.yaml", text, 7..11), "`Acme` is an old name");
/// assert_eq!(finding.severity(), Severity::Warning);
/// finding.set_severity(Severity::Error);
/// assert_eq!(finding.severity(), Severity::Error);
/// assert_eq!(finding.to_string(), "mappings/acme/destination.yaml:1:8 old-name: `Acme` is an old name");
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// The rule that found it.
    pub rule: &'static Rule,
    /// The position.
    pub place: Place,
    /// What is wrong and what was expected: in lower case, without a full stop, with the user's text in backticks.
    pub message: String,
    /// How to fix it.
    pub help: Option<String>,
    /// Related positions, each with a label.
    pub related: Vec<(Place, String)>,
    /// Where mappings made what a test found, if all of it is made by rows of mappings: of each value the row, and those whose value it passes on.
    pub made_by: Vec<Vec<Place>>,
    /// A diff between the expected (`-`) and the actual (`+`) lines.
    pub diff: Option<String>,
    /// How it can be mended without thinking, or nearly so.
    pub fix: Option<Fix>,
    /// What stays the same where the lines around it move, for programs that compare two reports. Empty until a report is made.
    pub fingerprint: String,
    severity: Severity,
}

/// One line with position, rule, message and help.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.place, self.rule.id, self.message)?;
        match &self.help {
            Some(help) => write!(f, " ({help})"),
            None => Ok(()),
        }
    }
}

impl Finding {
    /// Creates a finding without help, related positions, a diff or a fix.
    pub fn new(rule: &'static Rule, place: Place, message: impl Into<String>) -> Self {
        Self {
            rule,
            place,
            message: message.into(),
            help: None,
            related: Vec::new(),
            made_by: Vec::new(),
            diff: None,
            fix: None,
            fingerprint: String::new(),
            severity: rule.severity,
        }
    }

    /// Returns the severity: that of the rule, unless it was set.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// Sets the severity.
    pub fn set_severity(&mut self, severity: Severity) {
        self.severity = severity;
    }
}

/// A finding whose positions are spans.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The rule that found it.
    pub rule: &'static Rule,
    /// The position.
    pub span: Span,
    /// What is wrong and what was expected.
    pub message: String,
    /// How to fix it.
    pub help: Option<String>,
    /// Related positions, each with a label.
    pub related: Vec<(Span, String)>,
    /// A diff between expected (`-`) and actual (`+`) lines.
    pub diff: Option<String>,
    /// How it can be mended.
    pub mend: Option<Mend>,
    /// Where mappings made what a test found, if all of it is made by rows of mappings: of each value the row, and those whose value it passes on.
    made_by: Vec<Vec<Span>>,
    /// Whether it holds only in versions that inherit the place, and not where the place was written.
    inherited: bool,
    /// These versions: where each says what it extends, with a label.
    heirs: Vec<(Span, String)>,
}

/// A version that inherits files from another: what is wrong in those files may be wrong only here.
#[derive(Debug)]
pub struct Heir {
    /// The inherited files.
    pub files: HashSet<FileId>,
    /// Where it says what it extends.
    pub extends: Span,
    /// The label of that position in a finding.
    pub label: String,
}

impl Report {
    /// Creates a report without help, related positions or a diff.
    pub fn new(rule: &'static Rule, span: Span, message: impl Into<String>) -> Self {
        let (message, help, related, diff) = (cut(message.into()), None, Vec::new(), None);
        let (made_by, heirs) = (Vec::new(), Vec::new());
        Self { rule, span, message, help, related, diff, mend: None, made_by, inherited: false, heirs }
    }

    /// Sets the help text.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(cut(help.into()));
        self
    }

    pub(crate) fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.map(cut).or(self.help);
        self
    }

    /// Adds a related position with its label.
    pub fn related(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related.push((span, cut(label.into())));
        self
    }

    /// Sets how it can be mended.
    pub fn mend(mut self, mend: Mend) -> Self {
        self.mend = Some(mend);
        self
    }

    /// Sets where mappings made what a test found.
    pub(crate) fn made_by(mut self, rows: Vec<Vec<Span>>) -> Self {
        self.made_by = rows;
        self
    }

    /// Sets the diff.
    pub fn diff(mut self, diff: impl Into<String>) -> Self {
        self.diff = Some(diff.into());
        self
    }
}

/// The most characters of a string.
const LONGEST_TEXT: usize = 1_000;

/// Truncates text to a readable length, since content of files can be of any length.
fn cut(mut text: String) -> String {
    if let Some((at, _)) = text.char_indices().nth(LONGEST_TEXT) {
        text.truncate(at);
        text.push('…');
    }
    text
}

/// Names that stand in a file, and whose entries could not be read: each has a report already.
#[derive(Debug, Clone, PartialEq)]
pub enum Unread {
    /// Entries of these names could not be read. Every report of an unknown name shares the set.
    Names(Arc<HashSet<String>>),
    /// What holds the entries could not be read, so that any name may stand there.
    Any,
}

impl Default for Unread {
    fn default() -> Self {
        Unread::Names(Arc::default())
    }
}

impl Unread {
    /// Returns whether an entry of this name may be among those that could not be read.
    pub fn may_hold(&self, name: &str) -> bool {
        match self {
            Unread::Names(names) => names.contains(name),
            Unread::Any => true,
        }
    }

    /// Adds the entries of the other one.
    pub fn add(&mut self, other: &Unread) {
        match (&mut *self, other) {
            (Unread::Names(_), Unread::Names(more)) if more.is_empty() => {}
            (Unread::Names(names), Unread::Names(more)) => {
                Arc::make_mut(names).extend(more.iter().cloned());
            }
            _ => *self = Unread::Any,
        }
    }
}

impl FromIterator<String> for Unread {
    fn from_iter<I: IntoIterator<Item = String>>(names: I) -> Self {
        Unread::Names(Arc::new(names.into_iter().collect()))
    }
}

/// The names that have a meaning at a place: those that can be used, and those that only could not be read. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct KnownNames {
    names: Arc<[String]>,
    unread: Unread,
}

impl KnownNames {
    /// Creates the set of names that can be used, with those of entries that could not be read.
    pub fn new<'n>(names: impl IntoIterator<Item = &'n str>, unread: Unread) -> Self {
        Self { names: names.into_iter().map(str::to_owned).collect(), unread }
    }

    /// Returns the names that can be used.
    pub fn iter(&self) -> impl Iterator<Item = &str> + Clone {
        self.names.iter().map(String::as_str)
    }

    /// Returns the same names, written in another way: as in `$email`.
    pub fn written(&self, write: impl Fn(&str) -> String + Clone) -> impl Iterator<Item = String> + Clone {
        self.iter().map(write)
    }

    /// Adds these names.
    pub fn and(mut self, other: KnownNames) -> Self {
        self.names = self.names.iter().chain(other.names.iter()).cloned().collect();
        self.unread.add(&other.unread);
        self
    }
}

/// Collects reports. The same report about a position that two versions, or a mapping and its variant, share is collected once.
#[derive(Debug, Default)]
pub struct Reports {
    list: Vec<Report>,
    /// Positions in the list by rule and place.
    known: HashMap<(&'static str, Span), Vec<usize>>,
    /// The number of reports, including duplicates.
    made: usize,
    /// How many unknown names were kept back.
    kept_back: usize,
    /// How many errors were made.
    errors: usize,
    /// The version at hand, if it inherits files.
    heir: Option<Heir>,
    /// The pairs of characters that were compared to find similar names.
    compared: usize,
}

impl Reports {
    /// Returns the known name that is nearest to an unknown one, like [`nearest`]. If very many names are unknown, it compares only those of the
    /// first reports.
    pub fn nearest<S: AsRef<str>>(&mut self, name: &str, known: impl IntoIterator<Item = S>) -> Option<S> {
        self.nearest_with_distance(name, known).map(|(_, near)| near)
    }

    fn nearest_with_distance<S: AsRef<str>>(
        &mut self,
        name: &str,
        known: impl IntoIterator<Item = S>,
    ) -> Option<(usize, S)> {
        /// The pairs of characters that all reports may compare.
        const MOST: usize = 1_000_000;
        let (near, compared) = nearest_within(MOST.saturating_sub(self.compared), name, known);
        self.compared = self.compared.saturating_add(compared);
        near
    }

    /// Returns help for an unknown name, like [`suggest`].
    pub fn suggest<S: AsRef<str>>(
        &mut self,
        name: &str,
        known: impl IntoIterator<Item = S> + Clone,
    ) -> String {
        let near = self.nearest(name, known.clone());
        help(near, known)
    }

    /// Completes the report of an unknown name by the help of [`suggest`](Self::suggest), and mends it if a single known name is near.
    pub fn meant<S: AsRef<str>>(
        &mut self,
        report: Report,
        name: &str,
        known: impl IntoIterator<Item = S> + Clone,
    ) -> Report {
        let report = report.help(self.suggest(name, known.clone()));
        self.mended(report, name, known)
    }

    /// Mends the report of an unknown name if a single known name is near.
    pub fn mended<S: AsRef<str>>(
        &mut self,
        report: Report,
        name: &str,
        known: impl IntoIterator<Item = S> + Clone,
    ) -> Report {
        let Some((distance, near)) = self.nearest_with_distance(name, known.clone()) else { return report };
        let other = known.into_iter().filter(|other| other.as_ref() != near.as_ref());
        // a second one that is as near may be meant as well
        if self.nearest_with_distance(name, other).is_some_and(|(other, _)| other <= distance) {
            return report;
        }
        let span = report.span;
        report.mend(Mend::guess(span, name, near.as_ref()))
    }

    /// Adds a report, unless it is a duplicate. Help is not compared, since it may list names in another order.
    pub fn add(&mut self, mut report: Report) {
        self.made += 1;
        self.errors += usize::from(report.rule.severity == Severity::Error);
        let heir = self.heir.as_ref().filter(|heir| heir.files.contains(&report.span.file));
        let heir = heir.map(|heir| (heir.extends, heir.label.clone()));
        let at_place = self.known.entry((report.rule.id, report.span)).or_default();
        let same = |known: &Report| known.message == report.message && known.diff == report.diff;
        let known = at_place.iter().copied().find(|at| self.list.get(*at).is_some_and(same));
        match known.and_then(|at| self.list.get_mut(at)) {
            Some(known) => {
                known.inherited &= heir.is_some();
                known.heirs.extend(heir.filter(|heir| !known.heirs.contains(heir)));
            }
            None => {
                (report.inherited, report.heirs) = (heir.is_some(), heir.into_iter().collect());
                at_place.push(self.list.len());
                self.list.push(report);
            }
        }
    }

    /// Returns the reports that are made apart, for [`extend`](Self::extend) to add later. Names that they compare count here.
    pub fn apart(&mut self, report: impl FnOnce(&mut Reports)) -> Reports {
        let mut apart = Reports { compared: self.compared, ..Reports::default() };
        report(&mut apart);
        self.compared = apart.compared;
        apart
    }

    /// Adds the reports of another collection that are to be kept.
    pub fn extend(&mut self, other: Reports, keep: impl Fn(&Report) -> bool) {
        other.list.into_iter().filter(keep).for_each(|report| self.add(report));
    }

    /// Sets the version of the reports that follow, or `None` if it inherits nothing.
    pub fn set_heir(&mut self, heir: Option<Heir>) {
        self.heir = heir;
    }

    /// Returns the number of reports, including duplicates.
    pub fn made(&self) -> usize {
        self.made
    }

    /// Returns the number of errors, with those that were known already or are kept back: all of them count against what was checked
    /// in the meantime.
    pub fn errors(&self) -> usize {
        self.errors + self.kept_back
    }

    /// Returns the number of unknown names that were kept back.
    pub fn kept_back(&self) -> usize {
        self.kept_back
    }

    /// Resets the count to this one, where the file that may define the names is missing: then they are not errors.
    pub fn forgive_kept_back(&mut self, count: usize) {
        self.kept_back = count;
    }

    /// Adds a report of an unknown name. It is kept back if an entry of that name is there and could not be read, for then it is not
    /// the name that is wrong.
    pub fn add_unknown(&mut self, name: &str, known: &KnownNames, report: Report) {
        match known.unread.may_hold(name) {
            true => self.kept_back += 1,
            false => self.add(report),
        }
    }

    /// Returns the files with errors that affect every version that has them.
    pub fn files_with_errors(&self) -> HashSet<FileId> {
        let errors =
            self.list.iter().filter(|report| report.rule.severity == Severity::Error && !report.inherited);
        errors.map(|report| report.span.file).collect()
    }

    /// Returns all findings, ordered by file, position and rule.
    pub fn into_findings(self, texts: &Texts) -> Vec<Finding> {
        let places = |rows: &[Span]| rows.iter().map(|row| texts.place(*row)).collect();
        let findings = self.list.into_iter().map(|report| {
            let heirs = if report.inherited { report.heirs } else { Vec::new() };
            let related = report.related.into_iter().chain(heirs);
            Finding {
                help: report.help,
                related: related.map(|(span, label)| (texts.place(span), label)).collect(),
                made_by: report.made_by.iter().map(|rows| places(rows)).collect(),
                diff: report.diff,
                fix: report.mend.and_then(|mend| mend.at(texts)),
                ..Finding::new(report.rule, texts.place(report.span), report.message)
            }
        });
        let mut findings: Vec<Finding> = findings.collect();
        findings.sort_by(|a, b| (&a.place, a.rule.id, &a.message).cmp(&(&b.place, b.rule.id, &b.message)));
        findings
    }
}

/// Returns the known name that is nearest to an unknown one, for `did you mean`, if one is near. Of very many names it compares the first ones.
///
/// ```
/// use mapwright_findings::nearest;
///
/// assert_eq!(nearest("indentify", ["identify", "track"]), Some("identify"));
/// assert_eq!(nearest("x", ["identify", "track"]), None);
/// ```
pub fn nearest<S: AsRef<str>>(name: &str, known: impl IntoIterator<Item = S>) -> Option<S> {
    const MOST: usize = 500_000;
    nearest_within(MOST, name, known).0.map(|(_, near)| near)
}

/// Returns whether two names differ by at most a letter: one more, another one, or two that are swapped.
pub fn differ_by_a_letter(name: &str, other: &str) -> bool {
    strsim::osa_distance(name, other) <= 1
}

/// Finds the nearest name like [`nearest`], but compares at most `most` pairs of characters. Also returns the number of pairs.
fn nearest_within<S: AsRef<str>>(
    most: usize,
    name: &str,
    known: impl IntoIterator<Item = S>,
) -> (Option<(usize, S)>, usize) {
    /// Longer names are not typos, and comparing them would be slow.
    const LONGEST: usize = 100;
    if name.len() > LONGEST {
        return (None, 0);
    }
    let fold = |text: &str| text.to_lowercase().replace(['_', '-'], "");
    let wanted = fold(name);
    let mut compared = 0;
    let near = known
        .into_iter()
        .take_while(|candidate| {
            compared += (wanted.len() + 1) * (candidate.as_ref().len().min(LONGEST) + 1);
            compared <= most
        })
        .filter(|candidate| candidate.as_ref().len() <= LONGEST)
        .map(|candidate| (strsim::osa_distance(&wanted, &fold(candidate.as_ref())), candidate))
        .filter(|(distance, candidate)| *distance <= 1.max(wanted.len().max(candidate.as_ref().len()) / 3))
        .min_by_key(|(distance, _)| *distance);
    (near, compared)
}

/// Lists alternatives, each once: `` `a`, `b` or `c` ``.
///
/// ```
/// assert_eq!(mapwright_findings::one_of(["send", "save", "send"]), "`send` or `save`");
/// ```
pub fn one_of<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    listed(names, "or")
}

/// Lists names, each once: `` `a`, `b` and `c` ``.
pub fn all_of<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    listed(names, "and")
}

/// Lists as many names as a string of readable length can contain.
fn listed<S: AsRef<str>>(names: impl IntoIterator<Item = S>, last_word: &str) -> String {
    /// A character has at most four bytes.
    const MOST_BYTES: usize = 4 * LONGEST_TEXT;
    let mut known = HashSet::new();
    let mut names = names.into_iter().filter(|name| known.insert(name.as_ref().to_owned())).peekable();
    let Some(first) = names.next() else { return "nothing".to_owned() };
    let mut list = format!("`{}`", first.as_ref());
    while let Some(name) = (list.len() <= MOST_BYTES).then(|| names.next()).flatten() {
        let separator = if names.peek().is_some() { "," } else { &format!(" {last_word}") };
        list.push_str(&format!("{separator} `{}`", name.as_ref()));
    }
    list
}

/// Returns help for an unknown name: the nearest known name, or all known names.
///
/// ```
/// assert_eq!(mapwright_findings::suggest("indentify", ["identify", "track"]), "did you mean `identify`?");
/// assert_eq!(mapwright_findings::suggest("x", ["identify", "track"]), "expected `identify` or `track`");
/// ```
pub fn suggest<S: AsRef<str>>(name: &str, known: impl IntoIterator<Item = S> + Clone) -> String {
    help(nearest(name, known.clone()), known)
}

fn help<S: AsRef<str>>(near: Option<S>, known: impl IntoIterator<Item = S> + Clone) -> String {
    match near {
        Some(near) => format!("did you mean `{}`?", near.as_ref()),
        None if known.clone().into_iter().next().is_none() => "none is defined".to_owned(),
        None => format!("expected {}", one_of(known)),
    }
}
