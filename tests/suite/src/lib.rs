//! Integration and conformance tests through public interfaces.
