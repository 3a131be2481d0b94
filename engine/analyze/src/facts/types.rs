//! What can be known of a value before there is one.

use std::fmt;
use std::rc::Rc;

use serde_json::Value;

/// A set of kinds of JSON values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Kinds(u8);

impl Kinds {
    /// No kind.
    pub const NONE: Kinds = Kinds(0);
    /// `null`.
    pub const NULL: Kinds = Kinds(1);
    /// `true` and `false`.
    pub const BOOLEAN: Kinds = Kinds(2);
    /// Numbers without a fraction.
    pub const INTEGER: Kinds = Kinds(4);
    /// Numbers with a fraction.
    pub const FRACTION: Kinds = Kinds(8);
    /// Texts.
    pub const TEXT: Kinds = Kinds(16);
    /// Lists.
    pub const LIST: Kinds = Kinds(32);
    /// Objects.
    pub const OBJECT: Kinds = Kinds(64);
    /// All numbers.
    pub const NUMBER: Kinds = Kinds(12);
    /// What is neither a list nor an object.
    pub const SINGLE: Kinds = Kinds(30);
    /// All kinds but null, which is absent unless a row keeps it.
    pub const VALUE: Kinds = Kinds(126);
    /// All kinds.
    pub const ALL: Kinds = Kinds(127);

    /// Returns the kinds in one of the sets.
    pub const fn or(self, other: Kinds) -> Kinds {
        Kinds(self.0 | other.0)
    }

    /// Returns the kinds in both sets.
    pub fn and(self, other: Kinds) -> Kinds {
        Kinds(self.0 & other.0)
    }

    /// Returns the kinds that are not in the other set.
    pub const fn without(self, other: Kinds) -> Kinds {
        Kinds(self.0 & !other.0)
    }

    /// Returns whether the set is empty.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns whether the set is not empty and within the other one.
    pub fn is_within(self, other: Kinds) -> bool {
        !self.is_empty() && self.without(other).is_empty()
    }

    /// Returns the kind of a value.
    pub fn of(value: &Value) -> Kinds {
        match value {
            Value::Null => Kinds::NULL,
            Value::Bool(_) => Kinds::BOOLEAN,
            Value::Number(number) if number.as_f64().is_some_and(|number| number.fract() != 0.0) => {
                Kinds::FRACTION
            }
            Value::Number(_) => Kinds::INTEGER,
            Value::String(_) => Kinds::TEXT,
            Value::Array(_) => Kinds::LIST,
            Value::Object(_) => Kinds::OBJECT,
        }
    }
}

/// As messages name them: `text or a whole number`.
impl fmt::Display for Kinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [(Kinds, &str); 7] = [
            (Kinds::TEXT, "text"),
            (Kinds::NUMBER, "a number"),
            (Kinds::INTEGER, "a whole number"),
            (Kinds::BOOLEAN, "`true` or `false`"),
            (Kinds::LIST, "a list"),
            (Kinds::OBJECT, "an object"),
            (Kinds::NULL, "null"),
        ];
        let (mut rest, mut names) = (*self, Vec::new());
        for (kinds, name) in NAMES {
            if kinds.is_within(rest) {
                rest = rest.without(kinds);
                names.push(name);
            }
        }
        if !rest.is_empty() {
            names.push("a number with a fraction");
        }
        match names.split_last() {
            None => f.write_str("nothing"),
            Some((last, [])) => f.write_str(last),
            Some((last, first)) => write!(f, "{} or {last}", first.join(", ")),
        }
    }
}

/// The format of a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A date with time.
    DateTime,
    /// A date in a format of its own.
    OtherDate,
    /// An email address.
    Email,
    /// A phone number: `+` and digits.
    Phone,
    /// Digits.
    Digits,
    /// Hexadecimal digits.
    Hex,
}

/// The case of all letters of a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// No letter is in upper case.
    Lower,
    /// No letter is in lower case.
    Upper,
}

/// The facts about a value, and whether it is present.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Type {
    /// The kinds that it may have; none, if there never is one.
    pub kinds: Kinds,
    /// Whether there may be none.
    pub absent: bool,
    /// All values that it may have, if they are known.
    pub literals: Option<Vec<Value>>,
    /// If it is a string: its format.
    pub format: Option<Format>,
    /// If it is a string: the case of its letters.
    pub case: Option<Case>,
    /// If it is a string: texts like which every one is.
    pub samples: Rc<[String]>,
    /// If it is a string: the length that a conversion keeps it below.
    pub longest: Option<u64>,
    /// If it is a number: between what it usually is.
    pub range: Option<(f64, f64)>,
    /// If it is a list: its items.
    pub items: Option<Rc<Type>>,
    /// If it is an object by keys: what each key leads to.
    pub members: Option<Rc<Type>>,
}

/// The most values of one row that are distinguished.
const MOST_LITERALS: usize = 200;

impl Type {
    /// Returns the type of a value of one of these kinds.
    pub fn of(kinds: Kinds) -> Self {
        Self { kinds, ..Self::default() }
    }

    /// Returns the type of a value that may be anything, or absent.
    pub fn anything() -> Self {
        Self { absent: true, ..Self::of(Kinds::VALUE) }
    }

    /// Returns the type of an absent value.
    pub fn nothing() -> Self {
        Self { absent: true, ..Self::default() }
    }

    /// Returns the type of a known value.
    pub fn literal(value: &Value) -> Self {
        Self::one_of([value.clone()])
    }

    /// Returns the type of one of these values.
    pub fn one_of(values: impl IntoIterator<Item = Value>) -> Self {
        let literals: Vec<Value> = values.into_iter().collect();
        let kinds = literals.iter().map(Kinds::of).fold(Kinds::NONE, Kinds::or);
        let literals = Some(literals).filter(|literals| literals.len() <= MOST_LITERALS);
        Self { kinds, literals, ..Self::default() }
    }

    /// Returns the type of the same value, which may also be absent.
    pub fn or_absent(self) -> Self {
        Self { absent: true, ..self }
    }

    /// Returns the type of either of two values.
    pub fn or(self, other: &Type) -> Self {
        if self.kinds.is_empty() {
            return Self { absent: self.absent || other.absent, ..other.clone() };
        }
        if other.kinds.is_empty() {
            let absent = self.absent || other.absent;
            return Self { absent, ..self };
        }
        // what only one of them can be is as that one is
        let (texts, numbers) = (Kinds::TEXT, Kinds::NUMBER);
        let literals = self.literals.zip(other.literals.as_ref()).map(|(mut some, more)| {
            let new: Vec<Value> = more.iter().filter(|value| !some.contains(value)).cloned().collect();
            some.extend(new);
            some
        });
        let both = |kinds: Kinds| match (self.kinds.and(kinds).is_empty(), other.kinds.and(kinds).is_empty())
        {
            (true, _) => Which::Other,
            (false, true) => Which::Own,
            (false, false) => Which::Both,
        };
        Self {
            kinds: self.kinds.or(other.kinds),
            absent: self.absent || other.absent,
            literals: literals.filter(|literals| literals.len() <= MOST_LITERALS),
            format: both(texts).of(self.format, other.format, |a, b| (a == b).then_some(a)),
            case: both(texts).of(self.case, other.case, |a, b| (a == b).then_some(a)),
            samples: match both(texts) {
                Which::Own => self.samples,
                Which::Other => other.samples.clone(),
                Which::Both if self.samples == other.samples => self.samples,
                Which::Both => Rc::default(),
            },
            longest: both(texts).of(self.longest, other.longest, |a, b| Some(a.max(b))),
            range: both(numbers).of(self.range, other.range, |(a, b), (c, d)| Some((a.min(c), b.max(d)))),
            items: both(Kinds::LIST)
                .of(self.items, other.items.clone(), |a, b| Some(Rc::new(Type::or((*a).clone(), &b)))),
            members: both(Kinds::OBJECT)
                .of(self.members, other.members.clone(), |a, b| Some(Rc::new(Type::or((*a).clone(), &b)))),
        }
    }

    /// Returns the type, limited to these kinds.
    pub fn narrowed(mut self, kinds: Kinds) -> Self {
        self.kinds = self.kinds.and(kinds);
        if let Some(literals) = &mut self.literals {
            literals.retain(|value| Kinds::of(value).is_within(kinds));
        }
        self
    }
}

/// Of which of two values something is known.
#[derive(Clone, Copy)]
enum Which {
    Own,
    Other,
    Both,
}

impl Which {
    fn of<T>(self, own: Option<T>, other: Option<T>, both: impl FnOnce(T, T) -> Option<T>) -> Option<T> {
        match self {
            Which::Own => own,
            Which::Other => other,
            Which::Both => own.zip(other).and_then(|(own, other)| both(own, other)),
        }
    }
}
