//! One exchange with a peer, with every phase timed and every fault classified.
