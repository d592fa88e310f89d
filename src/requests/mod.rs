//! Role requests and their seats; the honest intake.
