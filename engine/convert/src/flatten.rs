//! Flattens nested objects and lists to one object.

use std::borrow::Cow;

use mapwright_json::Kind;

use crate::error::{ConvertError, bounded};
use crate::members::Member;
use crate::tree::Tree;
use crate::value::Val;

/// The options of flattening.
#[derive(Debug)]
pub struct Flatten {
    /// What comes between two names.
    pub separator: String,
    pub arrays: Arrays,
    /// Objects that have all names of one of these lists stay whole.
    pub keep: Vec<Vec<String>>,
    /// Which members come first.
    pub order: Order,
}

/// The order of what was flattened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As the members stand.
    Given,
    /// Members that were flat already, and then what nested ones contain.
    FlatFirst,
}

impl Order {
    /// Returns which members are taken in turn: all of them, or those that are open or not.
    pub fn turns(self) -> &'static [Option<bool>] {
        match self {
            Order::Given => &[None],
            Order::FlatFirst => &[Some(false), Some(true)],
        }
    }
}

/// What becomes of lists.
#[derive(Debug, PartialEq, Eq)]
pub enum Arrays {
    /// Their items are numbered.
    Index,
    /// They stay as they are.
    Keep,
    /// They become JSON text.
    Json,
    /// Those of texts, numbers and booleans become one text, with this between the items; others are numbered.
    Join(String),
    /// Those of objects are numbered, others stay as they are.
    Objects,
}

/// Receives the leaves of members.
pub trait TakeLeaf<'e> {
    /// The reason to stop.
    type Stop: From<ConvertError>;

    fn leaf<V: Tree<'e>>(&mut self, name: &str, value: V) -> Result<(), Self::Stop>;
}

impl Flatten {
    /// Returns the leaves of all members.
    pub fn leaves<'e>(&self, mut members: Vec<Member<'e>>) -> Result<Vec<Member<'e>>, ConvertError> {
        let mut leaves = Leaves { members: Vec::with_capacity(members.len() * 2) };
        let mut path = LeafPath::default();
        if self.order == Order::FlatFirst {
            members.sort_by_key(|(_, value)| self.opens(value.kind()));
        }
        for (name, value) in members {
            if self.opens(value.kind()) {
                self.member(&name, value, &mut path, &mut leaves)?;
            } else {
                leaves.members.push((name, value));
            }
        }
        Ok(leaves.members)
    }

    /// Passes on the leaves of a member that is not a leaf itself.
    pub fn member<'e, V: Tree<'e>, L: TakeLeaf<'e>>(
        &self,
        name: &str,
        value: V,
        path: &mut LeafPath,
        leaves: &mut L,
    ) -> Result<(), L::Stop> {
        path.text.clear();
        path.text.push_str(name);
        self.open(path, value, leaves)
    }

    /// Returns whether a value is not a leaf. Objects that are not flattened are detected in [`open`](Self::open).
    #[inline]
    pub fn opens(&self, kind: Kind) -> bool {
        match kind {
            Kind::Object => true,
            Kind::Array => self.arrays != Arrays::Keep,
            _ => false,
        }
    }

    fn open<'e, V: Tree<'e>, L: TakeLeaf<'e>>(
        &self,
        path: &mut LeafPath,
        value: V,
        leaves: &mut L,
    ) -> Result<(), L::Stop> {
        let parent = path.text.len();
        match value.kind() {
            Kind::Array
                if self.arrays == Arrays::Objects && !value.items_are(|kind| kind == Kind::Object) =>
            {
                path.leaf(value, leaves)
            }
            Kind::Array if let Some(text) = self.text_of(&value) => match text? {
                text if text.is_empty() => Ok(()),
                text => path.leaf(Val::Text(Cow::Owned(text)), leaves),
            },
            Kind::Array => {
                let mut index = 0_usize;
                value.each_item(|item| {
                    path.text.push('[');
                    path.text.push_str(itoa::Buffer::new().format(index));
                    path.text.push(']');
                    index += 1;
                    self.value(path, item, leaves)?;
                    path.text.truncate(parent);
                    Ok(())
                })
            }
            _ if self.stays_whole(&value) => path.leaf(value, leaves),
            _ => value.each_entry(|name, value| {
                path.text.push_str(&self.separator);
                path.text.push_str(&name);
                self.value(path, value, leaves)?;
                path.text.truncate(parent);
                Ok(())
            }),
        }
    }

    /// Returns the text that a list becomes, if it becomes text.
    fn text_of<'e>(&self, list: &impl Tree<'e>) -> Option<Result<String, ConvertError>> {
        let text = match &self.arrays {
            Arrays::Json if list.is_empty() => String::new(),
            Arrays::Json => list.to_val().json_text(),
            Arrays::Join(with) if list.items_are(|kind| !matches!(kind, Kind::Array | Kind::Object)) => {
                let items = list.to_val().into_items();
                let texts = items.iter().filter_map(Val::to_text).filter(|text| !text.is_empty());
                return Some(joined(texts, with));
            }
            Arrays::Join(_) | Arrays::Index | Arrays::Keep | Arrays::Objects => return None,
        };
        Some(bounded(text.len(), text))
    }

    fn value<'e, V: Tree<'e>, L: TakeLeaf<'e>>(
        &self,
        path: &mut LeafPath,
        value: V,
        leaves: &mut L,
    ) -> Result<(), L::Stop> {
        if self.opens(value.kind()) { self.open(path, value, leaves) } else { path.leaf(value, leaves) }
    }

    fn stays_whole<'e>(&self, value: &impl Tree<'e>) -> bool {
        self.keep.iter().any(|shape| shape.iter().all(|name| value.has(name)))
    }
}

/// The joined names of the path to a leaf.
#[derive(Debug)]
pub struct LeafPath {
    text: String,
    /// The total bytes of all names so far.
    made: usize,
}

impl Default for LeafPath {
    /// Returns an empty path, with capacity for a name of the usual length.
    fn default() -> Self {
        LeafPath { text: String::with_capacity(64), made: 0 }
    }
}

impl LeafPath {
    fn leaf<'e, V: Tree<'e>, L: TakeLeaf<'e>>(&mut self, value: V, leaves: &mut L) -> Result<(), L::Stop> {
        // names repeat those of all parents, so they can be much longer than the event
        self.made += self.text.len();
        bounded(self.made, ())?;
        leaves.leaf(&self.text, value)
    }
}

struct Leaves<'e> {
    members: Vec<Member<'e>>,
}

impl<'e> TakeLeaf<'e> for Leaves<'e> {
    type Stop = ConvertError;

    fn leaf<V: Tree<'e>>(&mut self, name: &str, value: V) -> Result<(), ConvertError> {
        self.members.push((Cow::Owned(name.to_owned()), value.into_val()));
        Ok(())
    }
}

/// Joins texts, as long as they are not too large together.
fn joined<'e>(texts: impl Iterator<Item = Cow<'e, str>>, with: &str) -> Result<String, ConvertError> {
    let mut all = String::new();
    for text in texts {
        if !all.is_empty() {
            all.push_str(with);
        }
        all.push_str(&text);
        bounded(all.len(), ())?;
    }
    Ok(all)
}
