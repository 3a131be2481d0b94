//! Names that differ from others by a slip of the hand.

/// The bytes that two ways of writing one name differ by.
const MOST_FOLDED: usize = 8;

/// Shorter names are too often words of their own.
const SHORTEST: usize = 4;

/// Returns the name that another one misspells: with one letter too many, one too few, two swapped or, in a long name, one wrong letter.
/// A plural, another number and another spelling of the same words are not slips.
pub(crate) fn misspelt<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let written: Vec<char> = folded(name);
    let is_near =
        |known: &str| known.len().abs_diff(name.len()) <= MOST_FOLDED && is_slip(&written, &folded(known));
    (written.len() >= SHORTEST).then(|| known.into_iter().find(|known| is_near(known))).flatten()
}

/// Names that are compared with many others.
pub(crate) struct Folded<'k> {
    names: Vec<(&'k str, Vec<char>)>,
}

impl<'k> Folded<'k> {
    pub(crate) fn new(names: impl Iterator<Item = &'k str>) -> Self {
        Self { names: names.map(|name| (name, folded(name))).collect() }
    }

    /// The name that another one is a slip of, as [`misspelt`] finds it.
    pub(crate) fn misspelt(&self, name: &str) -> Option<&'k str> {
        let written: Vec<char> = folded(name);
        let is_near = |known: &[char]| known.len().abs_diff(written.len()) <= 1 && is_slip(&written, known);
        let near = || self.names.iter().find(|(_, known)| is_near(known)).map(|(known, _)| *known);
        (written.len() >= SHORTEST).then(near).flatten()
    }
}

/// Whether a name differs by one letter, or two that are swapped, from one of a complete list.
pub(crate) fn slip(name: &str, known: &str) -> bool {
    let (written, meant) = (folded(name), folded(known));
    let common = written.iter().zip(&meant).take_while(|(a, b)| a == b).count();
    let (a, b) = (written.get(common..).unwrap_or_default(), meant.get(common..).unwrap_or_default());
    let tail = |name: &[char], from: usize| name.get(from..).map(<[char]>::to_vec);
    written.len().min(meant.len()) > 1
        && (tail(a, 1).is_some_and(|tail| tail == b)
            || tail(b, 1).is_some_and(|tail| tail == a)
            || a.len() > 1 && meant.len() > 3 && tail(a, 1) == tail(b, 1)
            || a.len() > 1 && a.first() == b.get(1) && a.get(1) == b.first() && tail(a, 2) == tail(b, 2))
}

/// Whether two names are the same words, written in different ways: `userId`, `user_id` and `userid`.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    folded(one) == folded(other)
}

fn folded(name: &str) -> Vec<char> {
    name.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).flat_map(char::to_lowercase).collect()
}

fn is_slip(written: &[char], meant: &[char]) -> bool {
    let common = written.iter().zip(meant).take_while(|(a, b)| a == b).count();
    let rest = |name: &[char]| name.get(common..).unwrap_or_default().to_vec();
    let (a, b) = (rest(written), rest(meant));
    let after = |name: &[char], from: usize| name.get(from..).unwrap_or_default().to_vec();
    let is_letter = |letter: Option<&char>| letter.is_some_and(|c| c.is_alphabetic());
    // the end of a word makes another word of it
    match written.len().cmp(&meant.len()) {
        std::cmp::Ordering::Less => {
            let lacks = b.len() > 1 && is_letter(b.first()) && a == after(&b, 1);
            // a short name may be another word, but seldom without a vowel in the middle: `phne`, `emal`
            let lacks_vowel =
                || common > 0 && b.first().is_some_and(|c| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u'));
            lacks && (written.len() > SHORTEST || lacks_vowel())
                || written.len() > SHORTEST
                    && b.len() == 1
                    && b.first() != Some(&'s')
                    && is_letter(b.first())
                    && meant.len() > 6
        }
        std::cmp::Ordering::Greater => {
            is_letter(a.first())
                && after(&a, 1) == b
                && (a.len() > 1 || a.first() != Some(&'s') && written.len() > 5)
        }
        std::cmp::Ordering::Equal => {
            let swapped = a.len() >= 2
                && a.first() == b.get(1)
                && a.get(1) == b.first()
                && after(&a, 2) == after(&b, 2);
            let wrong = written.len() > 6 && !a.is_empty() && after(&a, 1) == after(&b, 1);
            (swapped || wrong) && is_letter(a.first()) && is_letter(b.first())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_and_words_of_their_own() {
        for (written, meant) in [
            ("emial", "email"),
            ("emaill", "email"),
            ("phne_number", "phone_number"),
            ("phne", "phone"),
            ("emal", "email"),
            ("ttle", "title"),
            ("firstNmae", "firstName"),
            ("sighed_up_at", "signed_up_at"),
            ("revenu", "revenue"),
            ("propeties", "properties"),
        ] {
            assert_eq!(misspelt(written, [meant]), Some(meant), "{written}");
        }
        for (written, other) in [
            ("emails", "email"),
            ("first_name", "firstName"),
            ("band", "brand"),
            ("email2", "email"),
            ("tile", "title"),
            ("address1", "address2"),
            ("product", "products"),
            ("ur", "url"),
            ("city", "country"),
            ("form", "from"),
        ] {
            let is_swap = (written, other) == ("form", "from");
            assert_eq!(misspelt(written, [other]).is_some(), is_swap, "{written}");
        }
    }
}
