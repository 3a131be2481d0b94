//! What is wrong with a mapping, and where.

use std::fmt;

use std::collections::{HashMap, HashSet};

use crate::source::{FileId, Place, Span, Texts};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The mapping cannot be used.
    Error,
    /// The mapping can be used, but probably not as meant.
    Warning,
}

/// A check that can report findings: a stable id, how bad its findings are, and its page of documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    /// Stable name, as in `unknown-key`.
    pub id: &'static str,
    /// Severity of its findings.
    pub severity: Severity,
    /// One line: what it finds.
    pub summary: &'static str,
    /// Markdown: why that is bad, an example, and what to write instead.
    pub doc: &'static str,
}

/// One thing that is wrong, with its place and what to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The rule that found it.
    pub rule: &'static Rule,
    /// Where it stands.
    pub place: Place,
    /// What is wrong and what was expected; lower case, no full stop, the user's text in backticks.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Other places that belong to it, each with a label.
    pub related: Vec<(Place, String)>,
    /// What was expected and what came, line by line: `-` is only in the first, `+` only in the second.
    pub diff: Option<String>,
}

/// One line: place, rule, message and help.
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
    /// The severity of the rule.
    pub fn severity(&self) -> Severity {
        self.rule.severity
    }
}

/// A finding whose places are still spans.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    pub rule: &'static Rule,
    pub span: Span,
    pub message: String,
    pub help: Option<String>,
    pub related: Vec<(Span, String)>,
    pub diff: Option<String>,
    /// Whether it holds only in versions that inherit the place, and not where the place was written.
    inherited: bool,
    /// These versions: where each says what it extends, with a label.
    heirs: Vec<(Span, String)>,
}

/// A version that inherits files from another: what is wrong in those files may be wrong only here.
#[derive(Debug)]
pub struct Heir {
    pub files: Vec<FileId>,
    /// Where it says what it extends.
    pub extends: Span,
    pub label: String,
}

impl Report {
    pub fn new(rule: &'static Rule, span: Span, message: impl Into<String>) -> Self {
        let (message, help, related, diff) = (cut(message.into()), None, Vec::new(), None);
        Self { rule, span, message, help, related, diff, inherited: false, heirs: Vec::new() }
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(cut(help.into()));
        self
    }

    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.map(cut).or(self.help);
        self
    }

    pub fn related(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related.push((span, cut(label.into())));
        self
    }

    pub fn diff(mut self, diff: impl Into<String>) -> Self {
        self.diff = Some(diff.into());
        self
    }
}

/// A text that is not longer than people read; what files hold can be of any length.
fn cut(mut text: String) -> String {
    const LONGEST: usize = 1_000;
    if let Some((at, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(at);
        text.push('…');
    }
    text
}

/// Names that stand in a file, and whose entries could not be read: each has a report already.
#[derive(Debug, Clone, PartialEq)]
pub enum Unread {
    Names(Vec<String>),
    /// What holds the entries could not be read, so that any name may stand there.
    Any,
}

impl Default for Unread {
    fn default() -> Self {
        Unread::Names(Vec::new())
    }
}

impl Unread {
    pub fn may_hold(&self, name: &str) -> bool {
        match self {
            Unread::Names(names) => names.iter().any(|unread| unread == name),
            Unread::Any => true,
        }
    }

    /// Both together.
    pub fn add(&mut self, other: &Unread) {
        match (&mut *self, other) {
            (Unread::Names(names), Unread::Names(more)) => names.extend_from_slice(more),
            _ => *self = Unread::Any,
        }
    }
}

/// The names that have a meaning at a place: those that can be used, and those that only could not be read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct KnownNames {
    names: Vec<String>,
    unread: Unread,
}

impl KnownNames {
    pub fn new<'n>(names: impl IntoIterator<Item = &'n str>, unread: Unread) -> Self {
        Self { names: names.into_iter().map(str::to_owned).collect(), unread }
    }

    /// Those that can be used.
    pub fn iter(&self) -> impl Iterator<Item = &str> + Clone {
        self.names.iter().map(String::as_str)
    }

    /// The same names, written in another way: as in `$email`.
    pub fn written(&self, write: impl Fn(&str) -> String) -> Vec<String> {
        self.iter().map(write).collect()
    }

    /// With these names as well.
    pub fn and(mut self, other: KnownNames) -> Self {
        self.names.extend(other.names);
        self.unread.add(&other.unread);
        self
    }
}

/// Collects reports; what is said of a place that two versions, or a mapping and its variant, share counts once.
#[derive(Debug, Default)]
pub struct Reports {
    list: Vec<Report>,
    /// Positions in the list by rule and place.
    known: HashMap<(&'static str, Span), Vec<usize>>,
    /// How many were made, those that were known already too.
    made: usize,
    /// How many errors were made or kept back.
    errors: usize,
    /// The version at hand, if it inherits files.
    heir: Option<Heir>,
}

impl Reports {
    /// Unless the same is said of the same place already; help may list the names that it knows in another order.
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

    /// From now on reports are made of this version, or of one that inherits nothing.
    pub fn set_heir(&mut self, heir: Option<Heir>) {
        self.heir = heir;
    }

    /// How many reports were made, those that were known already too.
    pub fn made(&self) -> usize {
        self.made
    }

    /// How many errors were made, those that were known already or are kept back too: all of them count against what was checked
    /// in the meantime.
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// A report of a name that is not known. It is kept back if an entry of that name is there and could not be read, for then it is not
    /// the name that is wrong.
    pub fn add_unknown(&mut self, name: &str, known: &KnownNames, report: Report) {
        match known.unread.may_hold(name) {
            true => self.errors += 1,
            false => self.add(report),
        }
    }

    /// The files in which an error was found, for all who have them.
    pub fn files_with_errors(&self) -> HashSet<FileId> {
        let errors =
            self.list.iter().filter(|report| report.rule.severity == Severity::Error && !report.inherited);
        errors.map(|report| report.span.file).collect()
    }

    /// All findings, by file, place and rule.
    pub fn into_findings(self, texts: &Texts) -> Vec<Finding> {
        let findings = self.list.into_iter().map(|report| {
            let heirs = if report.inherited { report.heirs } else { Vec::new() };
            let related = report.related.into_iter().chain(heirs);
            Finding {
                rule: report.rule,
                place: texts.place(report.span),
                message: report.message,
                help: report.help,
                related: related.map(|(span, label)| (texts.place(span), label)).collect(),
                diff: report.diff,
            }
        });
        let mut findings: Vec<Finding> = findings.collect();
        findings.sort_by(|a, b| (&a.place, a.rule.id, &a.message).cmp(&(&b.place, b.rule.id, &b.message)));
        findings
    }
}

/// `did you mean` for a name that is not known: the nearest of those that are, if one is near.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// Longer names are no typos, and comparing them would take long.
    const LONGEST: usize = 100;
    if name.len() > LONGEST {
        return None;
    }
    let fold = |text: &str| text.to_lowercase().replace(['_', '-'], "");
    let wanted = fold(name);
    known
        .into_iter()
        .filter(|candidate| candidate.len() <= LONGEST)
        .map(|candidate| (strsim::osa_distance(&wanted, &fold(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= 1.max(wanted.len().max(candidate.len()) / 3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Names as a reader lists them: `` `a`, `b` or `c` ``.
pub fn one_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    listed(names, "or")
}

/// The same of all together: `` `a`, `b` and `c` ``.
pub fn all_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    listed(names, "and")
}

fn listed<'a>(names: impl IntoIterator<Item = &'a str>, last_word: &str) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} {last_word} {last}", rest.join(", ")),
    }
}

/// Help for a name that is not known: the nearest one, or all of them.
///
/// ```
/// assert_eq!(mapwright_findings::suggest("indentify", ["identify", "track"]), "did you mean `identify`?");
/// assert_eq!(mapwright_findings::suggest("x", ["identify", "track"]), "expected `identify` or `track`");
/// ```
pub fn suggest<'a>(name: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    match nearest(name, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.clone().into_iter().next().is_none() => "there is none yet".to_owned(),
        None => format!("expected {}", one_of(known)),
    }
}
