//! Paths of other notations, as sources.

/// The fields of events by the specification: any other field at the start of a path is written as a JSONPath.
const FIELDS: [&str; 19] = [
    "userId",
    "anonymousId",
    "traits",
    "context",
    "properties",
    "event",
    "type",
    "groupId",
    "integrations",
    "timestamp",
    "originalTimestamp",
    "sentAt",
    "receivedAt",
    "messageId",
    "channel",
    "name",
    "previousId",
    "category",
    "rudderId",
];

/// Returns the source of a path of names and indexes, such as `traits.address.city`, `$.products[0].sku` or `externalId.0.id`. `base` stands before it: nothing, or
/// the name of an item. `None`: the path is something else.
pub(crate) fn source(path: &str, base: &str) -> Option<String> {
    let path = path.trim();
    let path = path.strip_prefix("$.").or_else(|| path.strip_prefix('$')).unwrap_or(path);
    let steps = steps(path)?;
    let (Step::Name(first), true) = (steps.first()?, steps.len() <= 32) else { return None };
    let simple = steps
        .iter()
        .all(|step| matches!(step, Step::Index(_)) || matches!(step, Step::Name(name) if is_word(name)));
    let mut source = base.to_owned();
    if base.is_empty() && (!simple || !FIELDS.contains(&first.as_str())) {
        source.push('$');
    }
    for step in &steps {
        match step {
            Step::Index(index) => source.push_str(&format!("[{index}]")),
            Step::Name(name) if is_word(name) && source.is_empty() => source.push_str(name),
            Step::Name(name) if is_word(name) => source.push_str(&format!(".{name}")),
            Step::Name(name) => {
                source.push_str(&format!("['{}']", name.replace('\\', "\\\\").replace('\'', "\\'")))
            }
        }
    }
    Some(source)
}

enum Step {
    Name(String),
    Index(u32),
}

fn is_word(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn steps(path: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            let (step, after) = inside.split_once(']')?;
            let quoted = ['\'', '"'].iter().find_map(|quote| step.strip_prefix(*quote)?.strip_suffix(*quote));
            steps.push(match quoted {
                Some(name) if !name.contains(['\'', '"', '\\']) => Step::Name(name.to_owned()),
                Some(_) => return None,
                None => Step::Index(step.parse().ok()?),
            });
            rest = after.strip_prefix('.').unwrap_or(after);
            continue;
        }
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, after) = rest.split_at_checked(end)?;
        if name.is_empty() || name.contains(|c: char| c.is_control() || "*?()@\"'{}".contains(c)) {
            return None;
        }
        // after a name, a number is an index in some notations
        steps.push(match name.parse() {
            Ok(index) if !steps.is_empty() => Step::Index(index),
            _ => Step::Name(name.to_owned()),
        });
        rest = match after.strip_prefix('.') {
            Some("") => return None,
            Some(after) => after,
            None => after,
        };
    }
    Some(steps)
}

#[cfg(test)]
mod tests {
    use super::source;

    #[test]
    fn paths_become_sources() {
        for (path, expected) in [
            ("traits.email", Some("traits.email")),
            ("$.properties.products[0].sku", Some("properties.products[0].sku")),
            ("context.externalId.0.id", Some("context.externalId[0].id")),
            ("traits.first name", Some("$.traits['first name']")),
            ("$['odd key'].x", Some("$['odd key'].x")),
            ("payload.x", Some("$.payload.x")),
            ("$", None),
            ("", None),
            ("a..b", None),
            ("a.", None),
            ("a[*].b", None),
            ("a[-1]", None),
            ("a[", None),
        ] {
            assert_eq!(source(path, "").as_deref(), expected, "{path}");
        }
        assert_eq!(source("$.price", "item").as_deref(), Some("item.price"));
        assert_eq!(source("unit price", "item").as_deref(), Some("item['unit price']"));
    }
}
