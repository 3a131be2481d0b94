//! Reads just the wanted paths of a JSON document, in one pass over its bytes.
