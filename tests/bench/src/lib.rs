//! What mapping an event costs: see `benches/`.
