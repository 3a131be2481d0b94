//! What mapping an event costs: the events, the responses of the API, and what is measured. `benches/costs.rs` compares it with plain
//! parses of the same events, in one run.

pub mod answers;
pub mod events;
pub mod measure;
pub mod work;

use mapwright::Sources;

/// Returns the shipped mappings, a version 9.9 of Intercom whose identify only sends the contact of 2.10, and a version 9.10
/// that sends nine fields of it.
pub fn sources() -> Sources {
    let mut sources = mapwright_builtin::sources();
    for (file, text) in [
        ("9.9/version.yaml", include_str!("../payload/version.yaml")),
        ("9.9/identify.yaml", include_str!("../payload/identify.yaml")),
        ("9.10/version.yaml", include_str!("../nine/version.yaml")),
        ("9.10/identify.yaml", include_str!("../nine/identify.yaml")),
    ] {
        sources.insert(format!("mappings/intercom/{file}"), text);
    }
    sources
}

#[cfg(test)]
mod tests {
    use mapwright::Spec;

    #[test]
    fn the_mappings_that_are_measured_have_no_errors() {
        let found = Spec::load(&super::sources()).check().map(|_| ()).map_err(|found| found.to_string());
        assert_eq!(found, Ok(()));
    }
}
