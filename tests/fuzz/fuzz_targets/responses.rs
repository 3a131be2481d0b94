//! Runs the target `responses` under libFuzzer.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mapwright_fuzz_targets::responses(data));
