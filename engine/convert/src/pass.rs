//! Conversions that go through the members of an object, several of them in one pass: a member goes through all of them before the
//! next one does.
//!
//! What comes out is as if the whole object went through each conversion before the next: each name is there once before any member is
//! looked at, warnings are listed conversion by conversion, and the first conversion that has an error decides which error counts.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use mapwright_json::{Json, Kind, Node};

use crate::bounds::{Bounds, Effect};
use crate::distinct::DistinctNames;
use crate::error::{ConvertError, Converted, shown};
use crate::flatten::{Flatten, LeafPath, Order, TakeLeaf};
use crate::members::{Member, OfMember};
use crate::notes::Notes;
use crate::tree::Tree;
use crate::union::{Union, united};
use crate::value::Val;
use crate::warning;

/// What conversions do to the members of an object, one after the other.
#[derive(Clone, Default)]
pub struct Pass {
    /// Comes first.
    flatten: Option<Arc<Flatten>>,
    of_members: Vec<Arc<dyn OfMember>>,
    /// What all of those do to most members.
    bounds: Bounds,
    /// How many members there may be; comes last.
    max: Option<usize>,
}

impl fmt::Debug for Pass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pass").field("flatten", &self.flatten).field("max", &self.max).finish_non_exhaustive()
    }
}

impl Pass {
    /// Creates a pass that flattens nested objects.
    pub fn flatten(flatten: Flatten) -> Self {
        Pass { flatten: Some(Arc::new(flatten)), ..Pass::default() }
    }

    pub(crate) fn of_members(of_member: impl OfMember + 'static) -> Self {
        let bounds = of_member.bounds();
        Pass { of_members: vec![Arc::new(of_member)], bounds, ..Pass::default() }
    }

    /// Creates a pass that keeps at most `max` members and drops the others with a warning.
    pub fn limit(max: usize) -> Self {
        Pass { max: Some(max), ..Pass::default() }
    }

    /// Returns a pass that does this pass and then the other, if one pass can do both.
    pub fn then(&self, next: &Pass) -> Option<Pass> {
        let fits = self.is_nothing() || (next.flatten.is_none() && self.max.is_none());
        fits.then(|| Pass {
            flatten: self.flatten.as_ref().or(next.flatten.as_ref()).cloned(),
            of_members: self.of_members.iter().chain(&next.of_members).cloned().collect(),
            bounds: self.bounds.clone().then(next.bounds.clone()),
            max: next.max,
        })
    }

    fn is_nothing(&self) -> bool {
        self.flatten.is_none() && self.of_members.is_empty() && self.max.is_none()
    }

    /// How many conversions it is made of.
    fn len(&self) -> usize {
        self.first_of_members() + self.of_members.len() + usize::from(self.max.is_some())
    }

    fn first_of_members(&self) -> usize {
        usize::from(self.flatten.is_some())
    }

    /// Converts an object.
    pub fn convert<'e>(&self, object: Val<'e>, notes: &mut Notes<'_>) -> Converted<'e> {
        let mut collected = Collected(Vec::new());
        self.run_value(object, notes, &mut collected).map_err(|refused| refused.error)?;
        Ok((!collected.0.is_empty()).then_some(Val::Object(collected.0)))
    }

    /// Lets the members of an object go through the conversions, and `take` those that are left.
    pub fn run_value<'e, T: TakeMember<'e>>(
        &self,
        object: Val<'e>,
        notes: &mut Notes<'_>,
        take: &mut T,
    ) -> Result<(), Refused> {
        match object {
            Val::Json(Json::Text(text)) if text.kind() == Kind::Object => {
                self.run(&OfNode(text), notes, take)
            }
            Val::Json(Json::Tree(tree)) if tree.is_object() => self.run(&OfNode(tree), notes, take),
            Val::Object(members) => self.run_distinct(members, notes, take),
            other => Err(Refused { conversion: 0, error: ConvertError::expected("an object", &other) }),
        }
    }

    /// Runs the pass over members that are read as they stand.
    pub fn run<'e, T: TakeMember<'e>>(
        &self,
        members: &impl Members<'e>,
        notes: &mut Notes<'_>,
        take: &mut T,
    ) -> Result<(), Refused> {
        let mut going = Going::new(self, notes.fresh(), members.may_repeat(), take);
        let order = self.flatten.as_ref().map_or(Order::Given, |flatten| flatten.order);
        let each = order.turns().iter().try_for_each(|turn| {
            going.turn = *turn;
            members.each(&mut going)
        });
        match each {
            Ok(()) => going.finish(notes),
            Err(Stop::Refused(error)) => Err(Refused { conversion: 0, error }),
            Err(Stop::Repeated) => {
                take.start_again();
                self.run_distinct(distinct(members), notes, take)
            }
        }
    }

    /// The same for members each of which has a name of its own, as long as nothing is made flat.
    fn run_distinct<'e, T: TakeMember<'e>>(
        &self,
        members: Vec<Member<'e>>,
        notes: &mut Notes<'_>,
        take: &mut T,
    ) -> Result<(), Refused> {
        let leaves = match &self.flatten {
            None => members,
            Some(flatten) => {
                for (name, value) in &members {
                    take.on(|| Passed::new(name, value, 0..1));
                }
                let leaves = flatten.leaves(members).map_err(|error| Refused { conversion: 0, error })?;
                keep_last(leaves, notes)
            }
        };
        let mut going = Going::new(self, notes.fresh(), false, take);
        for (name, value) in leaves {
            going.leaf(name, value);
        }
        going.finish(notes)
    }
}

/// Removes duplicate names: keeps the last value of a name, at the position of the first. Dropped values have a warning, except null and empty
/// strings, which any value overrides.
pub(crate) fn keep_last<'e>(members: Vec<Member<'e>>, notes: &mut Notes<'_>) -> Vec<Member<'e>> {
    united(members, |name, value, known| {
        if known.is_something() && value.is_something() {
            notes.warn(warning::VALUE_DROPPED, || {
                format!(
                    "a value of {} was dropped: two members have this name, and the later one takes precedence",
                    shown(name)
                )
            });
        }
        value.is_something() || !known.is_something()
    })
}

/// Why a pass has come to nothing: the conversion, by its place in the pass, and its error.
#[derive(Debug)]
pub struct Refused {
    /// The position of the conversion in the pass, from 0.
    pub conversion: usize,
    /// The error of the conversion.
    pub error: ConvertError,
}

/// Members that are read as they stand, as often as they are asked for.
pub trait Members<'e> {
    /// Whether a name may come twice.
    fn may_repeat(&self) -> bool;

    /// Hands over one member after the other.
    fn each<T: TakeEntry<'e>>(&self, take: &mut T) -> Result<(), Stop>;

    /// Whether a value replaces an earlier one of its name.
    fn replaces(&self, value: &Val<'e>, known: &Val<'e>) -> bool;
}

/// What members are handed over to.
pub trait TakeEntry<'e> {
    /// Takes a member. The error stops the iteration.
    fn entry<V: Tree<'e>>(&mut self, name: Cow<'e, str>, value: V) -> Result<(), Stop>;
}

/// Returns all members, each name once.
pub fn distinct<'e>(members: &impl Members<'e>) -> Vec<Member<'e>> {
    let mut uniting = Uniting { union: Union::default(), members };
    match members.each(&mut uniting) {
        Ok(()) => uniting.union.into_members(),
        Err(_) => Vec::new(),
    }
}

struct Uniting<'m, 'e, M> {
    union: Union<'e>,
    members: &'m M,
}

impl<'e, M: Members<'e>> TakeEntry<'e> for Uniting<'_, 'e, M> {
    fn entry<V: Tree<'e>>(&mut self, name: Cow<'e, str>, value: V) -> Result<(), Stop> {
        self.union.add(name, value.into_val(), |_, value, known| self.members.replaces(value, known));
        Ok(())
    }
}

/// The members of an object in a document.
struct OfNode<N>(N);

impl<'e, N: Node<'e>> Members<'e> for OfNode<N> {
    fn may_repeat(&self) -> bool {
        false
    }

    #[inline(always)]
    fn each<T: TakeEntry<'e>>(&self, take: &mut T) -> Result<(), Stop> {
        self.0.each_entry(|name, value| take.entry(name, value))
    }

    fn replaces(&self, _: &Val<'e>, _: &Val<'e>) -> bool {
        true
    }
}

/// The name of a member.
pub trait Name<'e>: AsRef<str> {
    /// Returns the name, without a copy if it is borrowed from the event.
    fn into_cow(self) -> Cow<'e, str>;
}

impl<'e> Name<'e> for Cow<'e, str> {
    fn into_cow(self) -> Cow<'e, str> {
        self
    }
}

/// A name that was made of others.
struct Joined<'p>(&'p str);

impl AsRef<str> for Joined<'_> {
    fn as_ref(&self) -> &str {
        self.0
    }
}

impl<'e> Name<'e> for Joined<'_> {
    fn into_cow(self) -> Cow<'e, str> {
        Cow::Owned(self.0.to_owned())
    }
}

/// What takes the members that are left.
pub trait TakeMember<'e> {
    /// Takes a member.
    fn member<V: Tree<'e>>(&mut self, name: impl Name<'e>, value: V);

    /// Forgets all members that it has taken: they come again.
    fn start_again(&mut self);

    /// Hears what becomes of members on the way.
    fn on(&mut self, _passed: impl FnOnce() -> Passed<'e>) {}
}

/// A member on its way.
#[derive(Debug)]
pub struct Passed<'e> {
    /// The name.
    pub name: String,
    /// The value.
    pub value: Val<'e>,
    /// Behind how many conversions it is like this.
    pub behind: Range<usize>,
}

impl<'e> Passed<'e> {
    fn new(name: &str, value: &impl Tree<'e>, behind: Range<usize>) -> Self {
        Passed { name: name.to_owned(), value: value.to_val(), behind }
    }
}

struct Collected<'e>(Vec<Member<'e>>);

impl<'e> TakeMember<'e> for Collected<'e> {
    fn member<V: Tree<'e>>(&mut self, name: impl Name<'e>, value: V) {
        self.0.push((name.into_cow(), value.into_val()));
    }

    fn start_again(&mut self) {
        self.0.clear();
    }
}

/// Why a pass does not continue.
#[derive(Debug)]
pub enum Stop {
    /// A name seems to have come twice.
    Repeated,
    /// Flattening came to an end.
    Refused(ConvertError),
}

impl From<ConvertError> for Stop {
    fn from(error: ConvertError) -> Self {
        Stop::Refused(error)
    }
}

/// A pass that members are going through.
struct Going<'p, 's, 't, T> {
    pass: &'p Pass,
    /// What every conversion's own notes start from.
    none: Notes<'s>,
    take: &'t mut T,
    /// Where names may come twice: those of the members, before they are made flat.
    names: Option<DistinctNames>,
    /// Those of the leaves.
    leaf_names: DistinctNames,
    /// The way to a leaf, as soon as there is one that is not a member.
    path: Option<LeafPath>,
    /// The turn: members that are open or not, or all of them.
    turn: Option<bool>,
    /// How many members may still come.
    left: usize,
    /// What the conversions behind flattening warn of, by their places.
    notes: BTreeMap<usize, Notes<'s>>,
    /// The error of a conversion of members. Only those before it continue, for theirs would count more.
    refused: Option<Refused>,
}

impl<'p, 's, 't, T> Going<'p, 's, 't, T> {
    fn new(pass: &'p Pass, none: Notes<'s>, may_repeat: bool, take: &'t mut T) -> Self {
        Going {
            pass,
            none,
            take,
            names: may_repeat.then(DistinctNames::default),
            leaf_names: DistinctNames::default(),
            path: None,
            turn: None,
            left: pass.max.unwrap_or(usize::MAX),
            notes: BTreeMap::new(),
            refused: None,
        }
    }

    /// Sends a member through.
    #[inline(always)]
    fn member<'e, V: Tree<'e>>(&mut self, name: Cow<'e, str>, value: V) -> Result<(), Stop>
    where
        T: TakeMember<'e>,
    {
        let opens = self.pass.flatten.as_ref().is_some_and(|flatten| flatten.opens(value.kind()));
        if self.turn.is_some_and(|turn| turn != opens) {
            return Ok(());
        }
        if self.names.as_mut().is_some_and(|names| !names.add(&name)) {
            return Err(Stop::Repeated);
        }
        let Some(flatten) = &self.pass.flatten else {
            self.leaf(name, value);
            return Ok(());
        };
        self.take.on(|| Passed::new(&name, &value, 0..1));
        if opens {
            let mut path = self.path.take().unwrap_or_default();
            flatten.member(&name, value, &mut path, self)?;
            self.path = Some(path);
            return Ok(());
        }
        self.distinct_leaf(name, value)
    }

    #[inline(always)]
    fn distinct_leaf<'e, V: Tree<'e>>(&mut self, name: impl Name<'e>, value: V) -> Result<(), Stop>
    where
        T: TakeMember<'e>,
    {
        if !self.leaf_names.add(name.as_ref()) {
            return Err(Stop::Repeated);
        }
        self.leaf(name, value);
        Ok(())
    }

    /// Sends a member through that has a name of its own and is flat.
    #[inline(always)]
    fn leaf<'e, V: Tree<'e>>(&mut self, name: impl Name<'e>, value: V)
    where
        T: TakeMember<'e>,
    {
        let first = self.pass.first_of_members();
        match self.pass.bounds.effect(name.as_ref(), &value) {
            Effect::Keeps => {
                let refused = self.refused.as_ref().map(|refused| refused.conversion);
                let behind = || first..refused.unwrap_or(first + self.pass.of_members.len()) + 1;
                self.take.on(|| Passed::new(name.as_ref(), &value, behind()));
                if refused.is_none() {
                    self.keep(name, value);
                }
            }
            Effect::Drops => self.take.on(|| {
                let drops =
                    |step: &Arc<dyn OfMember>| step.bounds().effect(name.as_ref(), &value) == Effect::Drops;
                let dropped_by = self.pass.of_members.iter().position(drops).unwrap_or_default();
                Passed::new(name.as_ref(), &value, first..first + dropped_by + 1)
            }),
            Effect::Converts => self.converted(name, value.into_val()),
        }
    }

    /// Lets each conversion do to a member what it does.
    #[inline(never)]
    fn converted<'e>(&mut self, name: impl Name<'e>, mut value: Val<'e>)
    where
        T: TakeMember<'e>,
    {
        let first = self.pass.first_of_members();
        self.take.on(|| Passed::new(name.as_ref(), &value, first..first + 1));
        let go_on = self.refused.as_ref().map_or(usize::MAX, |refused| refused.conversion - first);
        for (place, of_member) in self.pass.of_members.iter().enumerate().take(go_on) {
            let conversion = first + place;
            match of_member.member(name.as_ref(), &mut value, self.notes_of(place)) {
                Ok(true) => {
                    self.take.on(|| Passed::new(name.as_ref(), &value, conversion + 1..conversion + 2));
                }
                Ok(false) => return,
                Err(error) => {
                    self.refused = Some(Refused { conversion, error });
                    self.notes.split_off(&(place + 1));
                    return;
                }
            }
        }
        if self.refused.is_none() {
            self.keep(name, value);
        }
    }

    /// Takes a member that has come through, if there is room.
    #[inline(always)]
    fn keep<'e, V: Tree<'e>>(&mut self, name: impl Name<'e>, value: V)
    where
        T: TakeMember<'e>,
    {
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                let behind = self.pass.len();
                if self.pass.max.is_some() {
                    self.take.on(|| Passed::new(name.as_ref(), &value, behind..behind + 1));
                }
                self.take.member(name, value);
            }
            None => self.beyond(name.as_ref()),
        }
    }

    #[inline(never)]
    fn beyond(&mut self, name: &str) {
        let max = self.pass.max.unwrap_or_default();
        self.notes_of(self.pass.of_members.len()).warn(warning::KEY_DROPPED, || {
            format!("{} was dropped: it exceeds the limit of {max}", shown(name))
        });
    }

    /// What the conversion at a place behind flattening warns of.
    fn notes_of(&mut self, place: usize) -> &mut Notes<'s> {
        self.notes.entry(place).or_insert_with(|| self.none.fresh())
    }

    fn finish(self, notes: &mut Notes<'_>) -> Result<(), Refused> {
        self.notes.into_values().for_each(|of_conversion| notes.append(of_conversion));
        self.refused.map_or(Ok(()), Err)
    }
}

impl<'e, T: TakeMember<'e>> TakeEntry<'e> for Going<'_, '_, '_, T> {
    #[inline(always)]
    fn entry<V: Tree<'e>>(&mut self, name: Cow<'e, str>, value: V) -> Result<(), Stop> {
        self.member(name, value)
    }
}

impl<'e, T: TakeMember<'e>> TakeLeaf<'e> for Going<'_, '_, '_, T> {
    type Stop = Stop;

    #[inline]
    fn leaf<V: Tree<'e>>(&mut self, name: &str, value: V) -> Result<(), Stop> {
        self.distinct_leaf(Joined(name), value)
    }
}
