//! Everything that is known about a mapping before its first event: findings, mapping tests, reports.
