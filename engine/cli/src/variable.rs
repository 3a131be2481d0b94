//! Names of environment variables.

/// Returns the environment variable of a setting: `MAPWRIGHT_API_KEY` for `apiKey`.
pub(crate) fn variable(setting: &str) -> String {
    let mut name = "MAPWRIGHT".to_owned();
    let letters: Vec<char> = setting.chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| letters.get(before));
        let after = letters.get(at + 1);
        let starts_word = match before {
            None => true,
            // `apiKey`, `IOSKey`
            Some(before) => {
                letter.is_uppercase()
                    && (before.is_lowercase()
                        || before.is_ascii_digit()
                        || (before.is_uppercase() && after.is_some_and(|after| after.is_lowercase())))
            }
        };
        if starts_word && !name.ends_with('_') {
            name.push('_');
        }
        match letter.is_alphanumeric() {
            true => name.extend(letter.to_uppercase()),
            false if name.ends_with('_') => {}
            false => name.push('_'),
        }
    }
    name
}
