//! Log lines and the signatures that give them a meaning.
