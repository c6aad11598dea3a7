//! The wizard's engine: six steps make facts, inference makes the verdict.
