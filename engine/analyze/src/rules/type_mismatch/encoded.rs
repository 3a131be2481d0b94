//! Values that the encodings of bodies cannot write.

use mapwright_findings::Reports;
use mapwright_findings::rules::type_mismatch::report_encoded;
use mapwright_language::decode::by_name;
use mapwright_language::spec::{Encoding, FIELD_SPREAD, OperationSpec, Role};

use crate::facts::{Facts, Kinds, Typing};
use crate::view::{Place, RowId, Rows, StepId};

pub(super) fn check(facts: &Facts<'_, '_>, reports: &mut Reports) {
    for flow in &facts.flows {
        for (at, step) in flow.view.steps.iter().enumerate() {
            let Some((_, operation)) = step.operation else { continue };
            // the item of a batch is JSON, and what is sent is the body of the batch
            let is_item = operation.batch.as_ref().is_some_and(|batch| batch.operation.is_none());
            if encoding_of(operation) == Encoding::Xml && !is_item {
                let rows = &flow.view.rows;
                let roots = flow.view.body_roots(StepId(at)).into_iter().filter_map(|root| rows.root(root));
                let mut fits = Fits { rows, types: &flow.types, reports };
                roots.for_each(|root| fits.element(RowId(root.rows.start), Kinds::LIST));
            }
        }
    }
    let (rows, operations) = (&facts.view.rows, &facts.view.version.spec.operations);
    let types = Typing::of_batches(facts.view);
    for root in &rows.roots {
        let Place::BatchBody(name) = root.place else { continue };
        let Some(operation) = by_name(operations, name) else { continue };
        let many = operation.batch.as_ref().and_then(|batch| batch.operation.as_ref());
        let sent = many.and_then(|many| by_name(operations, &many.value)).unwrap_or(operation);
        Fits { rows, types: &types, reports }.body(RowId(root.rows.start), encoding_of(sent));
    }
}

fn encoding_of(operation: &OperationSpec) -> Encoding {
    operation.encoding.unwrap_or(Encoding::Json)
}

/// Rows whose values are held against an encoding.
struct Fits<'f, 'v, 'c> {
    rows: &'f Rows<'c>,
    types: &'f Typing<'v, 'c>,
    reports: &'f mut Reports,
}

impl Fits<'_, '_, '_> {
    /// A body that is one row: only objects have fields, which are elements or parameters.
    fn body(&mut self, row: RowId, encoding: Encoding) {
        let place = match encoding {
            Encoding::Json => return,
            Encoding::Form => (
                "a body in the encoding `form` is an object, whose fields are its parameters",
                "write the list in a field",
            ),
            Encoding::Xml => (
                "a body in XML is an object, whose only field is the root element",
                "write the list in an element of the root: `root: { object: { item: … } }`",
            ),
        };
        self.refuse(row, "the body", Kinds::ALL.without(Kinds::OBJECT), place);
        if encoding == Encoding::Xml {
            self.fields(row, Kinds::LIST);
        }
    }

    /// An element, or an attribute, of these kinds it cannot be.
    fn element(&mut self, row: RowId, refused: Kinds) {
        let name = self.rows.field_name(row).map(|name| name.value.as_str()).unwrap_or_default();
        let field = format!("`{name}`");
        if name.starts_with('@') || name == "#text" {
            let place = (
                "attributes and `#text` in XML are text, numbers or booleans",
                "read a single value, convert it to text, or write an element",
            );
            return self.refuse(row, &field, Kinds::LIST.or(Kinds::OBJECT), place);
        }
        let place = (
            "a document in XML has one root element",
            "write the list in an element of the root: `object: { item: … }`",
        );
        self.refuse(row, &field, refused, place);
        self.fields(row, Kinds::NONE);
    }

    /// The fields of an object, whichever of its alternatives is sent.
    fn fields(&mut self, row: RowId, refused: Kinds) {
        let Some(view) = self.rows.row(row).filter(|view| view.calls.is_empty()) else { return };
        for inner in &view.inside {
            match self.rows.row(*inner).and_then(|inner| inner.parent) {
                Some((_, Role::Field(name))) if name.value != FIELD_SPREAD => self.element(*inner, refused),
                Some((
                    _,
                    Role::Field(_)
                    | Role::Alternative(_)
                    | Role::Case(_)
                    | Role::Otherwise
                    | Role::Default
                    | Role::MergePart(_)
                    | Role::ConcatPart(_)
                    | Role::Item(_)
                    | Role::EachTo,
                )) => self.fields(*inner, refused),
                _ => {}
            }
        }
    }

    fn refuse(&mut self, row: RowId, field: &str, refused: Kinds, place: (&str, &str)) {
        let given = self.types.of(row).kinds.without(Kinds::NULL);
        let Some(view) = self.rows.row(row) else { return };
        if given.is_within(refused) {
            report_encoded(self.reports, view.spec.span, field, &given.to_string(), place);
        } else if view.calls.is_empty() && refused != Kinds::NONE {
            // one of its alternatives may be what is refused
            for inner in &view.inside {
                let is_alternative =
                    self.rows.row(*inner).and_then(|inner| inner.parent).is_some_and(|(_, role)| {
                        matches!(role, Role::Alternative(_) | Role::Case(_) | Role::Otherwise | Role::Default)
                    });
                if is_alternative && self.types.of(*inner).kinds.without(Kinds::NULL) != Kinds::NONE {
                    self.refuse(*inner, field, refused, place);
                }
            }
        }
    }
}
