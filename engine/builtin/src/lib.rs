//! The mappings that ship with Mapwright, as files in memory.
