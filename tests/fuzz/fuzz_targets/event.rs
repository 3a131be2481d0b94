//! Runs the target `event` under libFuzzer.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mapwright_fuzz_targets::event(data));
