//! Nested objects and lists → one flat object.

use std::borrow::Cow;

use mapwright_json::Kind;

use crate::error::{ConvertError, bounded};
use crate::members::Member;
use crate::tree::Tree;
use crate::value::Val;

/// How nested values become one flat object.
#[derive(Debug)]
pub struct Flatten {
    /// What comes between two names.
    pub separator: String,
    /// What becomes of lists: `index`, `keep` or `json`.
    pub arrays: &'static str,
    /// Objects that have all names of one of these lists stay whole.
    pub keep: Vec<Vec<String>>,
}

/// What takes the leaves of members.
pub trait TakeLeaf<'e> {
    /// Why it takes no more.
    type Stop: From<ConvertError>;

    fn leaf<V: Tree<'e>>(&mut self, name: &str, value: V) -> Result<(), Self::Stop>;
}

impl Flatten {
    /// The leaves of all members.
    pub fn leaves<'e>(&self, members: Vec<Member<'e>>) -> Result<Vec<Member<'e>>, ConvertError> {
        let mut leaves = Leaves { members: Vec::with_capacity(members.len() * 2) };
        let mut path = LeafPath::default();
        for (name, value) in members {
            if self.opens(value.kind()) {
                self.member(&name, value, &mut path, &mut leaves)?;
            } else {
                leaves.members.push((name, value));
            }
        }
        Ok(leaves.members)
    }

    /// Hands on the leaves of a member that is none itself.
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

    /// Whether a value is no leaf. A shape that stays whole turns out in [`open`](Self::open).
    #[inline]
    pub fn opens(&self, kind: Kind) -> bool {
        match kind {
            Kind::Object => true,
            Kind::Array => self.arrays != "keep",
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
            Kind::Array if self.arrays == "json" => {
                if value.is_empty() {
                    return Ok(());
                }
                let text = value.into_val().json_text();
                bounded(text.len(), ())?;
                path.leaf(Val::Text(Cow::Owned(text)), leaves)
            }
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

/// The names on the way to a leaf.
#[derive(Debug)]
pub struct LeafPath {
    text: String,
    /// The bytes of all names made.
    made: usize,
}

impl Default for LeafPath {
    /// With room for a name of the usual length.
    fn default() -> Self {
        LeafPath { text: String::with_capacity(64), made: 0 }
    }
}

impl LeafPath {
    fn leaf<'e, V: Tree<'e>, L: TakeLeaf<'e>>(&mut self, value: V, leaves: &mut L) -> Result<(), L::Stop> {
        // names repeat those of all parents, so that they can be far longer than the event
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
