//! Background work: the periodic sweep.
