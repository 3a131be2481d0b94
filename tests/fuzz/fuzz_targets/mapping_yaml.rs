//! Runs the target `mapping_yaml` under libFuzzer.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mapwright_fuzz_targets::mapping_yaml(data));
