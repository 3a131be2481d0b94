//! The table of kinds as it becomes code.

/// Defines the kinds of changes with their data and their rules, from one table.
macro_rules! kinds {
    ($( $name:ident $kind:literal $level:ident $meaning:literal { $( $field:ident: $ty:ty = $doc:literal, )* } )*) => {
        /// A kind of change, with what has changed.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
        #[serde(tag = "kind")]
        pub enum ChangeKind {
            $(
                #[doc = $meaning]
                #[serde(rename = $kind)]
                $name { $( #[doc = $doc] $field: $ty, )* },
            )*
        }

        impl ChangeKind {
            /// Returns the rule of this kind.
            pub fn rule(&self) -> KindRule {
                match self {
                    $( Self::$name { .. } => KindRule { kind: $kind, level: Level::$level, meaning: $meaning }, )*
                }
            }
        }

        /// The rules of all kinds of changes.
        pub const KINDS: &[KindRule] = &[
            $( KindRule { kind: $kind, level: Level::$level, meaning: $meaning }, )*
        ];
    };
}

pub(crate) use kinds;
