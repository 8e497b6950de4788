//! Reads `corpus/*.case`.
