//! Turns customer-data events into API calls, from YAML alone.
