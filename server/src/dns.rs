//! Asking name servers one by one, for step 3.
