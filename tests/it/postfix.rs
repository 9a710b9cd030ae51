//! A real Postfix (to come).
