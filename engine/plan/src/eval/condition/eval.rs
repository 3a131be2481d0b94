//! Evaluates expressions.

use std::borrow::Cow;
use std::cell::OnceCell;

use mapwright_json::{Json, Kind, Number};
use serde_json::Value;

use super::compared::{compare, is_in};
use super::lack::{ExprResult, Fuel, Lack, Rejected};
use super::truth::Outcomes;
use super::{arithmetic, filter, sequence};
use crate::eval::beside::Beside;
use crate::eval::scope::{Found, Refused, Scope};
use crate::plan::{NameSet, Place, Slot};
use mapwright_convert::{Tree, Val};
use mapwright_language::spec::{Comparison, Expr, Filter, Operator, Round, Test};

/// Evaluates the expressions of one condition or template.
#[derive(Clone, Copy)]
pub(crate) struct ExprEvaluator<'s, 'a> {
    pub scope: &'s Scope<'a>,
    pub places: &'a [Place],
    /// The values of the places that were read, if a loop may read them repeatedly: finding a value can cost as much as reading its parent.
    pub read: Option<&'s [OnceCell<ExprResult<'a>>]>,
    /// The current round of the innermost loop.
    pub round: Option<&'s CurrentRound<'s, 'a>>,
    /// Pays for values that can become larger than their operands, and in loops for every value that is read. Everything else is linear.
    pub fuel: &'s Fuel,
    /// Receives the error of a row that rejects. Without it, a named value that rejects where it is read is absent.
    pub rejected: Option<&'s Rejected>,
}

/// The current round of a loop.
pub(crate) struct CurrentRound<'s, 'a> {
    pub item: &'s Val<'a>,
    pub index: usize,
    pub length: usize,
    pub outer: Option<&'s CurrentRound<'s, 'a>>,
}

impl<'s, 'a> ExprEvaluator<'s, 'a> {
    /// Reads a place.
    #[inline]
    fn find(&self, place: &'a Place) -> ExprResult<'a> {
        if let Some(found) = self.scope.of_event(place) {
            return found.map(Val::Json).ok_or(Lack::Absent);
        }
        match self.scope.find(place) {
            Found::Value(value) => Ok(value),
            Found::Missing => Err(Lack::Absent),
            Found::Unknown(name) => Err(Lack::Unknown(name)),
            Found::Refused(refused) => Err(self.refused(refused)),
        }
    }

    #[cold]
    fn refused(&self, refused: Refused<'a>) -> Lack<'a> {
        match (self.rejected, refused) {
            (None, Refused::Lazy(_)) => return Lack::Absent,
            (None, Refused::Part(_)) => {}
            (Some(rejected), refused) => rejected.note(refused.into_error()),
        }
        Lack::Rejected
    }

    /// What an expression may say. A missing value is not true.
    pub(crate) fn truth(&self, expr: &'a Expr) -> Outcomes {
        match expr {
            Expr::Name(at) => match self.of_event(*at) {
                Some(found) => Outcomes::of(found.is_some_and(|json| Val::Json(json).is_true())),
                None => self.truth_of(expr, &self.name(*at)),
            },
            Expr::Not(inner) => !self.truth(inner),
            Expr::And(a, b) => match self.truth(a) {
                Outcomes::NO => Outcomes::NO,
                a => a.and(self.truth(b)),
            },
            Expr::Or(a, b) => match self.truth(a) {
                Outcomes::YES => Outcomes::YES,
                a => a.or(self.truth(b)),
            },
            Expr::Compare(first, links) => self.compared(first, links),
            Expr::Is(of, test, argument) => self.tested(of, *test, argument.as_deref()),
            Expr::If { test, then, otherwise } => {
                let otherwise = || otherwise.as_ref().map_or(Outcomes::NO, |otherwise| self.truth(otherwise));
                match self.truth(test) {
                    Outcomes::YES => self.truth(then),
                    Outcomes::NO => otherwise(),
                    Outcomes::REJECTED => self.truth(then).both(otherwise()),
                    Outcomes::OPEN => self.truth(then).either(otherwise()),
                    // a response decides, and may decide that the test cannot be decided
                    test => {
                        let (then, otherwise) = (self.truth(then), otherwise());
                        let said = if test.may_be_yes() { then } else { otherwise };
                        let said = if test.may_be_no() { said.either(otherwise) } else { said };
                        said.either(then.both(otherwise))
                    }
                }
            }
            Expr::Filter(of, Filter::Bool, _) => self.truth(of),
            Expr::Const(_)
            | Expr::Pattern(_)
            | Expr::Item(_)
            | Expr::Loop(..)
            | Expr::Negative(_)
            | Expr::Arithmetic(..)
            | Expr::Concat(..)
            | Expr::Filter(..)
            | Expr::Member(..)
            | Expr::Slice(..)
            | Expr::List(_)
            | Expr::Object(_) => self.truth_of(expr, &self.eval(expr)),
        }
    }

    /// The truth of an expression whose value is needed.
    pub(crate) fn decide(&self, expr: &'a Expr) -> Result<bool, Lack<'a>> {
        match self.truth(expr) {
            Outcomes::YES => Ok(true),
            Outcomes::NO => Ok(false),
            _ if self.fuel.is_spent() => Err(Lack::OutOfFuel),
            Outcomes::REJECTED => Err(Lack::Rejected),
            _ => Err(self.undecided()),
        }
    }

    /// The name that an expression waits for.
    #[cold]
    fn undecided(&self) -> Lack<'a> {
        let scope = Scope { reading: None, ..self.scope.clone() };
        let lack = self.places.iter().find_map(|place| match scope.find(place) {
            Found::Unknown(name) => Some(Lack::Unknown(name)),
            Found::Refused(_) | Found::Value(_) | Found::Missing => None,
        });
        lack.unwrap_or(Lack::Rejected)
    }

    #[inline]
    fn truth_of(&self, expr: &'a Expr, value: &ExprResult<'a>) -> Outcomes {
        match value {
            Ok(value) => Outcomes::of(value.is_true()),
            Err(Lack::Absent) => Outcomes::NO,
            Err(Lack::Unknown(_)) => self.open([expr]),
            Err(Lack::Rejected | Lack::OutOfFuel) => Outcomes::REJECTED,
        }
    }

    /// What expressions may say of which one waits for a response: some responses may lead to what they read and what rejects.
    #[cold]
    fn open(&self, exprs: impl IntoIterator<Item = &'a Expr>) -> Outcomes {
        exprs.into_iter().for_each(|expr| self.note_refused(expr));
        Outcomes::OPEN
    }

    /// Notes the errors of rows that an expression reads, to which only some responses lead.
    #[cold]
    pub(crate) fn note_refused(&self, expr: &'a Expr) {
        if let (Expr::Name(at), Some(reading)) = (expr, self.scope.reading) {
            self.scope.refused_of(self.places.get(*at), reading);
        }
        expr.inside().into_iter().for_each(|expr| self.note_refused(expr));
    }

    /// Evaluates an expression.
    pub(crate) fn eval(&self, expr: &'a Expr) -> ExprResult<'a> {
        match expr {
            Expr::Const(value) => Ok(Val::Json(Json::Tree(value))),
            Expr::Pattern(pattern) => Ok(Val::Text(pattern.text().into())),
            Expr::Name(at) => self.name(*at),
            Expr::Item(outer) => self.paid(self.round(*outer)?.item.clone()),
            Expr::Loop(outer, fact) => Ok(self.round(*outer)?.fact(*fact)),
            Expr::Not(_) | Expr::Compare(..) | Expr::Is(..) => self.decide(expr).map(Val::Bool),
            Expr::Negative(of) => number(arithmetic::negate(as_number(&self.eval(of)?)?)),
            Expr::And(a, b) => {
                let value = self.eval(a);
                if self.truth_of(a, &value) == Outcomes::YES { self.eval(b) } else { value }
            }
            Expr::Or(a, b) => {
                let value = self.eval(a);
                if self.truth_of(a, &value) == Outcomes::NO { self.eval(b) } else { value }
            }
            Expr::Arithmetic(a, operator, b) => self.arithmetic(self.eval(a)?, *operator, self.eval(b)?),
            Expr::Concat(a, b) => self.joined(&text(&self.eval(a)?)?, &text(&self.eval(b)?)?),
            Expr::Filter(of, filter, arguments) => self.filtered(of, *filter, arguments),
            Expr::If { test, then, otherwise } => match (self.decide(test)?, otherwise) {
                (true, _) => self.eval(then),
                (false, Some(otherwise)) => self.eval(otherwise),
                (false, None) => Err(Lack::Absent),
            },
            Expr::Member(of, key) => sequence::member(&self.eval(of)?, &self.eval(key)?).ok_or(Lack::Absent),
            Expr::Slice(of, bounds) => self.slice(self.eval(of)?, bounds),
            Expr::List(items) => {
                let present = items.iter().map(|item| self.present(item)).filter_map(Result::transpose);
                Ok(Val::List(present.collect::<Result<_, _>>()?))
            }
            Expr::Object(members) => self.object(members),
        }
    }

    /// Evaluates what a template prints. What follows waits for a response if that decides the value.
    pub(crate) fn printing(&self, expr: &'a Expr) -> ExprResult<'a> {
        let beside = Beside::begin(self.scope);
        let value = self.eval(expr);
        if !matches!(value, Err(Lack::Unknown(_))) {
            beside.forget();
        }
        value
    }

    /// Pays for and returns the items of a list, the names of an object's members or the characters of a string.
    pub(crate) fn items(&self, of: Val<'a>) -> Result<Vec<Val<'a>>, Lack<'a>> {
        let items = sequence::items(of, self.fuel.items() + 1).ok_or(Lack::Absent)?;
        self.fuel.spend_items(items.len())?;
        Ok(items)
    }

    /// Pays for a string that a template prints.
    pub(crate) fn pay_for(&self, text: &str) -> Result<(), Lack<'a>> {
        if self.round.is_some() { self.fuel.spend(text.len()) } else { Ok(()) }
    }

    #[inline]
    fn name(&self, at: usize) -> ExprResult<'a> {
        match self.read {
            Some(read) => {
                let found = || self.places.get(at).map_or(Err(Lack::Absent), |place| self.find(place));
                self.paid(read.get(at).map_or(Err(Lack::Absent), |read| read.get_or_init(found).clone())?)
            }
            None => self.places.get(at).map_or(Err(Lack::Absent), |place| self.find(place)),
        }
    }

    /// The value of a name that is a place of the event; `None` for other names, and in templates with loops.
    #[inline(always)]
    fn of_event(&self, at: usize) -> Option<Option<Json<'a>>> {
        if self.read.is_some() { None } else { self.scope.of_event(self.places.get(at)?) }
    }

    /// The current round of an enclosing loop, counted from the innermost one.
    fn round(&self, outer: usize) -> Result<&'s CurrentRound<'s, 'a>, Lack<'a>> {
        (0..outer).fold(self.round, |round, _| round?.outer).ok_or(Lack::Absent)
    }

    /// Pays for a value that is read in a loop.
    fn paid(&self, value: Val<'a>) -> ExprResult<'a> {
        if self.round.is_some() {
            self.fuel.spend(size(&value))?;
        }
        Ok(value)
    }

    /// Evaluates an expression that may be missing.
    fn present(&self, expr: &'a Expr) -> Result<Option<Val<'a>>, Lack<'a>> {
        match self.eval(expr) {
            Ok(value) => Ok(Some(value)),
            Err(Lack::Absent) => Ok(None),
            Err(lack) => Err(lack),
        }
    }

    fn compared(&self, first: &'a Expr, links: &'a [(Comparison, Expr)]) -> Outcomes {
        let mut says = Outcomes::YES;
        let mut left = self.eval(first);
        for (comparison, operand) in links {
            let right = self.eval(operand);
            says = says.and(match self.set(operand) {
                Some(set) if *comparison == Comparison::In => is_in(&left, set),
                Some(set) if *comparison == Comparison::NotIn => !is_in(&left, set),
                _ => compare(&left, *comparison, &right),
            });
            if says == Outcomes::NO {
                break;
            }
            left = right;
        }
        if says.may_be_yes() && says.may_be_no() {
            self.open([first].into_iter().chain(links.iter().map(|(_, right)| right)));
        }
        says
    }

    /// The value set of the version that an expression names.
    fn set(&self, expr: &Expr) -> Option<&'a NameSet> {
        let Expr::Name(at) = expr else { return None };
        match &self.places.get(*at)?.slot {
            Slot::Set(set) => Some(set),
            _ => None,
        }
    }

    fn tested(&self, of: &'a Expr, test: Test, argument: Option<&'a Expr>) -> Outcomes {
        let says = match test {
            Test::Defined => self.has(of),
            Test::Undefined => self.has(of).map(|has| !has),
            Test::None => self.is(of, Kind::Null),
            Test::Boolean => self.is(of, Kind::Bool),
            Test::Number => self.is(of, Kind::Number),
            Test::String => self.is(of, Kind::String),
            Test::Sequence => self.is(of, Kind::Array),
            Test::Mapping => self.is(of, Kind::Object),
            Test::True => self.passes(of, |value| value.as_bool() == Some(true)),
            Test::False => self.passes(of, |value| value.as_bool() == Some(false)),
            Test::Integer => {
                self.passes(of, |value| matches!(value.as_number(), Some(Number::Int(_) | Number::UInt(_))))
            }
            Test::Float => self.passes(of, |value| matches!(value.as_number(), Some(Number::Float(_)))),
            Test::Even => self.passes(of, |value| match value.as_number() {
                Some(Number::Int(n)) => n % 2 == 0,
                Some(Number::UInt(n)) => n % 2 == 0,
                Some(Number::Float(n)) => n % 2.0 == 0.0,
                None => false,
            }),
            Test::StartingWith => self.texts_pass(of, argument, |text, other| text.starts_with(other)),
            Test::Matching => match argument {
                Some(Expr::Pattern(pattern)) => {
                    self.passes(of, |value| value.printed().is_some_and(|text| pattern.finds(&text)))
                }
                _ => self.texts_pass(of, argument, |text, pattern| {
                    self.scope.settings.written.matches(pattern, text)
                }),
            },
            Test::EndingWith => self.texts_pass(of, argument, |text, other| text.ends_with(other)),
        };
        match says {
            Ok(says) => Outcomes::of(says),
            Err(Lack::Unknown(_)) => self.open([of].into_iter().chain(argument)),
            Err(Lack::Absent | Lack::Rejected | Lack::OutOfFuel) => Outcomes::REJECTED,
        }
    }

    /// Returns true if an expression is not missing.
    #[inline]
    fn has(&self, of: &'a Expr) -> Result<bool, Lack<'a>> {
        match (of, self.read) {
            (Expr::Name(at), None) => match self.places.get(*at).map(|place| self.scope.has(place)) {
                Some(Some(has)) => Ok(has),
                Some(None) => self.passes(of, |_| true),
                None => Ok(false),
            },
            _ => self.passes(of, |_| true),
        }
    }

    #[inline]
    fn is(&self, of: &'a Expr, kind: Kind) -> Result<bool, Lack<'a>> {
        if let Expr::Name(at) = of
            && let Some(found) = self.of_event(*at)
        {
            return Ok(found.is_some_and(|json| json.kind() == kind));
        }
        self.passes(of, |value| value.kind() == kind)
    }

    /// Returns true if an expression has a value that passes a test.
    fn passes(&self, of: &'a Expr, test: impl Fn(&Val<'a>) -> bool) -> Result<bool, Lack<'a>> {
        Ok(self.present(of)?.is_some_and(|value| test(&value)))
    }

    fn texts_pass(
        &self,
        of: &'a Expr,
        argument: Option<&'a Expr>,
        test: impl Fn(&str, &str) -> bool,
    ) -> Result<bool, Lack<'a>> {
        let printed = |of| Ok(self.present(of)?.and_then(|value| value.printed()));
        let (text, other) = match (printed(of), argument.map_or(Ok(None), printed)) {
            // the other one rejects, whatever this one is
            (Err(Lack::Unknown(_)), Err(lack)) => return Err(lack),
            (text, other) => (text?, other?),
        };
        Ok(text.zip(other).is_some_and(|(text, other)| test(&text, &other)))
    }

    fn arithmetic(&self, a: Val<'a>, operator: Operator, b: Val<'a>) -> ExprResult<'a> {
        match (operator, a.kind(), b.kind()) {
            (Operator::Add, Kind::String, Kind::String) => self.joined(&text(&a)?, &text(&b)?),
            (Operator::Add, Kind::Array, Kind::Array) => {
                let mut items = self.items(a)?;
                items.extend(self.items(b)?);
                Ok(Val::List(items))
            }
            _ => number(arithmetic::apply(as_number(&a)?, operator, as_number(&b)?)),
        }
    }

    fn joined(&self, a: &str, b: &str) -> ExprResult<'a> {
        self.fuel.spend(a.len() + b.len())?;
        Ok(Val::Text([a, b].concat().into()))
    }

    fn slice(&self, of: Val<'a>, bounds: &'a [Option<Expr>; 3]) -> ExprResult<'a> {
        let mut places = [None; 3];
        for (place, bound) in places.iter_mut().zip(bounds) {
            if let Some(bound) = bound {
                let integer = as_number(&self.eval(bound)?)?.as_integer().ok_or(Lack::Absent)?;
                let end = if integer < 0 { i64::MIN } else { i64::MAX };
                *place = Some(i64::try_from(integer).unwrap_or(end));
            }
        }
        match of.kind() {
            Kind::String => {
                let characters: Vec<char> = text(&of)?.chars().collect();
                let places = sequence::places(characters.len(), places).ok_or(Lack::Absent)?;
                let picked = places.iter().filter_map(|place| characters.get(*place));
                Ok(Val::Text(picked.collect::<String>().into()))
            }
            Kind::Array => {
                let items = self.items(of)?;
                let places = sequence::places(items.len(), places).ok_or(Lack::Absent)?;
                Ok(Val::List(places.iter().filter_map(|place| items.get(*place).cloned()).collect()))
            }
            Kind::Null | Kind::Bool | Kind::Number | Kind::Object => Err(Lack::Absent),
        }
    }

    fn object(&self, members: &'a [(Expr, Expr)]) -> ExprResult<'a> {
        let mut object: Vec<(Cow<'a, str>, Val<'a>)> = Vec::with_capacity(members.len());
        for (name, value) in members {
            let name = text(&self.eval(name)?)?;
            object.retain(|(known, _)| *known != name);
            if let Some(value) = self.present(value)? {
                object.push((name, value));
            }
        }
        Ok(Val::Object(object))
    }

    fn filtered(&self, of: &'a Expr, filter: Filter, arguments: &'a [Option<Expr>]) -> ExprResult<'a> {
        let stated = |place: usize| arguments.get(place).and_then(Option::as_ref);
        let argument = |place: usize| stated(place).map(|argument| self.eval(argument)).transpose();
        let made = |text: String| Ok(Val::Text(text.into()));
        match filter {
            Filter::Bool => self.decide(of).map(Val::Bool),
            Filter::Default => {
                let value = self.eval(of);
                let also_false = stated(1).map_or(Ok(false), |lax| self.decide(lax))?;
                let stays = match &value {
                    Ok(value) => !value.is_null() && (!also_false || value.is_true()),
                    Err(Lack::Absent) => false,
                    Err(lack) => return Err(*lack),
                };
                match stated(0) {
                    _ if stays => value,
                    Some(default) => self.eval(default),
                    None => made(String::new()),
                }
            }
            Filter::Int | Filter::Float => {
                let convert = if filter == Filter::Int { filter::int } else { filter::floating };
                match (self.present(of)?.as_ref().and_then(convert), stated(0)) {
                    (None, Some(default)) => self.eval(default),
                    (converted, _) => number(converted),
                }
            }
            Filter::Abs => number(filter::absolute(&self.eval(of)?)),
            Filter::Round => {
                let (precision, method) = (argument(0)?, argument(1)?);
                number(filter::round(&self.eval(of)?, precision.as_ref(), method.as_ref()))
            }
            Filter::Length => {
                let length = sequence::length(&self.eval(of)?).ok_or(Lack::Absent)?;
                Ok(integer(length))
            }
            Filter::First => {
                sequence::items(self.eval(of)?, 1).and_then(|mut items| items.pop()).ok_or(Lack::Absent)
            }
            Filter::Last => sequence::last(&self.eval(of)?).ok_or(Lack::Absent),
            Filter::List => Ok(Val::List(self.items(self.eval(of)?)?)),
            Filter::Join => self.joined_items(self.eval(of)?, argument(0)?, argument(1)?),
            Filter::String => text(&self.eval(of)?).map(Val::Text),
            Filter::Lower => made(text(&self.eval(of)?)?.to_lowercase()),
            Filter::Upper => made(text(&self.eval(of)?)?.to_uppercase()),
            Filter::Capitalize => made(filter::capitalize(&text(&self.eval(of)?)?)),
            Filter::Title => made(filter::title(&text(&self.eval(of)?)?)),
            Filter::Trim => {
                let characters = argument(0)?.as_ref().map(text).transpose()?;
                Ok(Val::Text(filter::trim(text(&self.eval(of)?)?, characters.as_deref())))
            }
            Filter::Replace => {
                let (old, new) = (argument(0)?.ok_or(Lack::Absent)?, argument(1)?.ok_or(Lack::Absent)?);
                let (old, new, of) = (text(&old)?, text(&new)?, text(&self.eval(of)?)?);
                let count = match argument(2)? {
                    Some(count) => as_number(&count)?.as_integer().ok_or(Lack::Absent)?,
                    None => -1,
                };
                // as in Python, a negative count is none
                let count = usize::try_from(count).unwrap_or(usize::MAX);
                let added = of.matches(&*old).take(count).count().saturating_mul(new.len());
                self.fuel.spend(added)?;
                made(of.replacen(&*old, &new, count))
            }
        }
    }

    /// Joins the texts of the items, or of their member `attribute`, with `separator` between them.
    fn joined_items(
        &self,
        of: Val<'a>,
        separator: Option<Val<'a>>,
        attribute: Option<Val<'a>>,
    ) -> ExprResult<'a> {
        let separator = separator.as_ref().map(text).transpose()?.unwrap_or_default();
        let attribute = attribute.as_ref().map(text).transpose()?;
        let items = self.items(of)?;
        let room = items.iter().filter_map(Tree::str_bytes).map(|bytes| bytes + separator.len()).sum();
        let mut joined = String::with_capacity(room);
        let mut between = "";
        for item in items {
            let item = match &attribute {
                Some(names) => names.split('.').try_fold(item, |item, name| item.get(name)),
                None => Some(item),
            };
            if let Some(item) = item.and_then(|item| item.printed()) {
                self.fuel.spend(between.len() + item.len())?;
                joined.push_str(between);
                joined.push_str(&item);
                between = &separator;
            }
        }
        Ok(Val::Text(joined.into()))
    }
}

impl<'a> CurrentRound<'_, 'a> {
    fn depth(&self) -> usize {
        1 + self.outer.map_or(0, Self::depth)
    }

    fn fact(&self, fact: Round) -> Val<'a> {
        let Self { index, length, .. } = self;
        match fact {
            Round::Index => integer(index + 1),
            Round::Index0 => integer(*index),
            Round::Reverse => integer(length - index),
            Round::Reverse0 => integer(length - index - 1),
            Round::First => Val::Bool(*index == 0),
            Round::Last => Val::Bool(index + 1 == *length),
            Round::Length => integer(*length),
            Round::Depth => integer(self.depth()),
            Round::Depth0 => integer(self.depth() - 1),
        }
    }
}

fn text<'a>(value: &Val<'a>) -> Result<Cow<'a, str>, Lack<'a>> {
    value.printed().ok_or(Lack::Absent)
}

fn as_number<'a>(value: &Val<'a>) -> Result<Number, Lack<'a>> {
    value.as_number().ok_or(Lack::Absent)
}

fn number<'a>(number: Option<Number>) -> ExprResult<'a> {
    number.map(Val::from).ok_or(Lack::Absent)
}

fn integer<'a>(integer: usize) -> Val<'a> {
    i64::try_from(integer).map_or(Val::Null, Val::Int)
}

/// Estimates the cost of reading a value, in bytes.
fn size(value: &Val<'_>) -> usize {
    match value {
        Val::Json(Json::Text(text)) => text.as_text().len(),
        Val::Json(Json::Tree(tree)) => size_of_tree(tree),
        Val::Null | Val::Bool(_) | Val::Int(_) | Val::UInt(_) | Val::Float(_) => SCALAR,
        Val::Text(text) => text.len(),
        Val::List(items) => SCALAR + items.iter().map(size).sum::<usize>(),
        Val::Object(members) => {
            SCALAR + members.iter().map(|(name, value)| name.len() + size(value)).sum::<usize>()
        }
    }
}

fn size_of_tree(tree: &Value) -> usize {
    match tree {
        Value::Null | Value::Bool(_) | Value::Number(_) => SCALAR,
        Value::String(text) => text.len(),
        Value::Array(items) => SCALAR + items.iter().map(size_of_tree).sum::<usize>(),
        Value::Object(members) => {
            SCALAR + members.iter().map(|(name, value)| name.len() + size_of_tree(value)).sum::<usize>()
        }
    }
}

const SCALAR: usize = 8;
