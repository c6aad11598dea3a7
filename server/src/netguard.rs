//! The only door out: which addresses may be asked, and the connections to them.
