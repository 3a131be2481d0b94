//! A version: its mappings, and what all of them share.

use mapwright_language::catalog::{Destination, Version};

use crate::schema::Schemas;
use crate::tracking::TrackingPlans;
use crate::values::Kept;
use crate::view::flow::FlowView;
use crate::view::reached::mark_reached;
use crate::view::rows::{ItemOf, Place, Rows, Site, Whether};
use mapwright_language::spec::FailedSpec;

/// A version as the rules see it.
#[derive(Debug)]
pub struct VersionView<'c> {
    /// The destination, whose settings it has.
    pub destination: &'c Destination,
    /// What it says, with everything that it inherits.
    pub version: &'c Version,
    /// Its own rows and those of the destination: of the server, of all requests, of operations and of the rules of responses.
    pub rows: Rows<'c>,
    /// What its mappings do, and their variants.
    pub flows: Vec<FlowView<'c>>,
    /// The schemas of its bodies.
    pub schemas: Schemas,
    /// What the team says of its events.
    pub plans: &'c TrackingPlans,
    /// What is known of the values of its names, found out when it is asked for.
    pub(crate) kept: Kept,
}

impl<'c> VersionView<'c> {
    /// Looks at a version.
    pub fn new(destination: &'c Destination, version: &'c Version, plans: &'c TrackingPlans) -> Self {
        let flows = version.mappings.iter().flat_map(|mapping| {
            let own = FlowView::new(destination, version, mapping, None);
            let variants = mapping.variants.iter();
            let variants =
                variants.map(|variant| FlowView::new(destination, version, mapping, Some(variant)));
            std::iter::once(own).chain(variants)
        });
        let mut flows: Vec<FlowView<'c>> = flows.collect();
        flows.iter_mut().for_each(mark_reached);
        Self {
            destination,
            version,
            rows: shared(destination, version),
            flows,
            schemas: Schemas::new(version),
            plans,
            kept: Kept::default(),
        }
    }
}

/// The rows that all mappings share.
fn shared<'c>(destination: &'c Destination, version: &'c Version) -> Rows<'c> {
    let (spec, mut rows) = (&version.spec, Rows::default());
    let chains = &spec.conversions;
    if let Some(server) = &spec.server {
        rows.add_root(Place::Server, server, chains);
    }
    rows.add_roots(&spec.headers, chains, Place::VersionHeader);
    rows.add_roots(&spec.query, chains, Place::VersionQuery);
    for row in spec.auth.iter().flat_map(|auth| auth.rows()) {
        rows.add_root(Place::Auth, row, chains);
    }
    for (name, operation) in &spec.operations {
        let name = name.value.as_str();
        rows.add_roots(&operation.query, chains, |key| Place::OperationQuery(name, key));
        rows.add_roots(&operation.headers, chains, |key| Place::OperationHeader(name, key));
        for row in operation.auth.iter().flat_map(|auth| auth.rows()) {
            rows.add_root(Place::Auth, row, chains);
        }
        let own = operation.batch.as_ref().map(|_| ItemOf::Batch { operation: name, name: None });
        if let Some(batch) = &operation.batch {
            for row in batch.item_rows() {
                rows.add_batch_item(name, row, chains);
            }
            rows.add_condition_of(own, Site::Version, Whether::Unless, batch.unless.as_ref());
            batch.body.iter().for_each(|body| rows.add_batch_body(name, body, chains));
        }
        let rules = operation.responses.iter();
        for (rule, failed) in rules.flat_map(|rule| rule.failed.iter().map(move |failed| (rule, failed))) {
            let entry = Some(ItemOf::Failed { operation: name, each: &failed.each, rule });
            rows.add_condition_of(entry, Site::Version, Whether::Where, failed.filter.as_ref());
            rows.add_condition_of(own, Site::Version, Whether::Where, failed.among.as_ref());
            let FailedSpec { each, index, id, code, message, .. } = failed;
            rows.add_root(Place::Failed(name, each, "each"), each, chains);
            for (key, row) in [("index", index), ("id", id), ("code", code), ("message", message)] {
                if let Some(row) = row {
                    rows.add_root(Place::Failed(name, each, key), row, chains);
                }
            }
        }
    }
    for rule in spec.responses.iter().chain(&destination.spec.responses) {
        rows.add_condition(Site::Version, Whether::When, rule.when.as_ref());
        rule.advice.iter().for_each(|advice| rows.add_template(Site::Version, advice));
        if let Some(after) = &rule.after {
            rows.add_root(Place::VersionAfter, after, chains);
        }
    }
    if let Some(error) = &destination.spec.error {
        for row in error.code.iter().chain(&error.message) {
            rows.add_root(Place::ApiError, row, chains);
        }
    }
    for (_, setting) in &destination.spec.settings {
        rows.add_condition(Site::Version, Whether::When, setting.when.as_ref());
    }
    for (_, source) in &destination.spec.sources {
        rows.add_condition(Site::Version, Whether::When, source.when.as_ref());
    }
    let unsupported = spec.unsupported.as_ref().or(destination.spec.unsupported.as_ref());
    for message in unsupported.iter().flat_map(|spec| spec.reject.iter().chain(&spec.skip)) {
        rows.add_template(Site::Version, message);
    }
    // none of these definitions exists only to be read
    rows.roots.iter_mut().for_each(|root| root.reached = true);
    rows
}
