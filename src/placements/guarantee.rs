//! The guarantee calendar and its checklist. Pure.
