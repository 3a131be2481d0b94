//! Lengths of time, as files write them.

/// Returns the seconds of a string such as `30s`, `10m` or `1h`.
pub fn seconds(text: &str) -> Option<u64> {
    let unit = text.chars().next_back()?;
    let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
    let factor = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        _ => return None,
    };
    number.checked_mul(factor).filter(|seconds| *seconds > 0)
}
